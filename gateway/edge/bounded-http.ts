import { type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { err, ok, type Result } from '../domain/result.ts'

export interface BoundedRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** From the first to the last byte. */
  readonly millis: number
  readonly maxBytes: number
  /** PEM of the issuers that a server over https may come from; absent: those that the system knows. */
  readonly ca?: readonly string[]
  readonly signal?: AbortSignal
}

export interface BoundedAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

/**
 * One request for something that is signed by itself, or in words why there is no answer. Bounded in size and time;
 * redirects are not followed. Attacker-controlled: whoever sits on the way chooses the bytes.
 */
export function boundedHttp({
  url,
  method,
  headers,
  body,
  millis,
  maxBytes,
  ca,
  signal,
}: BoundedRequest): Promise<Result<BoundedAnswer>> {
  return new Promise(resolve => {
    const request = url.startsWith('https:') ? secureRequest : plainRequest
    const options = {
      method,
      headers: { ...headers, connection: 'close' },
      agent: false as const,
      ...(ca ? { ca: [...ca] } : {}),
      ...(signal ? { signal } : {}),
    }
    const outgoing = request(url, options, incoming => {
      const chunks: Buffer[] = []
      let size = 0
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxBytes) giveUp(`an answer of more than ${maxBytes} bytes`)
        else chunks.push(chunk)
      })
      incoming.on('error', () => giveUp('the connection broke'))
      incoming.on('end', () => {
        clearTimeout(deadline)
        const whole = new Uint8Array(Buffer.concat(chunks))
        resolve(ok({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: whole }))
      })
    })
    const giveUp = (why: string): void => {
      clearTimeout(deadline)
      resolve(err(why))
      outgoing.destroy()
    }
    const deadline = setTimeout(() => giveUp(`no whole answer within ${millis / 1000} s`), millis)
    outgoing.on('error', error => giveUp(`cannot be reached: ${(error as NodeJS.ErrnoException).code ?? 'error'}`))
    outgoing.end(body)
  })
}
