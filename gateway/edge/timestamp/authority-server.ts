import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DevelopmentAuthority } from '../../pki/timestamp-authority.ts'
import { makeStampRefusal, makeStampResponse, MOST_REQUEST_BYTES, readStampRequest } from '../../pki/timestamp-issue.ts'

export interface AuthorityServerOptions {
  readonly authority: Pick<DevelopmentAuthority, 'certificate' | 'key'>
  readonly host: string
  readonly port: number
  readonly now: () => Date
}

export interface AuthorityServer {
  readonly port: number
  close(): Promise<void>
}

const SERIAL_BYTES = 16
const REQUEST_MILLIS = 10_000
const CONNECTIONS = 64

/** Serves time stamps over HTTP (RFC 3161 section 3.4): one POST, whatever its path. For development: it promises nothing. */
export async function startAuthorityServer({
  authority,
  host,
  port,
  now,
}: AuthorityServerOptions): Promise<AuthorityServer> {
  const server = createServer((request, response) => {
    void readBody(request)
      .then(body => {
        const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
        if (request.method !== 'POST' || type !== 'application/timestamp-query' || body === null) {
          response.writeHead(400, { 'content-type': 'text/plain', connection: 'close' })
          return response.end('POST a time-stamp request as application/timestamp-query\n')
        }
        const asked = readStampRequest(body)
        // The first bit clear and the next set: positive, and always of the same length.
        const serial = randomBytes(SERIAL_BYTES)
        serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
        const answer = asked.ok
          ? makeStampResponse(asked.value, { ...authority, at: now(), serial: serial.toString('hex') })
          : makeStampRefusal(asked.error)
        response.writeHead(200, { 'content-type': 'application/timestamp-reply', 'content-length': answer.length })
        return response.end(answer)
      })
      .catch(() => response.destroy())
  })
  server.requestTimeout = REQUEST_MILLIS
  server.maxConnections = CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Null: too long. Attacker-controlled. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_REQUEST_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
