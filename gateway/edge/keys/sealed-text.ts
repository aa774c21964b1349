import {
  createCipheriv,
  createDecipheriv,
  type KeyObject,
  createPrivateKey,
  randomBytes,
  scryptSync,
} from 'node:crypto'
import { KeysUnusable } from './keys-unusable.ts'

/** OWASP Password Storage Cheat Sheet, scrypt: N 2^15, r 8 takes 32 MiB; once a start. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const SEALED = /^lienthong-sealed-1 ([A-Za-z0-9+/=]+) ([A-Za-z0-9+/=]+) ([A-Za-z0-9+/=]+)\n$/
const ENCRYPTED_PEM = '-----BEGIN ENCRYPTED PRIVATE KEY-----'

/** Whether the text of a key file says nothing without the passphrase. */
export const isProtected = (text: string): boolean => SEALED.test(text) || text.startsWith(ENCRYPTED_PEM)

/** PKCS#8 in PEM; under the passphrase as PBES2 with AES-256-CBC (RFC 8018), which every OpenSSL reads. */
export function formatPrivateKey(key: KeyObject, passphrase: string | null): string {
  const form = { type: 'pkcs8', format: 'pem' } as const
  return key.export(passphrase === null ? form : { ...form, cipher: 'aes-256-cbc', passphrase }).toString()
}

/** Throws KeysUnusable where the passphrase is missing or wrong, or the text is no key. */
export function readPrivateKey(text: string, passphrase: string | null, file: string): KeyObject {
  if (isProtected(text) && passphrase === null) throw missing(file)
  try {
    return createPrivateKey(isProtected(text) ? { key: text, passphrase: passphrase ?? '' } : text)
  } catch {
    throw isProtected(text) ? wrong(file) : new KeysUnusable(`KEYS_DIR: ${file} is no private key`)
  }
}

/** A secret of bytes: hex, or sealed with AES-256-GCM under a key that scrypt makes of the passphrase. */
export function formatSecret(secret: Uint8Array, passphrase: string | null): string {
  if (passphrase === null) return `${Buffer.from(secret).toString('hex')}\n`
  const [salt, iv] = [randomBytes(16), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, SCRYPT), iv)
  const box = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()])
  return `lienthong-sealed-1 ${[salt, iv, box].map(bytes => bytes.toString('base64')).join(' ')}\n`
}

/** Throws KeysUnusable where the passphrase is missing or wrong, or the text holds no secret of 32 bytes. */
export function readSecretBytes(text: string, passphrase: string | null, file: string): Buffer {
  const parts = SEALED.exec(text)?.slice(1)
  if (!parts) {
    const hex = text.trim()
    if (!/^[0-9a-f]{64}$/.test(hex)) throw new KeysUnusable(`KEYS_DIR: ${file} does not hold 32 bytes in hex`)
    return Buffer.from(hex, 'hex')
  }
  if (passphrase === null) throw missing(file)
  const [salt = Buffer.of(), iv = Buffer.of(), box = Buffer.of()] = parts.map(part => Buffer.from(part, 'base64'))
  try {
    const decipher = createDecipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, SCRYPT), iv, {
      authTagLength: 16,
    })
    decipher.setAuthTag(box.subarray(-16))
    return Buffer.concat([decipher.update(box.subarray(0, -16)), decipher.final()])
  } catch {
    throw wrong(file)
  }
}

const missing = (file: string): KeysUnusable =>
  new KeysUnusable(`KEYS_PASSPHRASE_FILE: ${file} is encrypted, and no passphrase is given`)

const wrong = (file: string): KeysUnusable =>
  new KeysUnusable(`KEYS_PASSPHRASE_FILE: its passphrase does not open ${file}`)
