import { createCipheriv, createPrivateKey, type KeyObject, randomBytes, scryptSync } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { integer, octets, oid, sequence, toDer } from './der.ts'
import { pemOf } from './pem.ts'

/** RFC 8018 appendix A.4, RFC 7914 section 7, NIST CSOR. */
const OID = { pbes2: '1.2.840.113549.1.5.13', scrypt: '1.3.6.1.4.1.11591.4.11', aes256Cbc: '2.16.840.1.101.3.4.1.42' }

/**
 * 16 MiB and about 0.2 s a guess. OpenSSL reads no more than 32 MiB, so that a higher N would lock the key away from it.
 * node:crypto's own export derives with 2048 rounds of PBKDF2: too few for a key that can make anybody.
 */
const SCRYPT = { N: 16_384, r: 8, p: 5 }
const AES_KEY_BYTES = 32

/**
 * PEM of a private key under a passphrase: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958 section 3), PBES2 with scrypt and
 * AES-256-CBC. openssl and node:crypto read it.
 */
export function encryptPrivateKey(key: KeyObject, passphrase: string): string {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', scryptSync(passphrase, salt, AES_KEY_BYTES, SCRYPT), iv)
  const content = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()])
  const derivation = sequence(
    oid(OID.scrypt),
    sequence(octets(salt), ...[SCRYPT.N, SCRYPT.r, SCRYPT.p].map(number => integer(BigInt(number)))),
  )
  const encryption = sequence(oid(OID.aes256Cbc), octets(iv))
  const algorithm = sequence(oid(OID.pbes2), sequence(derivation, encryption))
  return pemOf('ENCRYPTED PRIVATE KEY', toDer(sequence(algorithm, octets(content))))
}

/** The key of such a PEM text, however it was encrypted; an error where the passphrase is another one or the text is none. */
export function decryptPrivateKey(pem: string, passphrase: string): Result<KeyObject> {
  try {
    return ok(createPrivateKey({ key: pem, format: 'pem', passphrase }))
  } catch {
    return err('the passphrase does not open it')
  }
}
