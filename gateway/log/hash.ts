import * as crypto from 'node:crypto'

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32

// RFC 6962 section 2.1: leaves and nodes are prefixed apart, so that no node can be passed off as a leaf.
const LEAF_PREFIX = 0
const NODE_PREFIX = 1

/**
 * One-shot hashing (Node 20.12, 21.7) costs a third of `createHash`; its string form avoids one backing store per hash.
 * Looked for once, because a missing named import would stop the start on the 21.x releases in between.
 */
const sha256: (bytes: Uint8Array) => Buffer =
  typeof crypto.hash === 'function'
    ? bytes => Buffer.from(crypto.hash('sha256', bytes, 'binary'), 'latin1')
    : bytes => crypto.createHash('sha256').update(bytes).digest()

/** Root of the tree without leaves (RFC 6962 section 2.1: `MTH({}) = SHA-256()`). Never written to. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0))

/** `0x00 || bytes`, a copy: what the caller does to `bytes` afterwards does not reach it. */
export function frameLeaf(bytes: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(bytes.length + 1)
  framed[0] = LEAF_PREFIX
  framed.set(bytes, 1)
  return framed
}

/** Leaf hash of what `frameLeaf` returned, without a further copy. */
export const hashFramed = (framed: Uint8Array): Uint8Array => sha256(framed)

/** Leaf hash of RFC 6962 section 2.1: `SHA-256(0x00 || bytes)`. */
export const hashLeaf = (bytes: Uint8Array): Uint8Array => sha256(frameLeaf(bytes))

// Hashing is synchronous, so one input buffer serves every node.
const node = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX)

/** Node hash of RFC 6962 section 2.1: `SHA-256(0x01 || left || right)`, both of 32 bytes. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1)
  node.set(right, 1 + HASH_BYTES)
  return sha256(node)
}

/** Root of `count` (a power of two) hashes that lie side by side in `hashes`, from the `from`-th on. */
export function subtreeRoot(hashes: Uint8Array, from: number, count: number): Uint8Array {
  if (count === 1) return hashes.slice(from * HASH_BYTES, (from + 1) * HASH_BYTES)
  const half = count / 2
  return hashNode(subtreeRoot(hashes, from, half), subtreeRoot(hashes, from + half, half))
}

/** Whether two hashes are the same 32 bytes. */
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === HASH_BYTES && b.length === HASH_BYTES && Buffer.compare(a, b) === 0
