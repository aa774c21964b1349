import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KeysUnusable } from './keys-unusable.ts'

/** Keys, passphrases and PINs are short. */
const MAX_BYTES = 64 * 1024
/** Anybody but the owner. */
const OTHERS = 0o077
/** Machine-made, base64: 120 bits. PBKDF2 as Node's PKCS#8 export runs it (2,048 rounds) protects nothing shorter. */
const MIN_PASSPHRASE = 20

/** The text of a file that only its owner may read. Throws KeysUnusable for one that others may, or that cannot be read. */
export function readSecret(path: string, what: string): string {
  try {
    const { mode, size } = statSync(path)
    if ((mode & OTHERS) !== 0)
      throw new KeysUnusable(`${what}: others than its owner may use ${path} (mode ${octal(mode)}): chmod 600 it`)
    if (size > MAX_BYTES) throw new KeysUnusable(`${what}: ${path} is too long`)
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof KeysUnusable) throw thrown
    const { code } = thrown as NodeJS.ErrnoException
    throw new KeysUnusable(`${what}: ${path} cannot be read (${code ?? 'unknown'})`)
  }
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0')

/**
 * Replaces a file. A crash leaves the old one or the new one whole, and perhaps a `.new` beside it that nobody reads.
 * `mtimeMs`: what the file is to say of its age, where the same secret is only written in another form.
 */
export function writeSecret(path: string, text: string, mtimeMs?: number): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true })
  if (mtimeMs !== undefined) utimesSync(draft, mtimeMs / 1000, mtimeMs / 1000)
  renameSync(draft, path)
  // A new name is durable only with its directory.
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** The one line of KEYS_PASSPHRASE_FILE. */
export function readPassphrase(path: string): string {
  const passphrase = readSecret(path, 'KEYS_PASSPHRASE_FILE').replace(/\r?\n$/, '')
  if (passphrase.length < MIN_PASSPHRASE)
    throw new KeysUnusable(
      `KEYS_PASSPHRASE_FILE: at least ${MIN_PASSPHRASE} characters, made by a machine: openssl rand -base64 32`,
    )
  return passphrase
}
