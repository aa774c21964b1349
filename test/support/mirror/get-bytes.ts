import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'

export interface GotBytes {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

/** A GET whose answer is bytes, with the certificate of `name` (`G99.21.records`), over a connection of its own. */
export function getBytes(certsDir: string, port: number, name: string, path: string, headers = {}): Promise<GotBytes> {
  const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
  const tls = { ca: read('ca.crt'), key: read(`${name}.key`), cert: read(`${name}.crt`) }
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: 'localhost', port, path, headers, agent: false, ...tls }, incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes: Buffer.concat(chunks) }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
