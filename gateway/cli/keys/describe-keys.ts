import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bindingOf } from '../../domain/binding.ts'
import { formatInstant, type Instant, instantOfMillis } from '../../domain/instant.ts'
import { KeyStore } from '../../edge/keys/key-store.ts'
import { KeysUnusable } from '../../edge/keys/keys-unusable.ts'
import { type KeyState, stateOf } from '../../identity/key-inventory.ts'
import { controlVerifierKey } from '../../review/mirror/anchor.ts'
import type { Settings } from '../settings.ts'
import { nameOf } from '../serve/known-keys.ts'

/** One key of this installation, as people ask about it. Nothing in it is secret. */
export interface DescribedKey {
  readonly use: string
  readonly state: KeyState
  readonly algorithm: string
  readonly place: 'file' | 'pkcs11'
  /** File below KEYS_DIR or CERTS_DIR, or label in the token. */
  readonly name: string
  /** SHA-256 of the public key (SPKI); null for the evidence key, which has none. */
  readonly id: string | null
  /** Of keys of the control lane: as verifiers of signed notes take it, `lienthong/control+…`. */
  readonly vkey: string | null
  readonly since: string
  readonly ageDays: number
  /** When it begins to sign. */
  readonly activates: string | null
  /** When its signatures count no more, or when its certificate ends. */
  readonly until: string | null
  /** Of keys in files: whether the file says nothing without the passphrase. */
  readonly isProtected: boolean | null
}

const DAY = 86_400_000_000

/** Signing keys, evidence key and the key of the gateway's certificate. Throws KeysUnusable where keys.json or a file cannot be used. */
export function describeKeys({ keysDir, certsDir }: Settings, at: Instant): readonly DescribedKey[] {
  if (!existsSync(keysDir))
    throw new KeysUnusable(`there are no keys in ${keysDir}: set KEYS_DIR or DATA_DIR, or start a gateway first`)
  const store = new KeyStore(keysDir, null, null)
  const keys = store.readInventory()
  if (keys === null)
    throw new KeysUnusable(`there is no ${store.inventoryPath}: the next start of the gateway makes it`)
  return [
    ...keys.map(key => ({
      use: key.use,
      state: stateOf(key, keys, at),
      algorithm: key.algorithm,
      place: key.place,
      name: key.name,
      id: key.id,
      vkey: key.use === 'control-lane' ? controlVerifierKey(key.publicKey) : null,
      ...aged(key.since, at),
      activates: formatInstant(key.activates),
      until: key.until === null ? null : formatInstant(key.until),
      isProtected: key.place === 'file' && existsSync(join(keysDir, key.name)) ? store.isProtected(key.name) : null,
    })),
    ...evidenceKey(store, at),
    ...tlsKey(certsDir, at),
  ]
}

function evidenceKey(store: KeyStore, at: Instant): readonly DescribedKey[] {
  if (!store.hasEvidence()) return []
  const name = 'evidence.key'
  const since = instantOfMillis(statSync(join(store.directory, name)).mtimeMs)
  return [
    {
      use: 'evidence',
      state: 'current',
      algorithm: 'HMAC-SHA-256',
      place: 'file',
      name,
      id: null,
      vkey: null,
      ...aged(since, at),
      activates: null,
      until: null,
      isProtected: store.isProtected(name),
    },
  ]
}

function tlsKey(certsDir: string, at: Instant): readonly DescribedKey[] {
  try {
    const { publicKey, validFrom, validTo } = new X509Certificate(readFileSync(join(certsDir, 'gateway.crt')))
    return [
      {
        use: 'gateway-tls',
        state: 'current',
        algorithm: nameOf(publicKey),
        place: 'file',
        name: 'gateway.key',
        id: bindingOf(publicKey.export({ type: 'spki', format: 'der' })),
        vkey: null,
        ...aged(instantOfMillis(Date.parse(validFrom)), at),
        activates: null,
        until: new Date(validTo).toISOString(),
        isProtected: false,
      },
    ]
  } catch {
    // The checks of certificates say why.
    return []
  }
}

const aged = (since: Instant, at: Instant) => ({
  since: formatInstant(since),
  ageDays: Math.max(0, Math.floor((at - since) / DAY)),
})
