import { type KeyObject, sign } from 'node:crypto'
import { bits, type Der, nothing, oid, sequence, toDer } from './der.ts'
import { type KeyType, keyTypeOf } from './keys.ts'

const SIGNATURE = {
  p256: { algorithm: () => sequence(oid('1.2.840.10045.4.3.2')), hash: 'sha256' },
  p384: { algorithm: () => sequence(oid('1.2.840.10045.4.3.3')), hash: 'sha384' },
  ed25519: { algorithm: () => sequence(oid('1.3.101.112')), hash: null },
  // RFC 4055 section 5: the parameters are NULL.
  rsa: { algorithm: () => sequence(oid('1.2.840.113549.1.1.11'), nothing()), hash: 'sha256' },
} as const satisfies Record<KeyType, { readonly algorithm: () => Der; readonly hash: string | null }>

/** The AlgorithmIdentifier of what this key signs. Throws TypeError for a key of another type than ours. */
export const signatureAlgorithm = (key: KeyObject): Der => signatureOf(key).algorithm()

/** DER of `SEQUENCE { content, signatureAlgorithm, signature }`: certificates, revocation lists and requests alike. */
export function signed(content: Der, key: KeyObject): Buffer {
  const { algorithm, hash } = signatureOf(key)
  return toDer(sequence(content, algorithm(), bits(sign(hash, toDer(content), key))))
}

function signatureOf(key: KeyObject): (typeof SIGNATURE)[KeyType] {
  const type = keyTypeOf(key)
  if (type === null) throw new TypeError('what signs has a key of a known type')
  return SIGNATURE[type]
}
