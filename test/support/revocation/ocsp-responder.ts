import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readOcspRequest } from './ocsp-response.ts'

export interface Asked {
  readonly serial: string
  readonly nonce: Uint8Array
}

/** The bytes of the answer; null: never answers. */
export type OcspAnswer = (asked: Asked) => Uint8Array | null | Promise<Uint8Array | null>

export interface TestResponder {
  readonly url: string
  readonly asked: Asked[]
  answer: OcspAnswer
  close(): Promise<void>
}

/** An OCSP responder over real HTTP whose answers a test chooses. */
export async function startTestResponder(answer: OcspAnswer): Promise<TestResponder> {
  const asked: Asked[] = []
  const responder = { answer }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = readOcspRequest(Buffer.concat(chunks))
      asked.push(one)
      void Promise.resolve(responder.answer(one)).then(bytes => {
        if (bytes !== null) response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(bytes)
      })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ocsp`,
    asked,
    get answer() {
      return responder.answer
    },
    set answer(next) {
      responder.answer = next
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
