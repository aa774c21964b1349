import { describe, expect, it } from '@jest/globals'
import { Frontier } from '../../gateway/log/frontier.ts'
import { EMPTY_ROOT, hashLeaf, subtreeRoot } from '../../gateway/log/hash.ts'
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from '../../gateway/log/proofs.ts'

// The tree of the Certificate Transparency reference implementation, as in
// https://github.com/transparency-dev/merkle/blob/main/proof/verify_test.go
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  hex => Buffer.from(hex, 'hex'),
)

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

// There leaves are counted from 1.
const INCLUSION: [leaf: number, size: number, proof: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [3, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    2,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]

const CONSISTENCY: [first: number, second: number, proof: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
  [
    6,
    7,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex')
const hashes = Buffer.concat(LEAVES.map(hashLeaf))
const read = (level: number, index: number) => subtreeRoot(hashes, index * 2 ** level, 2 ** level)
const root = (size: number): Uint8Array => bytes(ROOTS[size - 1] ?? EMPTY)

describe('the known tree of eight leaves', () => {
  it('has the root of no leaves', () => {
    expect(hex(EMPTY_ROOT)).toBe(EMPTY)
    expect(hex(Frontier.EMPTY.root)).toBe(EMPTY)
  })

  it.each(ROOTS.map((root, n) => [n + 1, root] as const))('has the root of %i leaves', (size, expected) => {
    const { frontier } = Frontier.EMPTY.append(LEAVES.slice(0, size).map(hashLeaf))
    expect(hex(frontier.root)).toBe(expected)
  })

  it.each(INCLUSION)('proves leaf %i in the tree of %i', async (leaf, size, proof) => {
    expect((await inclusionProof(leaf - 1, size, read)).map(hex)).toEqual(proof)
    const leafHash = hashLeaf(LEAVES[leaf - 1] as Uint8Array)
    expect(verifyInclusion(leaf - 1, size, leafHash, proof.map(bytes), root(size))).toBe(true)
  })

  it.each(CONSISTENCY)('proves that %i is a beginning of %i', async (first, second, proof) => {
    expect((await consistencyProof(first, second, read)).map(hex)).toEqual(proof)
    expect(verifyConsistency(first, second, root(first), root(second), proof.map(bytes))).toBe(true)
  })
})

// TestVerifyConsistency of the same file; 'x' and 'y' stand for its roots "don't care 1" and "don't care 2".
// Rows marked * differ from it on purpose: an empty first tree must have the empty root, and roots have 32 bytes.
describe('the published edge cases of consistency', () => {
  const x = Buffer.from("don't care 1")
  const y = Buffer.from("don't care 2")
  const empty = bytes(EMPTY)
  it.each([
    [0, 0, x, y, [], false],
    [1, 1, x, y, [], false],
    [0, 0, x, x, [], false], // * true there
    [0, 1, x, y, [], false], // * true there
    [1, 1, y, y, [], false], // * true there
    [1, 0, x, y, [], false], // time travel to the past
    [2, 1, x, y, [], false],
    [1, 2, x, y, [], false], // empty proof
    [0, 0, empty, y, [], false], // roots do not match
    [1, 1, empty, y, [], false],
    [0, 0, empty, empty, [empty], false], // roots match but the proof is not empty
    [0, 1, empty, empty, [empty], false],
    [1, 1, empty, empty, [empty], false],
    [0, 0, empty, empty, [], true], // ours
    [0, 8, empty, bytes(ROOTS[7] ?? ''), [], true], // ours
    [0, 0, bytes(ROOTS[0] ?? ''), bytes(ROOTS[0] ?? ''), [], false], // ours: not the empty root
  ])('%i to %i', (first, second, firstRoot, secondRoot, proof, expected) => {
    expect(verifyConsistency(first, second, firstRoot, secondRoot, proof)).toBe(expected)
  })
})
