import { createHash } from 'node:crypto'
import { decodeBase64 } from '../../log/base64.ts'
import { HASH_BYTES } from '../../log/hash.ts'

/** Readers of the small parts of a pack: attacker-controlled, null for whatever does not fit. */

/** A proof has at most 54 hashes (log/proofs.ts). */
const MOST_HASHES = 64

export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

export function readHashes(value: unknown): readonly Uint8Array[] | null {
  if (!Array.isArray(value) || value.length > MOST_HASHES) return null
  const hashes = value.map(text => (typeof text === 'string' ? decodeBase64(text) : null))
  return hashes.every(hash => hash?.length === HASH_BYTES) ? (hashes as Uint8Array[]) : null
}

export const readIndex = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null

/** Lines without their line feeds; null: the last one is cut. */
export function linesIn(bytes: Uint8Array): readonly Uint8Array[] | null {
  const lines: Uint8Array[] = []
  let from = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
    lines.push(bytes.subarray(from, at))
    from = at + 1
  }
  return from === bytes.length ? lines : null
}

/** Where a leaf lies, and the way to the root. */
export interface LeafProof {
  readonly lane: string
  readonly index: number
  readonly hashes: readonly Uint8Array[]
}

export function readProof(bytes: Uint8Array): LeafProof | null {
  const { lane, index, hashes } = fieldsOf(readJson(bytes))
  const [at, way] = [readIndex(index), readHashes(hashes)]
  return typeof lane === 'string' && at !== null && way !== null ? { lane, index: at, hashes: way } : null
}

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
