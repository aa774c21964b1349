import { EMPTY_ROOT, HASH_BYTES, hashNode, sameHash } from './hash.ts'
import type { HashReader } from './hash-reader.ts'

/** A tree below 2^53 leaves has at most 53 levels; an inclusion proof has one hash for each, a consistency proof one more. */
const MAX_PROOF = 54

const half = (n: number): number => Math.floor(n / 2)

/** log2 of the largest power of two that is at most n (n > 0). Math.log2 rounds up just below large powers. */
function log2Floor(n: number): number {
  let level = 0
  for (let rest = n; rest > 1; rest = half(rest)) level++
  return level
}

const isPowerOfTwo = (n: number): boolean => 2 ** log2Floor(n) === n

/** RFC 6962 section 2.1: the largest power of two smaller than n (n > 1). */
const split = (n: number): number => 2 ** log2Floor(n - 1)

/** MTH(D[from:until]): the tree hash of a run that begins at a multiple of the largest power of two in it. */
async function hashOfRun(from: number, until: number, read: HashReader): Promise<Uint8Array> {
  const reading: Promise<Uint8Array>[] = []
  for (let at = from; at < until; ) {
    const level = log2Floor(until - at)
    reading.push(Promise.resolve(read(level, at / 2 ** level)))
    at += 2 ** level
  }
  const peaks = await Promise.all(reading)
  return peaks.reduceRight((right, left) => hashNode(left, right))
}

/**
 * PATH(index, D[size]) of RFC 6962 section 2.1.1: hashes from the leaf's sibling up to the child of the root.
 * Throws a RangeError unless index < size.
 */
export async function inclusionProof(index: number, size: number, read: HashReader): Promise<readonly Uint8Array[]> {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const runs: [number, number][] = []
  for (let from = 0, until = size; until - from > 1; ) {
    const middle = from + split(until - from)
    if (index < middle) {
      runs.push([middle, until])
      until = middle
    } else {
      runs.push([from, middle])
      from = middle
    }
  }
  return Promise.all(runs.reverse().map(([from, until]) => hashOfRun(from, until, read)))
}

/**
 * PROOF(first, D[second]) of RFC 6962 section 2.1.2; empty where `first` is 0 or both sizes are the same.
 * Throws a RangeError unless first <= second.
 */
export async function consistencyProof(
  first: number,
  second: number,
  read: HashReader,
): Promise<readonly Uint8Array[]> {
  if (!(first >= 0 && first <= second)) throw new RangeError(`a tree of ${first} is not older than one of ${second}`)
  if (first === 0 || first === second) return []
  const runs: [number, number][] = []
  let from = 0
  let until = second
  while (first < until) {
    const middle = from + split(until - from)
    if (first <= middle) {
      runs.push([middle, until])
      until = middle
    } else {
      runs.push([from, middle])
      from = middle
    }
  }
  // SUBPROOF(m, D[m], true) is empty: the verifier knows that root already. Otherwise the run itself is needed.
  if (from > 0) runs.push([from, until])
  return Promise.all(runs.reverse().map(([from, until]) => hashOfRun(from, until, read)))
}

const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every(hash => hash.length === HASH_BYTES)

/**
 * RFC 9162 section 2.1.3.2: whether the leaf with this hash is the `index`-th of the tree. All is attacker-controlled;
 * false, never an exception, for whatever does not fit.
 */
export function verifyInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  if (proof.length > MAX_PROOF || leafHash.length !== HASH_BYTES || !areHashes(proof)) return false
  let fn = index
  let sn = size - 1
  let r = leafHash
  for (const p of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      r = hashNode(p, r)
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      r = hashNode(r, p)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && sameHash(r, root)
}

/**
 * RFC 9162 section 2.1.4.2: whether the tree of `second` leaves begins with the tree of `first` leaves. Beyond the RFC,
 * equal sizes need equal roots and an empty proof, and an empty first tree needs the empty root and an empty proof.
 * All is attacker-controlled; false, never an exception, for whatever does not fit.
 */
export function verifyConsistency(
  first: number,
  second: number,
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second) return false
  if (proof.length > MAX_PROOF || !areHashes([firstRoot, secondRoot, ...proof])) return false
  if (first === second)
    return proof.length === 0 && sameHash(firstRoot, secondRoot) && (first > 0 || sameHash(firstRoot, EMPTY_ROOT))
  if (first === 0) return proof.length === 0 && sameHash(firstRoot, EMPTY_ROOT)
  if (proof.length === 0) return false

  const [start = firstRoot, ...rest] = isPowerOfTwo(first) ? [firstRoot, ...proof] : proof
  let fn = first - 1
  let sn = second - 1
  while (fn % 2 === 1) {
    fn = half(fn)
    sn = half(sn)
  }
  let fr = start
  let sr = start
  for (const c of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = hashNode(c, fr)
      sr = hashNode(c, sr)
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      sr = hashNode(sr, c)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && sameHash(fr, firstRoot) && sameHash(sr, secondRoot)
}
