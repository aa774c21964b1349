import type { KeyObject } from 'node:crypto'
import { parseExchangeId } from '../../domain/exchange-id.ts'
import { commitmentKey } from '../../record/commitment.ts'
import { readLeaf, textOf } from '../../record/read-leaf.ts'
import { openSignature } from '../../record/seal-signature.ts'
import type { LocatedLeaf } from './ports.ts'

/** What the parties may know of an exchange beside its records. Hex and base64, as it stands in a pack. */
export interface ExchangeKeys {
  readonly exchange: string
  /** Commitment keys (record/commitment.ts), 32 bytes in hex. */
  readonly request: string
  readonly response: string
  readonly signature?: ShownSignature
}

/** The caller's message signature (RFC 9421): what was signed, by which key. */
export interface ShownSignature {
  readonly key: string
  readonly algorithm: string
  readonly base: string
  readonly signature: string
  /** PEM (SubjectPublicKeyInfo); null: the key is not registered any more, and the system has to show it. */
  readonly publicKey: string | null
}

export interface EvidenceSource {
  readonly evidenceKey: KeyObject
  /** PEM of a registered signing key of a system, by its id; null: none. */
  readonly signingKey: (id: string) => string | null
}

/** The keys of every exchange that some records are of, each once. */
export function keysOf(leaves: readonly LocatedLeaf[], source: EvidenceSource): readonly ExchangeKeys[] {
  const keys = new Map<string, ExchangeKeys>()
  for (const { leaf } of leaves) {
    const record = readLeaf(leaf)
    const exchange = parseExchangeId(record.ok ? (textOf(record.value, 'exchange') ?? '') : '')
    if (!record.ok || !exchange.ok) continue
    const k = (direction: 'request' | 'response'): Buffer =>
      commitmentKey(source.evidenceKey, exchange.value, direction)
    const known = keys.get(exchange.value) ?? {
      exchange: exchange.value,
      request: k('request').toString('hex'),
      response: k('response').toString('hex'),
    }
    const signature = signatureIn(record.value.fields.signature, k('request'), source)
    keys.set(exchange.value, signature === null ? known : { ...known, signature })
  }
  return [...keys.values()]
}

function signatureIn(field: unknown, k: Uint8Array, { signingKey }: EvidenceSource): ShownSignature | null {
  const { key, alg, sealed } = (field ?? {}) as Record<string, unknown>
  if (typeof key !== 'string' || typeof alg !== 'string' || typeof sealed !== 'string') return null
  const opened = openSignature(k, sealed)
  return opened && { key, algorithm: alg, ...opened, publicKey: signingKey(key) }
}
