import { createHmac, type KeyObject } from 'node:crypto'
import { statSync } from 'node:fs'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import { currentKey, type InventoryKey, KEY_USES, type KeyState, stateOf } from '../../identity/key-inventory.ts'
import type { GatewayKey, GatewayKeys, KeyUse } from '../../identity/signing-keys.ts'
import { originOf } from '../../log/checkpoint.ts'
import { rawPublicKey } from '../../log/note-key.ts'
import type { Signer } from '../../log/signed-note.ts'
import { Fault } from '../../problems/fault.ts'
import { underLock } from '../lock-file.ts'
import { KeysUnusable } from './keys-unusable.ts'
import type { KeyStore, PrivateHalf } from './key-store.ts'

/** How often a changed inventory is looked for. */
const POLL_MILLIS = 1_000
/** Another process makes its keys, or a command changes them. */
const LOCK_MILLIS = 10_000

export interface KeyringOptions {
  readonly store: KeyStore
  readonly now: () => Instant
  /** The inventory has changed and cannot be obeyed: the one before goes on. */
  readonly onTrouble: (thrown: unknown) => void
  /** Lets the place of the keys go. */
  readonly onClose?: () => void
}

/** A key of the control lane whose private half is at hand. */
export interface ControlSigner {
  readonly key: InventoryKey
  readonly signer: Signer
}

/**
 * The gateway's keys in a running process. Which one signs follows from the inventory and the time; a changed inventory is noticed
 * within a second, and nothing pauses.
 */
export class Keyring implements GatewayKeys {
  readonly #options: KeyringOptions
  readonly #evidence: ReturnType<KeyStore['readEvidence']>
  readonly #halves = new Map<string, PrivateHalf>()
  readonly #poll: NodeJS.Timeout
  #keys: readonly InventoryKey[]
  #version: string
  /** The inventory that was complained of. */
  #refused = ''

  private constructor(options: KeyringOptions, keys: readonly InventoryKey[], version: string) {
    this.#options = options
    this.#keys = keys
    this.#version = version
    this.#evidence = options.store.readEvidence()
    this.#load(keys)
    this.#poll = setInterval(() => this.refresh(), POLL_MILLIS)
    this.#poll.unref()
  }

  /** Opens the keys of a directory, those that are missing made anew. Throws KeysUnusable. */
  static async open(options: KeyringOptions): Promise<Keyring> {
    const { store, now } = options
    await makeMissing(store, now)
    const version = versionOf(store)
    return new Keyring(options, store.readInventory() ?? [], version)
  }

  /** The one to sign with now. A Fault where there is none: it was retired without a successor. */
  current(use: KeyUse): GatewayKey {
    const key = currentKey(this.#keys, use, this.#options.now())
    const half = key && this.#halves.get(key.id)
    if (!half) throw new Fault('internal', `there is no key for ${use}`)
    return { ...key, sign: data => signed(key, () => half.sign(data)) }
  }

  published(use: KeyUse): readonly InventoryKey[] {
    const at = this.#options.now()
    return this.#keys.filter(key => key.use === use && stateOf(key, this.#keys, at) !== 'retired')
  }

  /** Every key that ever was, with what has become of it. */
  inventory(): readonly (InventoryKey & { readonly state: KeyState })[] {
    const at = this.#options.now()
    return this.#keys.map(key => ({ ...key, state: stateOf(key, this.#keys, at) }))
  }

  get evidence(): KeyObject {
    return this.#evidence.secret
  }

  /** Tells two evidence keys apart and says nothing of either. */
  get evidenceFingerprint(): string {
    return createHmac('sha256', this.evidence).update('lienthong evidence key fingerprint').digest('hex')
  }

  /** The control lane's keys in effect whose private half is at hand, in the order in which they took over; the last one signs. */
  controlLane(): readonly ControlSigner[] {
    const at = this.#options.now()
    return this.#keys
      .filter(key => key.use === 'control-lane' && ['current', 'previous'].includes(stateOf(key, this.#keys, at)))
      .toSorted((a, b) => a.activates - b.activates)
      .flatMap(key => {
        const half = this.#halves.get(key.id)
        const name = originOf(CONTROL_LANE)
        const sign = (bytes: Uint8Array): Uint8Array => signedNow(key, () => half?.signNow(bytes))
        return half ? [{ key, signer: { name, publicKey: rawPublicKey(key.publicKey), sign } }] : []
      })
  }

  /** Looks for a changed inventory now. */
  refresh(): void {
    const { store, onTrouble } = this.#options
    let version = 'none'
    try {
      version = versionOf(store)
      if (version === this.#version) return
      const keys = store.readInventory()
      if (!keys) throw new KeysUnusable(`KEYS_DIR: ${store.inventoryPath} has gone`)
      this.#load(keys)
      this.#keys = keys
      this.#version = version
    } catch (thrown) {
      // Tried again every second, told of once.
      if (version !== this.#refused) onTrouble(thrown)
      this.#refused = version
    }
  }

  close(): void {
    clearInterval(this.#poll)
    this.#options.onClose?.()
  }

  /** Private halves of what signs now or next; and of the control lane's keys before, until it was handed over. */
  #load(keys: readonly InventoryKey[]): void {
    const at = this.#options.now()
    for (const key of keys) {
      const state = stateOf(key, keys, at)
      const isNeeded = state === 'current' || state === 'next' || (state === 'previous' && key.use === 'control-lane')
      if (isNeeded && !this.#halves.has(key.id)) this.#halves.set(key.id, this.#options.store.privateHalf(key))
      if (state === 'retired') this.#halves.delete(key.id)
    }
  }
}

/** Changes with every write: the file is replaced, never written into. */
function versionOf({ inventoryPath }: KeyStore): string {
  const { ino, mtimeMs, size } = statSync(inventoryPath)
  return `${ino} ${mtimeMs} ${size}`
}

async function makeMissing(store: KeyStore, now: () => Instant): Promise<void> {
  if (isComplete(store, now())) return
  await underLock(store.lockPath, LOCK_MILLIS, async () => {
    // Behind the lock: another process may have made them meanwhile.
    if (!store.hasEvidence()) store.makeEvidence()
    let keys = store.readInventory() ?? []
    for (const use of KEY_USES) {
      const at = now()
      if (currentKey(keys, use, at)) continue
      // Only before there is an inventory: later a file of that name may be a key that was retired.
      const adopted = keys.some(key => key.use === use) ? null : store.adopt(use, at)
      keys = [...keys, adopted ?? store.make(use, keys, at, at)]
      store.writeInventory(keys)
    }
  })
}

function isComplete(store: KeyStore, at: Instant): boolean {
  const keys = store.readInventory()
  return keys !== null && store.hasEvidence() && KEY_USES.every(use => currentKey(keys, use, at) !== null)
}

const unreachable = ({ use, name }: InventoryKey, cause: unknown): Fault =>
  new Fault('internal', `the key for ${use} (${name}) cannot sign`, cause)

function signed(key: InventoryKey, sign: () => Uint8Array | Promise<Uint8Array>): Uint8Array | Promise<Uint8Array> {
  try {
    const signature = sign()
    return 'then' in signature
      ? signature.catch((cause: unknown) => {
          throw unreachable(key, cause)
        })
      : signature
  } catch (cause) {
    throw unreachable(key, cause)
  }
}

function signedNow(key: InventoryKey, sign: () => Uint8Array | undefined): Uint8Array {
  try {
    const signature = sign()
    if (signature) return signature
  } catch (cause) {
    throw unreachable(key, cause)
  }
  throw unreachable(key, null)
}
