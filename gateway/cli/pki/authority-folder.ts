import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { LockHeld, underLock } from '../../edge/lock-file.ts'
import { decryptPrivateKey } from '../../pki/encrypted-key.ts'
import {
  type AuthorityName,
  type IndexLine,
  type IssuedRegister,
  lineText,
  readIndex,
  wholeLength,
} from '../../pki/issued.ts'
import type { Authority } from '../../pki/sign-certificate.ts'
import { Misuse } from '../misuse.ts'
import { PRIVATE, PUBLIC, syncDirectory, writeAll, writeOnce, writeWhole } from './write-whole.ts'

/** A person may be asked for a passphrase before the lock is taken, never while it is held. */
const WAIT_MILLIS = 30_000

/**
 * The folder of a root and its issuing authority: `root.key`, `root.crt`, `root.crl`, the same of `issuing`, `crl.pem` (both
 * lists), `issued/SERIAL.crt`, and `index.jsonl`, which remembers all that was issued and revoked.
 */
export class AuthorityFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** A folder where `pki init-root` was. */
  static open(path: string): AuthorityFolder {
    const folder = new AuthorityFolder(resolve(path))
    if (!folder.has('index.jsonl'))
      throw new Misuse(`${folder.path} is no certification authority: make one with \`lienthong pki init-root\``)
    return folder
  }

  static make(path: string): AuthorityFolder {
    const folder = new AuthorityFolder(resolve(path))
    mkdirSync(folder.at('issued'), { recursive: true, mode: 0o700 })
    return folder
  }

  at(name: string): string {
    return join(this.path, name)
  }

  has(name: string): boolean {
    return existsSync(this.at(name))
  }

  /** Null where there is no such file. */
  read(name: string): string | null {
    return this.has(name) ? readFileSync(this.at(name), 'utf8') : null
  }

  writePublic(name: string, content: string): void {
    writeWhole(this.at(name), content, PUBLIC)
  }

  /** Never over one that is there: keys are not replaced. */
  writeKey(name: string, content: string): void {
    if (!writeOnce(this.at(name), content, PRIVATE)) throw new Misuse(`${this.at(name)} exists already`)
  }

  /** Throws Misuse for a damaged index: nothing may be signed on it. */
  register(): IssuedRegister {
    const register = readIndex(this.read('index.jsonl') ?? '')
    if (!register.ok) throw new Misuse(`${this.at('index.jsonl')}: ${register.error}`)
    return register.value
  }

  /** Runs `work` while no other process writes into the folder. */
  async exclusively<T>(work: () => Promise<T> | T): Promise<T> {
    try {
      return await underLock(this.at('lock'), WAIT_MILLIS, async () => await work())
    } catch (thrown) {
      if (thrown instanceof LockHeld) throw new Misuse(`${thrown.message}: wait for it to end`)
      throw thrown
    }
  }

  /**
   * Durable once it returns. Written before what it tells of is done: a crash right behind it leaves an entry without a certificate
   * (shown as `unfinished`, and it may be revoked), or a list's number that no list has. A crash within leaves a line without its
   * end, which does not count and is cut off here. Only under the lock.
   */
  append(line: IndexLine): void {
    const present = readBytes(this.at('index.jsonl'))
    const handle = openSync(this.at('index.jsonl'), 'a', PRIVATE)
    try {
      const whole = wholeLength(present.toString('latin1'))
      if (whole < present.length) ftruncateSync(handle, whole)
      writeAll(handle, Buffer.from(lineText(line)))
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    if (present.length === 0) syncDirectory(this.path)
  }

  /** The certificate (PEM) of an authority; Misuse where it was not made yet. */
  certificateOf(name: AuthorityName): string {
    const pem = this.read(`${name}.crt`)
    if (pem === null) throw new Misuse(`${this.at(`${name}.crt`)} is missing: \`lienthong pki init-${name}\` makes it`)
    return pem
  }

  /** Opens an authority's key. A root's key may lie elsewhere (offline) between its uses. */
  authority(name: AuthorityName, passphrase: string): Authority {
    const certificate = this.certificateOf(name)
    const pem = this.read(`${name}.key`)
    if (pem === null) throw new Misuse(`${this.at(`${name}.key`)} is missing: put it back for this step`)
    const key = decryptPrivateKey(pem, passphrase)
    if (!key.ok) throw new Misuse(`${this.at(`${name}.key`)}: ${key.error}`)
    if (!new X509Certificate(certificate).checkPrivateKey(key.value))
      throw new Misuse(`${this.at(`${name}.key`)} is not the key of ${name}.crt`)
    return { certificate, key: key.value }
  }
}

const readBytes = (path: string): Buffer => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0))
