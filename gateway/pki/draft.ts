import type { KeyObject } from 'node:crypto'
import type { Extension } from './peculiar.ts'

/** One certificate about to be signed. */
export interface Draft {
  /** Hex. */
  readonly serial: string
  /** DER names. */
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
  readonly publicKey: KeyObject
  /** Whole seconds. */
  readonly notBefore: Date
  readonly notAfter: Date
  readonly extensions: readonly Extension[]
}
