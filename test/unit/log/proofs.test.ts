import { describe, expect, it } from '@jest/globals'
import { hashLeaf, hashNode } from '../../../gateway/log/hash.ts'
import { verifyConsistency, verifyInclusion } from '../../../gateway/log/proofs.ts'

const [a, b, c] = ['a', 'b', 'c'].map(text => hashLeaf(Buffer.from(text))) as [Uint8Array, Uint8Array, Uint8Array]

// Roots made to fit: hashes lead to them, but not along the path that index and sizes lay down.
describe('a proof whose hashes lead to the root', () => {
  it.each([
    ['too long for the size', 0, 1, a, [b], hashNode(b, a)],
    ['too short for the size', 0, 2, a, [], a],
    ['too short by one level', 0, 4, a, [b], hashNode(a, b)],
  ])('does not include a leaf when it is %s', (_, index, size, leafHash, proof, root) => {
    expect(verifyInclusion(index, size, leafHash, proof, root)).toBe(false)
  })

  it.each([
    ['too long for the sizes', 1, 2, a, hashNode(c, hashNode(a, b)), [b, c]],
    ['too short for the sizes', 1, 4, a, hashNode(a, b), [b]],
    ['empty', 1, 2, a, a, []],
  ])('is not consistent when it is %s', (_, first, second, firstRoot, secondRoot, proof) => {
    expect(verifyConsistency(first, second, firstRoot, secondRoot, proof)).toBe(false)
  })

  it('does not when a hash in it is one byte longer', () => {
    const longer = Buffer.concat([a, Buffer.of(0)])
    expect(verifyInclusion(1, 2, b, [a], hashNode(a, b))).toBe(true)
    expect(verifyInclusion(1, 2, b, [longer], hashNode(a, b))).toBe(false)
    expect(verifyInclusion(0, 2, b, [longer], hashNode(b, a))).toBe(false)
    expect(verifyConsistency(1, 2, b, hashNode(b, a), [longer])).toBe(false)
  })
})
