import { randomBytes } from 'node:crypto'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { err, ok, type Result } from '../../domain/result.ts'
import { makeStampRequest } from '../../pki/timestamp-request.ts'
import { MOST_TOKEN_BYTES, verifyStampResponse } from '../../pki/timestamp-verify.ts'
import type { Instant } from '../../domain/instant.ts'

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

/** Attacker-controlled: whoever sits on the way chooses the bytes. */
function post(url: string, body: Uint8Array, signal: AbortSignal): Promise<Result<Uint8Array>> {
  const request = url.startsWith('https:') ? tlsRequest : plainRequest
  return new Promise(resolve => {
    const headers = {
      'content-type': 'application/timestamp-query',
      connection: 'close',
      'content-length': body.length,
    }
    const outgoing = request(url, { method: 'POST', headers, agent: false, signal }, incoming => {
      const chunks: Buffer[] = []
      let size = 0
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MOST_TOKEN_BYTES) giveUp(`an answer of more than ${MOST_TOKEN_BYTES} bytes`)
        else chunks.push(chunk)
      })
      incoming.on('error', () => giveUp('the connection broke'))
      incoming.on('end', () => {
        clearTimeout(deadline)
        const type = incoming.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
        if (incoming.statusCode !== 200) resolve(err(`answers with status ${incoming.statusCode}`))
        else if (type !== 'application/timestamp-reply') resolve(err('answers with another media type'))
        else resolve(ok(new Uint8Array(Buffer.concat(chunks))))
      })
    })
    const giveUp = (why: string): void => {
      clearTimeout(deadline)
      resolve(err(why))
      outgoing.destroy()
    }
    const deadline = setTimeout(() => giveUp(`no whole answer within ${ANSWER_MILLIS / 1000} s`), ANSWER_MILLIS)
    outgoing.on('error', error => giveUp(`cannot be reached: ${(error as NodeJS.ErrnoException).code ?? 'error'}`))
    outgoing.end(body)
  })
}
