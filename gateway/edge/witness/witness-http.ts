import type { IncomingHttpHeaders } from 'node:http'
import { rootCertificates } from 'node:tls'
import { ok, type Result } from '../../domain/result.ts'
import { boundedHttp } from '../bounded-http.ts'

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
export async function askOverHttp(
  url: string,
  method: 'GET' | 'POST',
  body: string | null,
  trust: readonly string[],
): Promise<Result<WitnessAnswer>> {
  const bytes = body === null ? null : Buffer.from(body)
  const answer = await boundedHttp({
    url,
    method,
    headers:
      bytes === null ? {} : { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(bytes.length) },
    ...(bytes === null ? {} : { body: bytes }),
    millis: PATIENCE_MILLIS,
    maxBytes: MAX_ANSWER_BYTES,
    ca: [...rootCertificates, ...trust],
  })
  return answer.ok ? ok({ ...answer.value, body: Buffer.from(answer.value.body).toString('utf8') }) : answer
}
