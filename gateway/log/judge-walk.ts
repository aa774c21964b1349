import type { LaneName } from '../domain/gateway-id.ts'
import type { Claim, Truth } from './claimed-heads.ts'
import type { Finding, FindingKind } from './finding.ts'
import { sameHash } from './hash.ts'
import { formatTilePath, TILE_WIDTH } from './tiles.ts'
import type { Difference, TreeWalk } from './tree-walk.ts'

const FORK = { kept: 'fork-of-kept', named: 'fork-of-named' } as const satisfies Record<Claim['source'], FindingKind>

/** Which of the two trees of a walk has the root that was signed. */
type Right = 'leaves' | 'tiles' | 'neither'

/**
 * Says what a finished walk means. Where leaves and stored tiles differ, the signed root tells which side was changed;
 * where neither has it, the tiles above and the older heads narrow down where.
 */
export function* judgeWalk(lane: LaneName, walk: TreeWalk, truth: Truth, claims: readonly Claim[]): Generator<Finding> {
  const roots = walk.roots.get(truth.size)
  const right: Right =
    roots && sameHash(roots.byLeaves, truth.root)
      ? 'leaves'
      : roots && sameHash(roots.byTiles, truth.root)
        ? 'tiles'
        : 'neither'

  let located = false
  for (const difference of walk.differences) {
    const kind = judgeDifference(difference, right, walk.differences)
    if (!kind) continue
    located ||= kind === 'leaf-changed-or-missing'
    yield { lane, kind, index: difference.firstLeaf, detail: detailOf(difference, kind) }
  }
  if (walk.uncounted > 0) {
    const kind = right === 'leaves' ? 'tile-mismatch' : 'leaf-changed-or-missing'
    yield { lane, kind, detail: `${walk.uncounted} more differences between leaves and tiles` }
  }

  if (right === 'neither' && !located && walk.brokenAt === null) yield unlocated(lane, walk, truth, claims)
  yield* judgeClaims(lane, walk, truth, claims, right)
}

function judgeDifference(difference: Difference, right: Right, all: readonly Difference[]): FindingKind | null {
  const { level, nth, leavesAgree, tilesAgree, firstLeaf } = difference
  if (nth === null) return 'tile-mismatch'
  if (level === 0) {
    if (right === 'leaves') return 'tile-mismatch'
    if (right === 'tiles') return 'leaf-changed-or-missing'
    const tile = firstLeaf - (firstLeaf % TILE_WIDTH)
    const above = all.find(other => other.level === 1 && other.nth !== null && other.firstLeaf === tile)
    return above?.leavesAgree ? 'tile-mismatch' : 'leaf-changed-or-missing'
  }
  // Explained by what was found at level 0 where the tree that is right agrees.
  if (right === 'leaves') return leavesAgree ? null : 'tile-mismatch'
  if (right === 'tiles') return tilesAgree ? null : 'tile-mismatch'
  if (leavesAgree || tilesAgree) return null
  // Leaves and their tile were changed together: the lowest level that still differs names the run.
  const until = firstLeaf + TILE_WIDTH ** level
  const isExplained = all.some(
    other => other.level < level && other.nth !== null && other.firstLeaf >= firstLeaf && other.firstLeaf < until,
  )
  return isExplained ? null : 'leaf-changed-or-missing'
}

function detailOf({ level, tile, nth, firstLeaf }: Difference, kind: FindingKind): string {
  const path = formatTilePath({ kind: 'hashes', level, index: tile, width: TILE_WIDTH })
  if (nth === null) return `${path} is not stored`
  if (kind === 'tile-mismatch') return `hash ${nth} of ${path} is not that of the leaves`
  if (level === 0) return `leaf ${firstLeaf} does not have the hash that ${path} holds for it`
  return `one of the leaves ${firstLeaf} to ${firstLeaf + TILE_WIDTH ** level - 1}: they do not lead to hash ${nth} of ${path}`
}

/** The leaves agree with all stored tiles and not with the head: the heads in between say from where on. */
function unlocated(lane: LaneName, walk: TreeWalk, truth: Truth, claims: readonly Claim[]): Finding {
  if (!truth.signed) return { lane, kind: 'head-mismatch', detail: 'the leaves do not have the root of the head row' }
  let from = 0
  let until = truth.size
  for (const { size, root } of claims) {
    const matches = sameHash(walk.roots.get(size)?.byLeaves ?? root, root)
    if (matches) from = Math.max(from, size)
    else until = Math.min(until, size)
  }
  // A head that matches beyond one that does not is a fork, not a place.
  if (from >= until) from = 0
  if (truth.size === 0)
    return { lane, kind: 'head-mismatch', detail: 'the head signed for no leaves is not the empty root' }
  const detail = `one of the leaves ${from} to ${until - 1}: they do not have the root that was signed`
  return { lane, kind: 'leaf-changed-or-missing', index: from, detail }
}

function* judgeClaims(
  lane: LaneName,
  walk: TreeWalk,
  truth: Truth,
  claims: readonly Claim[],
  right: Right,
): Generator<Finding> {
  for (const { source, size, root, where } of claims) {
    const roots = walk.roots.get(size)
    // Two heads of one size need no leaves. Otherwise only a tree that has the signed root can convict a head.
    const trusted =
      size === truth.size
        ? truth.root
        : right === 'neither'
          ? null
          : right === 'leaves'
            ? roots?.byLeaves
            : roots?.byTiles
    if (trusted && !sameHash(trusted, root))
      yield { lane, kind: FORK[source], detail: `another root for the first ${size} leaves in ${where}` }
  }
}
