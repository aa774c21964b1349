import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

/** What a caller signed and its signature: with the registered public key, all that a judge needs. */
export interface SignedBase {
  /** RFC 9421 section 2.5. */
  readonly base: string
  /** Base64. */
  readonly signature: string
}

/** HKDF (RFC 5869) of k: no two uses of k share a key. */
const INFO = 'signature base'
const KEY_BYTES = 32
const TAG_BYTES = 16
/** A key of AES-GCM may never meet one nonce with two texts. k belongs to one exchange, which has one signature: the text is one. */
const IV = Buffer.alloc(12)

const keyFrom = (k: Uint8Array): Uint8Array => new Uint8Array(hkdfSync('sha256', k, '', INFO, KEY_BYTES))

/**
 * AES-256-GCM under a key derived from `k`, the request's commitment key: base64 of the encrypted JSON of a SignedBase and its tag
 * (16 bytes). The base holds path and query, which can hold personal data: whoever reads the log may not see them, the parties may.
 */
export function sealSignature(k: Uint8Array, signed: SignedBase): string {
  const cipher = createCipheriv('aes-256-gcm', keyFrom(k), IV)
  const text = JSON.stringify({ base: signed.base, signature: signed.signature })
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

/** Null where `k` is of another exchange, or the text was changed. */
export function openSignature(k: Uint8Array, sealed: string): SignedBase | null {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(k), IV, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8')
    return JSON.parse(text) as SignedBase
  } catch {
    return null
  }
}
