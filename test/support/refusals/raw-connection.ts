import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Answered } from '../world/client.ts'

/** A TLS connection whose bytes a test chooses one by one: Node's own client would mend them. */
export interface RawConnection {
  readonly socket: TLSSocket
  send(bytes: string | Uint8Array): void
  /** The next whole answer; rejects where the connection ends before it. */
  answer(): Promise<Answered>
  /** Resolves to all that came unread until the connection closed. */
  closed(): Promise<string>
}

/** `name`: file name of key and certificate; null: none. */
export function openRaw(
  certsDir: string,
  port: number,
  name: string | null,
  options: ConnectionOptions = {},
): Promise<RawConnection> {
  const read = (file: string): Buffer => readFileSync(join(certsDir, file))
  const socket = connect({
    host: 'localhost',
    port,
    ca: read('ca.crt'),
    ...(name === null ? {} : { key: read(`${name}.key`), cert: read(`${name}.crt`) }),
    ...options,
  })
  let text = ''
  let ended = false
  const waiting = new Set<() => void>()
  const wake = (): void => waiting.forEach(look => look())
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    wake()
  })
  // A reset ends a connection as well as a close does: both are looked at as the end of the bytes.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    ended = true
    wake()
  })
  const until = <T>(look: () => T | null): Promise<T> =>
    new Promise((resolve, reject) => {
      const attempt = (): void => {
        const found = look()
        if (found === null && !ended) return
        waiting.delete(attempt)
        if (found === null) reject(new Error(`the connection ended behind ${JSON.stringify(text.slice(0, 200))}`))
        else resolve(found)
      }
      waiting.add(attempt)
      attempt()
    })
  const raw: RawConnection = {
    socket,
    send: bytes => void socket.write(bytes),
    answer: () =>
      until(() => {
        const found = readAnswer(text)
        if (found === null) return null
        text = found.rest
        return found.answered
      }),
    closed: () => until(() => (ended ? text : null)),
  }
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(raw))
    socket.once('close', () => reject(new Error('closed during the handshake')))
    socket.once('error', reject)
  })
}

/** An answer with Content-Length, which is all that the gateway sends. 100 Continue is left out. */
function readAnswer(text: string): { answered: Answered; rest: string } | null {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const status = Number(line.split(' ')[1])
  if (status === 100) return readAnswer(text.slice(end + 4))
  const headers = Object.fromEntries(
    lines.map(header => {
      const [name = '', ...value] = header.split(': ')
      return [name.toLowerCase(), value.join(': ')]
    }),
  )
  const length = Number(headers['content-length'] ?? 0)
  const rest = text.slice(end + 4)
  if (rest.length < length) return null
  const body = Buffer.from(rest.slice(0, length), 'latin1').toString('utf8')
  let json: Record<string, unknown> | null = null
  try {
    json = JSON.parse(body) as Record<string, unknown>
  } catch {
    // Not JSON: the text alone.
  }
  return { answered: { status, headers, text: body, json }, rest: rest.slice(length) }
}

/** A request as bytes; a header that comes twice stays twice. */
export function requestText(
  line: string,
  headers: readonly (readonly [string, string])[],
  body: string | null = null,
): string {
  return `${line}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body ?? ''}`
}
