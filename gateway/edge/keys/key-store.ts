import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bindingOf } from '../../domain/binding.ts'
import { type Instant, instantOfMillis } from '../../domain/instant.ts'
import { ALGORITHM_OF, formatInventory, type InventoryKey, parseInventory } from '../../identity/key-inventory.ts'
import type { KeyUse } from '../../identity/signing-keys.ts'
import { KeysUnusable } from './keys-unusable.ts'
import type { Pkcs11Token } from './pkcs11-token.ts'
import { formatPrivateKey, formatSecret, isProtected, readPrivateKey, readSecretBytes } from './sealed-text.ts'
import { readSecret, writeSecret } from './secret-file.ts'

/** How a private half signs: off the main thread where the place can, and at once. */
export interface PrivateHalf {
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>
  signNow(data: Uint8Array): Uint8Array
}

const EVIDENCE = 'evidence.key'

/**
 * KEYS_DIR: keys.json tells of every signing key (no secret is in it); private halves are files beside it or live in a token, and
 * evidence.key holds the evidence secret. Whoever writes holds the lock.
 */
export class KeyStore {
  readonly directory: string
  readonly #passphrase: string | null
  readonly #token: Pkcs11Token | null

  constructor(directory: string, passphrase: string | null, token: Pkcs11Token | null) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.directory = directory
    this.#passphrase = passphrase
    this.#token = token
  }

  get inventoryPath(): string {
    return join(this.directory, 'keys.json')
  }

  get lockPath(): string {
    return join(this.directory, 'keys.lock')
  }

  /** Null: there is none yet. Throws KeysUnusable for a damaged one. */
  readInventory(): readonly InventoryKey[] | null {
    if (!existsSync(this.inventoryPath)) return null
    const inventory = parseInventory(readFileSync(this.inventoryPath, 'utf8'))
    if (!inventory.ok) throw new KeysUnusable(`KEYS_DIR: ${this.inventoryPath} is damaged: ${inventory.error}`)
    return inventory.value
  }

  writeInventory(keys: readonly InventoryKey[]): void {
    writeSecret(this.inventoryPath, formatInventory(keys))
  }

  /**
   * Makes a key where new ones belong: in the token where there is one that can, else in a file. A crash before the inventory names
   * it leaves a private half that nobody has heard of; the next one takes its place.
   */
  make(use: KeyUse, keys: readonly InventoryKey[], at: Instant, activates: Instant): InventoryKey {
    const algorithm = ALGORITHM_OF[use]
    const nth = 1 + keys.filter(key => key.use === use).length
    const key = { use, algorithm, since: at, activates, until: null, isDestroyed: false }
    if (this.#token?.can(algorithm)) {
      const name = `lienthong-${use}-${nth}`
      return { ...key, place: 'pkcs11', name, ...identified(this.#token.make(name, algorithm)) }
    }
    const { privateKey, publicKey } =
      algorithm === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const name = nth === 1 ? `${use}.key` : `${use}-${nth}.key`
    writeSecret(join(this.directory, name), formatPrivateKey(privateKey, this.#passphrase))
    return { ...key, place: 'file', name, ...identified(publicKey) }
  }

  /** A key file from before there was an inventory; null: there is none. */
  adopt(use: KeyUse, at: Instant): InventoryKey | null {
    const name = `${use}.key`
    const path = join(this.directory, name)
    if (!existsSync(path)) return null
    // A file may come from a clock ahead of ours: it is in use all the same.
    const since = Math.min(instantOfMillis(statSync(path).mtimeMs), at) as Instant
    const key = { use, algorithm: ALGORITHM_OF[use], place: 'file', name, since, activates: since } as const
    return { ...key, until: null, isDestroyed: false, ...identified(createPublicKey(this.#readFile(name))) }
  }

  /** Throws KeysUnusable where the private half is not there, cannot be opened, or is another key's. */
  privateHalf({ place, name, algorithm, id }: InventoryKey): PrivateHalf {
    if (place === 'pkcs11') {
      const token = this.#token
      if (!token) throw new KeysUnusable(`PKCS11_MODULE: the key ${name} lives in a token, and none is named`)
      if (identified(token.publicKey(name, algorithm)).id !== id)
        throw new KeysUnusable(`PKCS11_TOKEN: the key ${name} is not the one of ${this.inventoryPath}`)
      return {
        sign: data => token.sign(name, algorithm, data),
        signNow: data => token.signNow(name, algorithm, data),
      }
    }
    const key = this.#readFile(name)
    if (identified(createPublicKey(key)).id !== id)
      throw new KeysUnusable(`KEYS_DIR: ${name} is not the key of ${this.inventoryPath}`)
    const signNow = (data: Uint8Array): Uint8Array =>
      algorithm === 'Ed25519' ? sign(null, data, key) : sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
    return { sign: signNow, signNow }
  }

  /** Destroys a private half for good. A file is removed: whether its blocks are overwritten is the disk's affair. */
  destroy({ place, name }: InventoryKey): void {
    if (place === 'file') return rmSync(join(this.directory, name), { force: true })
    if (!this.#token) throw new KeysUnusable(`PKCS11_MODULE: the key ${name} lives in a token, and none is named`)
    this.#token.destroy(name)
  }

  hasEvidence(): boolean {
    return existsSync(join(this.directory, EVIDENCE))
  }

  /** 32 random bytes: keys the commitments to payloads. Lost, nobody can prove any more what crossed. */
  makeEvidence(): void {
    writeSecret(join(this.directory, EVIDENCE), formatSecret(randomBytes(32), this.#passphrase))
  }

  readEvidence(): { readonly secret: KeyObject; readonly since: Instant } {
    const path = join(this.directory, EVIDENCE)
    const secret = readSecretBytes(readSecret(path, 'KEYS_DIR'), this.#passphrase, EVIDENCE)
    return { secret: createSecretKey(secret), since: instantOfMillis(statSync(path).mtimeMs) }
  }

  /** Whether a key file says nothing to whoever copies it. */
  isProtected(name: string): boolean {
    return isProtected(readSecret(join(this.directory, name), 'KEYS_DIR'))
  }

  /** Encrypts a key file that is not yet. False: nothing to do. */
  protect(name: string): boolean {
    if (this.#passphrase === null || this.isProtected(name)) return false
    const path = join(this.directory, name)
    const text = readSecret(path, 'KEYS_DIR')
    const { mtimeMs } = statSync(path)
    writeSecret(
      path,
      name === EVIDENCE
        ? formatSecret(readSecretBytes(text, null, name), this.#passphrase)
        : formatPrivateKey(readPrivateKey(text, null, name), this.#passphrase),
      mtimeMs,
    )
    return true
  }

  #readFile(name: string): KeyObject {
    return readPrivateKey(readSecret(join(this.directory, name), 'KEYS_DIR'), this.#passphrase, name)
  }
}

const identified = (publicKey: KeyObject) => ({
  publicKey,
  id: bindingOf(publicKey.export({ type: 'spki', format: 'der' })),
})
