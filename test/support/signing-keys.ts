import { generateKeyPairSync, sign } from 'node:crypto'
import { bindingOf } from '../../gateway/domain/binding.ts'
import { instant } from '../../gateway/domain/instant.ts'
import type { GatewayKey, GatewayKeys, KeyUse } from '../../gateway/identity/signing-keys.ts'

/** A new P-256 key that lives in memory. */
export function newSigningKey(use: KeyUse): GatewayKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return {
    use,
    id: bindingOf(publicKey.export({ type: 'spki', format: 'der' })),
    algorithm: 'ES256',
    publicKey,
    place: 'file',
    since: instant(0),
    sign: data => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  }
}

/** Keys of a gateway in memory, one of each use when first asked for; a test rotates and withdraws them. */
export class KeysInMemory implements GatewayKeys {
  readonly #keys = new Map<KeyUse, readonly GatewayKey[]>()

  #of(use: KeyUse): readonly GatewayKey[] {
    const keys = this.#keys.get(use) ?? [newSigningKey(use)]
    this.#keys.set(use, keys)
    return keys
  }

  current(use: KeyUse): GatewayKey {
    return this.#of(use)[0] as GatewayKey
  }

  published(use: KeyUse): readonly GatewayKey[] {
    return this.#of(use)
  }

  /** A new key signs; the ones before stay published. */
  rotate(use: KeyUse): void {
    this.#keys.set(use, [newSigningKey(use), ...this.#of(use)])
  }

  /** Only the key that signs is still published. */
  withdraw(use: KeyUse): void {
    this.#keys.set(use, [this.current(use)])
  }
}
