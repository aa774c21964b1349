import { err, ok, type Result } from '../domain/result.ts'
import { TILE_WIDTH } from './tiles.ts'

/** Bytes of the longest leaf: the length in an entry bundle of C2SP tlog-tiles is a uint16. */
export const MAX_LEAF_BYTES = 65_535

/** The leaves of one tile as C2SP tlog-tiles serves them: each after its length as a big-endian uint16. */
export function formatEntryBundle(leaves: readonly Uint8Array[]): Uint8Array {
  const bundle = Buffer.allocUnsafe(leaves.reduce((bytes, leaf) => bytes + 2 + leaf.length, 0))
  let at = 0
  for (const leaf of leaves) {
    at = bundle.writeUInt16BE(leaf.length, at)
    bundle.set(leaf, at)
    at += leaf.length
  }
  return bundle
}

/** Reads an attacker-controlled bundle of at most 256 entries; the leaves are views of `bytes`. */
export function parseEntryBundle(bytes: Uint8Array): Result<readonly Uint8Array[]> {
  const leaves: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (leaves.length === TILE_WIDTH) return err('an entry bundle has at most 256 entries')
    const from = at + 2
    const until = from + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
    if (until > bytes.length) return err('an entry bundle ends inside an entry')
    leaves.push(bytes.subarray(from, until))
    at = until
  }
  return ok(leaves)
}
