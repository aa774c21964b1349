import type { PackFile } from '../../../gateway/review/pack/ports.ts'
import { formatManifest } from '../../../gateway/review/pack/manifest.ts'
import { MANIFEST, MIMETYPE, SIGNATURE } from '../../../gateway/review/pack/pack-names.ts'
import { digestOfFile } from '../../../gateway/review/pack/seal-pack.ts'
import { zipped } from '../packs/pack-world.ts'

/** From 0 up to, not including, `below`. */
export type Dice = (below: number) => number

/** A small deterministic generator (xorshift32): the same seed gives the same mutations. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0 || 1
  return below => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

export interface Mutation<T> {
  /** For the message of a test that fails. */
  readonly what: string
  readonly mutated: T
}

/** Any run of bytes, changed in one of the ways in which bytes go wrong or are wronged. Never the same bytes again. */
export function mutateBytes(bytes: Uint8Array, dice: Dice): Mutation<Buffer> {
  if (bytes.length === 0) return { what: 'fill', mutated: Buffer.of(dice(256)) }
  for (;;) {
    const at = dice(bytes.length)
    const length = 1 + dice(Math.min(64, bytes.length - at))
    const [before, run, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)]
    const other = dice(bytes.length)
    const copied = bytes.subarray(other, other + length)
    const flipped = Buffer.of((bytes[at] ?? 0) ^ (1 << dice(8)))
    const [what, mutated] = (
      [
        ['flip a bit', [before, flipped, bytes.subarray(at + 1)]],
        ['drop', [before, after]],
        ['insert', [before, copied, run, after]],
        ['overwrite', [before, copied, bytes.subarray(at + copied.length)]],
        ['truncate', [before]],
        ['append', [bytes, copied]],
        ['blank', [before, Buffer.alloc(length), after]],
      ] as const
    )[dice(7)] ?? ['', []]
    const result = Buffer.concat([...mutated])
    if (!result.equals(bytes)) return { what: `${what} at ${at}, ${length} bytes`, mutated: result }
  }
}

/** The files of a pack, dropped, swapped, renamed, reordered, doubled or edited, in an archive that is whole. */
export function mutateFiles(files: readonly PackFile[], dice: Dice): Mutation<readonly PackFile[]> {
  const [a, b] = twoOf(files.length, dice)
  const [one, other] = [files[a] as PackFile, files[b] as PackFile]
  const swap = (first: PackFile, second: PackFile): PackFile[] =>
    files.map((file, n) => (n === a ? first : n === b ? second : file))
  const edited = mutateBytes(one.bytes, dice)
  const ways: readonly (readonly [string, () => readonly PackFile[]])[] = [
    ['drop', () => files.filter((_, n) => n !== a)],
    ['swap the contents', () => swap({ ...one, bytes: other.bytes }, { ...other, bytes: one.bytes })],
    ['swap the places', () => swap(other, one)],
    ['rename', () => swap({ ...one, name: `${one.name}x` }, other)],
    ['add', () => files.toSpliced(a, 0, { name: 'records/extra.json', bytes: other.bytes })],
    [edited.what, () => swap({ ...one, bytes: edited.mutated }, other)],
  ]
  const [what, mutate] = ways[dice(ways.length)] as (typeof ways)[number]
  const mutated = mutate()
  const isSame = mutated.every(
    ({ name, bytes }, n) => files[n]?.name === name && Buffer.compare(files[n].bytes, bytes) === 0,
  )
  return isSame && mutated.length === files.length
    ? mutateFiles(files, dice)
    : { what: `${what}: ${one.name}, ${other.name}`, mutated }
}

/** The same, with a manifest that fits again: only the signature over it, and what the files prove, can tell. */
export function mutateWithManifest(files: readonly PackFile[], dice: Dice): Mutation<readonly PackFile[]> {
  const inner = files.filter(({ name }) => name !== MIMETYPE && name !== MANIFEST && name !== SIGNATURE)
  const { what, mutated } = mutateFiles(inner, dice)
  return { what: `${what}, with a fitting manifest`, mutated: withManifest(files, mutated) }
}

export function withManifest(files: readonly PackFile[], inner: readonly PackFile[]): readonly PackFile[] {
  const of = (name: string): PackFile => files.find(file => file.name === name) as PackFile
  const manifest = formatManifest(inner.map(({ name, bytes }) => ({ name, digest: digestOfFile(bytes) })))
  return [of(MIMETYPE), ...inner, { name: MANIFEST, bytes: Buffer.from(manifest) }, of(SIGNATURE)]
}

/** A pack with anything in it edited, dropped, swapped or cut: on the outside, or file by file. */
export async function mutatePack(pack: Uint8Array, files: readonly PackFile[], dice: Dice): Promise<Mutation<Buffer>> {
  const way = dice(3)
  if (way === 0) return mutateBytes(pack, dice)
  const { what, mutated } = way === 1 ? mutateFiles(files, dice) : mutateWithManifest(files, dice)
  return { what, mutated: await zipped(mutated) }
}

function twoOf(length: number, dice: Dice): readonly [number, number] {
  const a = dice(length)
  const b = (a + 1 + dice(length - 1)) % length
  return [a, b]
}
