import type { KeyObject } from 'node:crypto'
import type { Instant } from '../domain/instant.ts'

/** What the gateway signs with keys that outlive a process: one key, one use (NIST SP 800-57 part 1, 5.2). */
export type KeyUse = 'control-lane' | 'answers' | 'assertions' | 'tokens' | 'packs'

/** A private key of the gateway, wherever it lives. */
export interface GatewayKey {
  readonly use: KeyUse
  /** SHA-256 of the public key (SPKI), hex: `kid`, `keyid`. */
  readonly id: string
  readonly algorithm: 'ES256' | 'Ed25519'
  readonly publicKey: KeyObject
  readonly place: 'file' | 'pkcs11'
  /** When it was made, or became known; seconds matter little. */
  readonly since: Instant
  /** Raw signature: ES256 as r and s, 32 bytes each (IEEE P1363, RFC 7518 section 3.4); Ed25519 64 bytes. Throws where the key cannot be reached. */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** The gateway's keys, as those need them who sign and those who publish. */
export interface GatewayKeys {
  /** The one to sign with now. */
  current(use: KeyUse): GatewayKey
  /** All whose signatures are still to be accepted, and the next one where it is known already: what a JWKS shows. */
  published(use: KeyUse): readonly Pick<GatewayKey, 'use' | 'id' | 'algorithm' | 'publicKey'>[]
}
