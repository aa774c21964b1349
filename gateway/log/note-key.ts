import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'

/** A public key that signatures of notes are checked with. */
export interface Verifier {
  readonly name: string
  /** First four bytes of the key hash, big-endian. */
  readonly keyId: number
  readonly key: KeyObject
}

/** C2SP signed-note, signature type of Ed25519. */
const ED25519 = 0x01
const KEY_BYTES = 32
/** DER of a SubjectPublicKeyInfo for Ed25519 up to the key itself (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** C2SP signed-note: key names are not empty and have neither Unicode spaces nor plus; notes have no control characters. */
export const isKeyName = (name: string): boolean =>
  name.length > 0 && !/[\s\u0085+\u0000-\u001f\p{Surrogate}]/u.test(name)

/** C2SP signed-note: `SHA-256(key name || 0x0A || 0x01 || 32-byte Ed25519 public key)[:4]`. */
export const keyIdOf = (name: string, publicKey: Uint8Array): number =>
  createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519)).update(publicKey).digest().readUInt32BE(0)

/** The 32 raw bytes of an Ed25519 key (RFC 8032). Throws a TypeError for a key of another type. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('a lane is signed with an Ed25519 key')
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
}

/** The key of 32 raw bytes. Throws a RangeError for another length. */
export function publicKeyOf(raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_BYTES) throw new RangeError('an Ed25519 public key has 32 bytes')
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
}

/** The verifier for an Ed25519 key under a name. Throws a TypeError for another key or a name no note can carry. */
export function verifierOf(name: string, key: KeyObject): Verifier {
  if (!isKeyName(name)) throw new TypeError('a key name has neither spaces nor plus')
  const raw = rawPublicKey(key)
  return { name, keyId: keyIdOf(name, raw), key: key.type === 'private' ? createPublicKey(key) : key }
}

const hex8 = (keyId: number): string => keyId.toString(16).padStart(8, '0')

/** `name+hash+base64(0x01 || key)`, the form in which witnesses and verifiers are told a key. */
export function formatVerifierKey(name: string, publicKey: Uint8Array): string {
  return `${name}+${hex8(keyIdOf(name, publicKey))}+${encodeBase64(Buffer.concat([Uint8Array.of(ED25519), publicKey]))}`
}

/** Reads a verifier key string; the key id in it must be that of the key. */
export function parseVerifierKey(text: string): Result<Verifier> {
  const match = text.length <= 512 ? /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) : null
  const [, name = '', id = '', encoded = ''] = match ?? []
  if (!match || !isKeyName(name)) return err('a verifier key is written name+keyid+base64')
  const bytes = decodeBase64(encoded)
  if (!bytes || bytes[0] !== ED25519 || bytes.length !== 1 + KEY_BYTES)
    return err('a verifier key holds an Ed25519 key: the byte 01 and 32 bytes')
  const raw = bytes.subarray(1)
  const keyId = keyIdOf(name, raw)
  if (hex8(keyId) !== id) return err('the key id is not that of the name and key')
  return ok({ name, keyId, key: publicKeyOf(raw) })
}
