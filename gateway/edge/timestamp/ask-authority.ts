import { randomBytes } from 'node:crypto'
import { err, ok, type Result } from '../../domain/result.ts'
import { makeStampRequest } from '../../pki/timestamp-request.ts'
import { MOST_TOKEN_BYTES, verifyStampResponse } from '../../pki/timestamp-verify.ts'
import type { Instant } from '../../domain/instant.ts'
import { boundedHttp } from '../bounded-http.ts'

/** From the first to the last byte. */
const ANSWER_MILLIS = 10_000
/** 64 bits: RFC 3161 section 2.4.1 wants a large random number. */
const NONCE_BYTES = 8

/** Where stamps come from, as the configuration registers it. */
export interface AskedAuthority {
  readonly url: string
  /** PEM. */
  readonly certificates: readonly string[]
}

export interface GivenStamp {
  /** DER. */
  readonly token: Uint8Array
  readonly genTime: Instant
}

/**
 * Asks a time authority for a stamp over this SHA-256 and verifies it wholly (RFC 3161 section 3.4, over HTTP). The error says in words
 * why there is none. Bounded in size and time; redirects are not followed. The answer is signed by itself, so plain HTTP will do.
 */
export async function askAuthority(
  { url, certificates }: AskedAuthority,
  digest: Uint8Array,
  signal: AbortSignal,
): Promise<Result<GivenStamp>> {
  const asked = { digest, nonce: randomBytes(NONCE_BYTES).toString('hex') }
  const answer = await post(url, makeStampRequest(asked), signal)
  if (!answer.ok) return answer
  const verified = verifyStampResponse(answer.value, asked, certificates)
  return verified.ok ? ok({ token: verified.value.token, genTime: verified.value.genTime }) : verified
}

async function post(url: string, body: Uint8Array, signal: AbortSignal): Promise<Result<Uint8Array>> {
  const headers = { 'content-type': 'application/timestamp-query', 'content-length': String(body.length) }
  const bounds = { millis: ANSWER_MILLIS, maxBytes: MOST_TOKEN_BYTES }
  const answer = await boundedHttp({ url, method: 'POST', headers, body, signal, ...bounds })
  if (!answer.ok) return answer
  const { status, headers: given, body: token } = answer.value
  if (status !== 200) return err(`answers with status ${status}`)
  const type = given['content-type']?.split(';')[0]?.trim().toLowerCase()
  return type === 'application/timestamp-reply' ? ok(token) : err('answers with another media type')
}
