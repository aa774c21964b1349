import type { LaneName } from '../../domain/gateway-id.ts'
import { parseEntryBundle } from '../../log/entry-bundle.ts'
import { HASH_BYTES, hashLeaf } from '../../log/hash.ts'
import { TILE_WIDTH, type TileName, widthOfTile } from '../../log/tiles.ts'
import type { CopyStore } from './copy-store.ts'
import type { LogView } from './log-view.ts'

export type CopiedEntries =
  /** Bundles that retention has dropped are counted in `gone`. */
  { readonly gone: number } | 'forbidden' | { readonly index: number; readonly detail: string }

/**
 * Takes the records of a lane, as far as its copy goes, that the copy lacks; each has to have the hash that the copy holds for it.
 * `forbidden`: this reader may not have them.
 */
export async function copyEntries(
  lane: LaneName,
  size: number,
  copy: CopyStore,
  from: LogView,
  progress: (leaves: number) => void,
): Promise<CopiedEntries> {
  let gone = 0
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = widthOfTile(0, index, size)
    const bundle: TileName = { kind: 'entries', index, width }
    if (!copy.hasTile(lane, bundle)) {
      const shown = await from.tile(lane, bundle)
      if (!shown.ok && shown.error === 'forbidden') return 'forbidden'
      if (!shown.ok) gone++
      else {
        const hashes = await copy.tile(lane, { kind: 'hashes', level: 0, index, width })
        const wrong = hashes.ok ? differs(shown.value, hashes.value) : 0
        if (wrong !== null)
          return {
            index: index * TILE_WIDTH + wrong,
            detail: 'the record shown does not have the hash that was signed',
          }
        copy.writeTile(lane, bundle, shown.value)
        for (let narrower = 1; narrower < width; narrower++)
          copy.removeTile(lane, { kind: 'entries', index, width: narrower })
      }
    }
    progress(width)
  }
  return { gone }
}

/** The first entry that is not the one that was signed; null: all are. */
export function differs(bundle: Uint8Array, hashes: Uint8Array): number | null {
  const leaves = parseEntryBundle(bundle)
  const count = hashes.length / HASH_BYTES
  if (!leaves.ok) return 0
  const wrong = leaves.value.findIndex(
    (leaf, nth) => Buffer.compare(hashLeaf(leaf), hashes.subarray(nth * HASH_BYTES, (nth + 1) * HASH_BYTES)) !== 0,
  )
  if (wrong >= 0) return wrong
  return leaves.value.length === count ? null : Math.min(leaves.value.length, count)
}
