import { type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { rootCertificates } from 'node:tls'
import { err, ok, type Result } from '../../domain/result.ts'

export interface WitnessAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A cosigned note is below 4 KiB; post-quantum signatures of others reach 5 KB each. */
const MAX_ANSWER_BYTES = 64 * 1024
/** From the first to the last byte: a witness writes one small file. */
const PATIENCE_MILLIS = 5_000

/**
 * One request to a witness, or in words why there is no answer. Bounded in size and time; redirects are not followed. What a witness
 * says is signed: TLS only keeps others from answering for it. `trust`: PEM of issuers beside those that the system knows.
 */
export function askOverHttp(
  url: string,
  method: 'GET' | 'POST',
  body: string | null,
  trust: readonly string[],
): Promise<Result<WitnessAnswer>> {
  return new Promise(resolve => {
    const isSecure = url.startsWith('https:')
    const options = {
      method,
      headers:
        body === null ? {} : { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) },
      agent: false as const,
      ...(isSecure ? { ca: [...rootCertificates, ...trust] } : {}),
    }
    const outgoing = (isSecure ? secureRequest : plainRequest)(url, options, incoming => {
      const chunks: Buffer[] = []
      let size = 0
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_ANSWER_BYTES) giveUp(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
        else chunks.push(chunk)
      })
      incoming.on('error', () => giveUp('the connection broke'))
      incoming.on('end', () => {
        clearTimeout(deadline)
        const text = Buffer.concat(chunks).toString('utf8')
        resolve(ok({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }))
      })
    })
    const giveUp = (why: string): void => {
      clearTimeout(deadline)
      resolve(err(why))
      outgoing.destroy()
    }
    const deadline = setTimeout(() => giveUp(`no whole answer within ${PATIENCE_MILLIS / 1000} s`), PATIENCE_MILLIS)
    outgoing.on('error', error => giveUp(`cannot be reached: ${(error as NodeJS.ErrnoException).code ?? 'error'}`))
    outgoing.end(body ?? undefined)
  })
}
