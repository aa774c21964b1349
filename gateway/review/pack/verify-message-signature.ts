import { createPublicKey, type KeyObject } from 'node:crypto'
import type { MessageAlgorithm } from '../../configuration/objects.ts'
import { bindingOf } from '../../domain/binding.ts'
import { verifyBytes } from '../../identity/message-signature/verify-bytes.ts'
import { type StoredRecord, textOf } from '../../record/read-leaf.ts'
import { openSignature } from '../../record/seal-signature.ts'
import type { ExchangeKeys } from './evidence-keys.ts'
import type { PackReport } from './pack-report.ts'
import { fieldsOf } from './read-parts.ts'

export interface SignatureTally {
  held: number
  withoutKey: number
}

const ALGORITHMS: readonly string[] = ['ES256', 'PS256', 'Ed25519'] satisfies readonly MessageAlgorithm[]

/**
 * Checks the caller's signature that a pack shows: it is the one sealed in the record (which also shows that the commitment key is
 * that of the exchange), and the key that the record names has made it.
 */
export function verifySignature(
  { exchange, request, signature }: ExchangeKeys,
  records: readonly StoredRecord[],
  tally: SignatureTally,
  report: PackReport,
): void {
  const own = records.filter(record => textOf(record, 'exchange') === exchange)
  const wrong = (detail: string): void => report.wrong('message-signatures', `exchange ${exchange}: ${detail}`)
  if (own.length === 0) return wrong('there are keys and no record')
  const recorded = own.map(({ fields }) => fieldsOf(fields.signature)).find(({ sealed }) => typeof sealed === 'string')
  if (!recorded) return signature ? wrong('there is a signature that no record has') : undefined
  const opened = openSignature(Buffer.from(request, 'hex'), String(recorded.sealed))
  if (!signature || opened?.base !== signature.base || opened.signature !== signature.signature)
    return wrong('the signature is not the one that was recorded')
  if (signature.key !== recorded.key || signature.algorithm !== recorded.alg) return wrong('the key is another one')
  if (signature.publicKey === null) return void tally.withoutKey++
  const key = keyIn(signature.publicKey)
  if (!key || bindingOf(key.export({ type: 'spki', format: 'der' })) !== signature.key || !holds(key, signature))
    return wrong('the signature does not verify')
  tally.held++
}

function holds(key: KeyObject, { algorithm, base, signature }: NonNullable<ExchangeKeys['signature']>): boolean {
  if (!ALGORITHMS.includes(algorithm)) return false
  try {
    return verifyBytes(algorithm as MessageAlgorithm, key, Buffer.from(base), Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

function keyIn(pem: string): KeyObject | null {
  try {
    return createPublicKey(pem)
  } catch {
    return null
  }
}
