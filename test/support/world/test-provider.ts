import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'

/** One request as a provider saw it: the proof that something crossed. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answer = (seen: SeenRequest, request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface TestProvider {
  readonly port: number
  /** Everything that crossed, in order. */
  readonly seen: SeenRequest[]
  /** Sockets that the gateway opened. */
  readonly connections: () => number
  answer: Answer
  close(): Promise<void>
}

export const json =
  (status: number, value: unknown): Answer =>
  (_seen, _request, response) => {
    const body = JSON.stringify(value)
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body)
  }

/** A provider of its own process memory: a real HTTPS server with mutual TLS, whose behaviour a test chooses per request. */
export async function startTestProvider(
  certsDir: string,
  answer: Answer,
  name = 'G99.10.data-centre',
): Promise<TestProvider> {
  const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
  const sockets = new Set<TLSSocket>()
  const seen: SeenRequest[] = []
  const provider = { answer }
  const server = createServer(
    {
      key: read(`${name}.key`),
      cert: read(`${name}.crt`),
      ca: read('ca.crt'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const one: SeenRequest = {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }
        seen.push(one)
        void provider.answer(one, request, response)
      })
    },
  )
  server.keepAliveTimeout = 65_000
  server.on('secureConnection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    connections: () => sockets.size,
    get answer() {
      return provider.answer
    },
    set answer(next) {
      provider.answer = next
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
