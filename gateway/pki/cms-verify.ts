import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { assemble, itemsOf, toBeSigned } from './cms-sign.ts'
import { type Der, fromDer, toDer } from './der.ts'

/** Certificates of ours have about 500 bytes, signatures about 900. */
const MOST_BYTES = 16 * 1024

export interface DetachedSignature {
  /** DER. Nothing says yet whose it is. */
  readonly certificate: Buffer
  readonly publicKey: KeyObject
  readonly signedAt: Date
}

/**
 * Checks a detached signature that `signDetached` made, attacker-controlled. Strict: its certificate, time and signature value are
 * read, the rest is made anew from them and has to be the same bytes. Signatures of other makers are refused, valid or not:
 * `openssl cms -verify` is for those. Never throws.
 */
export function verifyDetached(signature: Uint8Array, content: Uint8Array): Result<DetachedSignature> {
  if (signature.length > MOST_BYTES) return err('the signature is too long')
  try {
    return check(Buffer.from(signature), content)
  } catch {
    return err('the signature is not a CMS signature')
  }
}

function check(signature: Buffer, content: Uint8Array): Result<DetachedSignature> {
  const signedData = itemsOf(itemsOf(itemsOf(fromDer(signature))[1])[0])
  const certificate = toDer(itemsOf(signedData[3])[0] as Der)
  const signer = itemsOf(itemsOf(signedData[4])[0])
  const text = signer[5]?.value
  if (typeof text !== 'string') return err('the signature has no value')
  const value = Buffer.from(text, 'latin1')
  const signedAt = timeIn(itemsOf(signer[3]))
  if (signedAt === null) return err('the signature tells no time')
  const facts = { certificate, digest: createHash('sha256').update(content).digest(), signedAt }
  if (!assemble(facts, value).equals(signature))
    return err('the signature is of other content, or not written as packs are signed')
  const { publicKey } = new X509Certificate(certificate)
  if (publicKey.asymmetricKeyType !== 'ec') return err('the key of the signature is of another kind')
  return verify('sha256', toBeSigned(facts), publicKey, value)
    ? ok({ certificate, publicKey, signedAt })
    : err('the signature does not verify')
}

/** UTCTime or GeneralizedTime among the signed attributes. */
function timeIn(attributes: readonly Der[]): Date | null {
  for (const attribute of attributes) {
    const value = itemsOf(itemsOf(attribute)[1])[0]
    const text = typeof value?.value === 'string' ? value.value : ''
    // Of the attributes only a time reads as one.
    const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
    if (!match) continue
    const [, year = '', ...rest] = match
    const [month, day, hour, minute, second] = rest.map(Number)
    // RFC 5280 section 4.1.2.5.1: two digits are of 1950 to 2049.
    const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900)
    return new Date(Date.UTC(full, (month ?? 1) - 1, day, hour, minute, second))
  }
  return null
}
