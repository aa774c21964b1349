/** Opens mutual TLS connections and closes them, one full handshake each. A process of its own, so that its CPU is not the subject's. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createSecureContext } from 'node:tls'
import { CONSUMER } from './messages.ts'

export interface HandshakeOrder {
  readonly port: number
  readonly certsDir: string
  readonly seconds: number
  /** Connections at the same time. */
  readonly atOnce: number
}

export interface HandshakeReport {
  readonly handshakes: number
  readonly seconds: number
  readonly resumed: number
  /** How often each key exchange was used, as this side is told. */
  readonly groups: Readonly<Record<string, number>>
  /** The first thing that went wrong; null: nothing. */
  readonly failure: string | null
}

async function run({ port, certsDir, seconds, atOnce }: HandshakeOrder): Promise<HandshakeReport> {
  const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
  // Once for all connections: no session is kept in it.
  const secureContext = createSecureContext({
    ca: read('ca.crt'),
    key: read(`${CONSUMER}.key`),
    cert: read(`${CONSUMER}.crt`),
    minVersion: 'TLSv1.3',
    // One group for every runtime and subject; certificates are what is compared.
    ecdhCurve: 'X25519',
  })
  const groups: Record<string, number> = {}
  const began = performance.now()
  const end = began + seconds * 1000
  let [handshakes, resumed] = [0, 0]
  let failure: string | null = null

  const one = (): Promise<void> =>
    new Promise(resolve => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', secureContext })
      socket.once('secureConnect', () => {
        const { name = 'unknown' } = socket.getEphemeralKeyInfo() as { readonly name?: string }
        groups[name] = (groups[name] ?? 0) + 1
        if (socket.isSessionReused()) resumed++
        // The subject answers our close when it is done with the handshake, the check of our certificate included.
        socket.end()
      })
      socket.on('error', (error: Error) => void (failure ??= error.message))
      socket.resume()
      socket.once('close', () => {
        handshakes++
        resolve()
      })
    })
  const caller = async (): Promise<void> => {
    while (performance.now() < end && failure === null) await one()
  }
  await Promise.all(Array.from({ length: atOnce }, caller))
  return { handshakes, seconds: (performance.now() - began) / 1000, resumed, groups, failure }
}

process.on('message', (order: HandshakeOrder) => void run(order).then(report => process.send?.(report)))
process.on('disconnect', () => process.exit())
