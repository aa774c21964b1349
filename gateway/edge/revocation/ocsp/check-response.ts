import type { Instant } from '../../../domain/instant.ts'
import { instantOfMillis } from '../../../domain/instant.ts'
import { err, ok, type Result } from '../../../domain/result.ts'
import { DerError, DerReader, TAG } from '../der-reader.ts'
import { SKEW_MICROS } from '../skew.ts'
import { verifies } from '../signature-algorithm.ts'
import type { AskedIssuer } from './asked-issuer.ts'
import { responderKey, type ResponderStatus, same } from './check-responder.ts'
import { OID } from './make-request.ts'
import { parseResponse, type ParsedResponse, type Single } from './parse-response.ts'

/** What a responder says of a certificate, believed. */
export interface OcspWord {
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate: Instant
  /** Until when it may be relied on. */
  readonly until: Instant
}

export interface Question {
  readonly issuer: AskedIssuer
  /** Hex. */
  readonly serial: string
  readonly nonce: Uint8Array
  readonly at: Instant
  readonly responderStatus: ResponderStatus
}

/** RFC 6960 section 4.2.2.1: without nextUpdate newer information is available all the time. A minute, then it is asked again. */
const UNTIL_ASKED_AGAIN_MICROS = 60_000_000
/** RFC 6960 section 4.2.2.1: without nextUpdate `thisUpdate` alone says how recent it is. */
const MOST_AGE_MICROS = 300_000_000

/** Checks a response against the question (RFC 6960 section 3.2). Attacker-controlled: OCSP comes over plain HTTP. */
export function checkResponse(der: Uint8Array, question: Question): Result<OcspWord> {
  try {
    const response = parseResponse(der)
    const key = responderKey(response, question.issuer, question.at, question.responderStatus)
    if (!key.ok) return key
    if (!verifies(response.algorithm, response.signed, response.signature, key.value))
      return err('a signature that its responder did not make')
    return wordIn(response, question)
  } catch (thrown) {
    // Whatever these bytes do to a parser, they say nothing about a certificate.
    return err(thrown instanceof DerError ? thrown.message : 'a response that cannot be read')
  }
}

function wordIn(response: ParsedResponse, question: Question): Result<OcspWord> {
  if (!noncesAgree(response, question.nonce)) return err('the nonce of another request')
  const single = response.singles.find(found => isAbout(found, question))
  if (single === undefined) return err('nothing about the certificate that was asked about')
  const strange = [...response.extensions, ...single.extensions].find(
    ({ id, critical }) => critical && id !== OID.nonce,
  )
  if (strange) return err(`a critical extension that is not known: ${strange.id}`)
  return inItsTime(single, response.producedAtMillis, question.at)
}

/** RFC 6960 section 4.4.1, RFC 9654: a responder may leave it out; another one than ours is a replay. */
function noncesAgree({ extensions }: ParsedResponse, nonce: Uint8Array): boolean {
  const extension = extensions.find(({ id }) => id === OID.nonce)
  if (extension === undefined) return true
  const reader = new DerReader(extension.value)
  const value = reader.content(reader.next(TAG.octets))
  reader.finish()
  return same(value, nonce)
}

const isAbout = ({ hash, nameHash, keyHash, serial }: Single, { issuer, serial: asked }: Question): boolean =>
  hash === OID.sha1 &&
  same(nameHash, issuer.nameHash) &&
  same(keyHash, issuer.keyHash) &&
  BigInt(`0x${Buffer.from(serial).toString('hex')}`) === BigInt(`0x${asked}`)

function inItsTime(
  { status, thisUpdateMillis, nextUpdateMillis }: Single,
  producedAt: number,
  at: Instant,
): Result<OcspWord> {
  const thisUpdate = instantOfMillis(thisUpdateMillis)
  if (Math.max(thisUpdate, instantOfMillis(producedAt)) > at + SKEW_MICROS) return err('a response of the future')
  if (nextUpdateMillis === null)
    return at - thisUpdate > MOST_AGE_MICROS
      ? err('a response without nextUpdate that is not recent')
      : ok({ status, thisUpdate, until: (at + UNTIL_ASKED_AGAIN_MICROS) as Instant })
  const until = instantOfMillis(nextUpdateMillis)
  // A revocation holds however old its word is.
  if (until <= at && status !== 'revoked') return err('a response whose time is over')
  return until <= thisUpdate ? err('a response whose time ends before it begins') : ok({ status, thisUpdate, until })
}
