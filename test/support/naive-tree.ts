import { createHash } from 'node:crypto'

/** RFC 6962 section 2.1 word for word, to compare the fast tree with. */
export function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return naiveLeafHash(leaves[0] as Uint8Array)
  const k = split(leaves.length)
  return sha256(Uint8Array.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)))
}

export const naiveLeafHash = (leaf: Uint8Array): Buffer => sha256(Uint8Array.of(0), leaf)

/** PATH(m, D[n]) of RFC 6962 section 2.1.1. */
export function naivePath(m: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))]
}

/** PROOF(m, D[n]) = SUBPROOF(m, D[n], true) of RFC 6962 section 2.1.2. */
export function naiveConsistency(m: number, leaves: readonly Uint8Array[], known = true): Buffer[] {
  if (m === leaves.length) return known ? [] : [naiveRoot(leaves)]
  const k = split(leaves.length)
  return m <= k
    ? [...naiveConsistency(m, leaves.slice(0, k), known), naiveRoot(leaves.slice(k))]
    : [...naiveConsistency(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))]
}

/** MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l]) for i from 0 to 255 (C2SP tlog-tiles). */
export function naiveTile(level: number, index: number, leaves: readonly Uint8Array[]): Buffer {
  const span = 256 ** level
  return Buffer.concat(
    Array.from({ length: 256 }, (_, i) =>
      naiveRoot(leaves.slice((index * 256 + i) * span, (index * 256 + i + 1) * span)),
    ),
  )
}

function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
