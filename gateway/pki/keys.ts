import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type Binding, bindingOf } from '../domain/binding.ts'

/** The keys that certificates may carry (DESIGN.md: RSA of 2048 bits and more, P-256, P-384, Ed25519). */
export type KeyType = 'p256' | 'p384' | 'ed25519' | 'rsa'

/** NIST SP 800-131A: less than 112 bits of strength below this. */
const MIN_RSA_BITS = 2048

export interface RsaOptions {
  /** Bits of the modulus; 2048 unless told. */
  readonly bits?: number
  /** Lets a test make a key that the gateway must refuse (RSA below 2048 bits). */
  readonly weakForTests?: boolean
}

/** A new private key. `rsa` is read for the type `rsa` only. Throws RangeError for a weak size. */
export function makeKey(type: KeyType = 'p256', rsa: RsaOptions = {}): KeyObject {
  switch (type) {
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
    case 'rsa': {
      const bits = rsa.bits ?? MIN_RSA_BITS
      if (bits < MIN_RSA_BITS && !rsa.weakForTests) throw new RangeError(`an RSA key has at least ${MIN_RSA_BITS} bits`)
      return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey
    }
  }
}

const CURVES: Readonly<Record<string, KeyType>> = { prime256v1: 'p256', secp384r1: 'p384' }

/** The type of a public or private key, or null for one that no certificate here may carry. Says nothing about RSA's size. */
export function keyTypeOf(key: KeyObject): KeyType | null {
  const type = key.asymmetricKeyType
  if (type === 'ec') return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? null
  return type === 'ed25519' || type === 'rsa' ? type : null
}

/** Whether certificates may carry the key: a known type and, for RSA, 2048 bits at least. */
export function isStrong(key: KeyObject): boolean {
  const type = keyTypeOf(key)
  return type === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS : type !== null
}

const publicOf = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key)

/** DER SubjectPublicKeyInfo of a public key or of a private key's public half (RFC 5280 section 4.1). */
export const spkiOf = (key: KeyObject): Buffer => publicOf(key).export({ type: 'spki', format: 'der' })

/** The binding of a public key or of a private key's public half. */
export const bindingOfKey = (key: KeyObject): Binding => bindingOf(spkiOf(key))

/** PKCS#8, unencrypted: `BEGIN PRIVATE KEY` (RFC 5958). */
export const privateKeyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

/** Reads a private key as `privateKeyPem` writes it. Throws on anything else. */
export const readPrivateKey = (pem: string): KeyObject => createPrivateKey({ key: pem, format: 'pem' })
