import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodySource } from '../../exchange/ports.ts'
import type { MemoryAccount } from '../memory-budget.ts'

const EMPTY = Buffer.alloc(0)

type Body = Uint8Array | 'too-large' | 'timeout' | 'gone' | 'overloaded'

/**
 * A request body, read only when asked for: `Expect: 100-continue` is answered then, and what is too large by its own words is
 * not read at all. Attacker-controlled: length, pace and end.
 */
export function bodySource(
  request: IncomingMessage,
  response: ServerResponse,
  memory: MemoryAccount,
  deadlineMillis: number,
  expectsContinue: boolean,
): BodySource {
  return {
    read(maxBytes) {
      const length = request.headers['content-length']
      if (length === undefined && request.headers['transfer-encoding'] === undefined) return EMPTY
      if (length !== undefined && Number(length) > maxBytes) return 'too-large'
      // Its `close` has been and will not come again.
      if (request.destroyed) return Promise.resolve('gone')
      if (expectsContinue) response.writeContinue()
      return collect(request, maxBytes, deadlineMillis, bytes => memory.take(bytes))
    },
  }
}

function collect(
  request: IncomingMessage,
  maxBytes: number,
  deadlineMillis: number,
  take: (bytes: number) => boolean,
): Promise<Body> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (body: Body): void => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      if (typeof body === 'string') request.on('error', () => undefined).pause()
      resolve(body)
    }
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size > maxBytes) return end('too-large')
      if (!take(chunk.length)) return end('overloaded')
      chunks.push(chunk)
    }
    const onEnd = (): void => end(chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, size))
    const onClose = (): void => end('gone')
    const timer = setTimeout(() => end('timeout'), deadlineMillis)
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
}
