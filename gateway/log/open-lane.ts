import { err, ok, type Result } from '../domain/result.ts'
import { type Checkpoint, verifySizedCheckpoint } from './checkpoint.ts'
import { Frontier } from './frontier.ts'
import { EMPTY_ROOT, hashLeaf, sameHash } from './hash.ts'
import { Lane } from './lane.ts'
import type { LaneOptions } from './lane-options.ts'
import type { StoredHead } from './lane-store.ts'
import { publicKeyOf } from './note-key.ts'
import { rebuildFrontier } from './rebuild-frontier.ts'
import { TILE_WIDTH } from './tiles.ts'

/** Why a lane may not be written to: nothing is signed on top of what cannot be explained. */
export interface OpenRefusal {
  /**
   * `unsigned-head`: a head (stored or kept) that the lane's key has not signed, or a row that differs from its
   * checkpoint. `head-behind`: no row, or one behind the kept head. `fork`: the leaves lead to the stored head but not
   * to the kept one. `leaf-mismatch`: the leaves do not lead to the stored head. `sealed`: fenced or sealed.
   */
  readonly reason: 'unsigned-head' | 'head-behind' | 'fork' | 'leaf-mismatch' | 'missing-leaf' | 'sealed'
  readonly detail: string
}

/** Leaves of at most 64 KiB read at once: records are about 1 KiB, so about 4 MiB. */
const CHUNK_LEAVES = 4096

const refuse = (reason: OpenRefusal['reason'], detail: string): Result<never, OpenRefusal> => err({ reason, detail })

/**
 * Opens a new lane whose row was stored with `initialCheckpoint(name, signer)`. Refuses a lane that has leaves:
 * a lane is never handed on. Rejects where the store or the keeper fails.
 */
export async function openLane(options: LaneOptions): Promise<Result<Lane, OpenRefusal>> {
  const heads = await readHeads(options)
  if (!heads.ok) return heads
  const { stored, kept } = heads.value
  if ((kept?.size ?? 0) > stored.size) return refuse('head-behind', `${kept?.size} leaves were kept`)
  if (stored.size > 0) return refuse('fork', `a new lane has no leaves, this one has ${stored.size}`)
  if (!sameHash(stored.root, EMPTY_ROOT)) return refuse('leaf-mismatch', 'the root is not that of an empty tree')
  return ok(start(options, stored, Frontier.EMPTY))
}

/**
 * Goes on with a lane whose key persists (the control lane), after checking the stored head's signature, every leaf against its root,
 * and that it continues the head kept outside the database. Where a head is proven, what lies below it is rebuilt from the stored
 * tiles, which have to lead to its root; where they do not, or nothing is proven, all leaves are read, in chunks.
 * Rejects where the store or the keeper fails.
 */
export async function recoverLane(options: LaneOptions): Promise<Result<Lane, OpenRefusal>> {
  const heads = await readHeads(options)
  if (!heads.ok) return heads
  const { stored, kept } = heads.value
  if (kept && kept.size > stored.size)
    return refuse('head-behind', `${stored.size} leaves are stored, ${kept.size} were kept`)

  const from = (await rebuildProven(options, kept?.size ?? 0)) ?? Frontier.EMPTY
  const toKept = await grow(options, from, kept?.size ?? 0)
  if (!toKept.ok) return toKept
  const toStored = await grow(options, toKept.value, stored.size)
  if (!toStored.ok) return toStored
  if (!sameHash(toStored.value.root, stored.root))
    return refuse('leaf-mismatch', `the ${stored.size} leaves do not have the root that was signed`)
  if (kept && !sameHash(toKept.value.root, kept.root))
    return refuse('fork', `the first ${kept.size} leaves do not have the root that was kept`)
  return ok(start(options, stored, toStored.value))
}

function start(options: LaneOptions, { checkpoint, epoch }: StoredHead, frontier: Frontier): Lane {
  options.heads.keep(options.name, checkpoint)
  return new Lane(options, { frontier, checkpoint, epoch })
}

interface Heads {
  readonly stored: StoredHead
  readonly kept: Checkpoint | null
}

async function readHeads({ name, signer, keyOf, store, heads }: LaneOptions): Promise<Result<Heads, OpenRefusal>> {
  const own = publicKeyOf(signer.publicKey)
  const key = keyOf ?? (() => own)
  const keptText = heads.read(name)
  const stored = await store.readHead(name)
  if (!stored) return refuse('head-behind', 'no such lane is stored')
  if (stored.state === 'sealing' || stored.state === 'sealed') return refuse('sealed', `the lane is ${stored.state}`)

  // Nothing is signed on top of a head that another key answers for.
  if (!key(stored.size).equals(own)) return refuse('unsigned-head', 'the lane was handed over to another key')
  const signed = verifySizedCheckpoint(stored.checkpoint, name, key)
  if (!signed.ok) return refuse('unsigned-head', signed.error)
  if (signed.value.size !== stored.size || !sameHash(signed.value.root, stored.root))
    return refuse('unsigned-head', `the row differs from its checkpoint at ${signed.value.size}`)
  const kept = keptText === null ? null : verifySizedCheckpoint(keptText, name, key)
  if (kept && !kept.ok) return refuse('unsigned-head', `kept head: ${kept.error}`)
  return ok({ stored, kept: kept ? kept.value : null })
}

/** The frontier at the proven head, from at most 255 tiles a level; null where there is none, or the tiles do not lead to its root. */
async function rebuildProven(options: LaneOptions, kept: number): Promise<Frontier | null> {
  const { proven } = options
  // What is proven belongs to the history that the kept head is of; beyond that head nothing says so.
  if (!proven || proven.size > kept) return null
  const last = await readChunk(options, proven.size - (proven.size % TILE_WIDTH), proven.size)
  if (!last.ok) return null
  const frontier = await rebuildFrontier(proven.size, proven.readTile, last.value.map(hashLeaf))
  return frontier.ok && sameHash(frontier.value.root, proven.root) ? frontier.value : null
}

async function grow(options: LaneOptions, frontier: Frontier, size: number): Promise<Result<Frontier, OpenRefusal>> {
  let grown = frontier
  while (grown.size < size) {
    const from = grown.size
    const until = Math.min(size, from + CHUNK_LEAVES)
    const leaves = await readChunk(options, from, until)
    if (!leaves.ok) return leaves
    grown = grown.append(leaves.value.map(hashLeaf)).frontier
  }
  return ok(grown)
}

async function readChunk(
  { store, name }: LaneOptions,
  from: number,
  until: number,
): Promise<Result<readonly Uint8Array[], OpenRefusal>> {
  let leaves: readonly Uint8Array[]
  try {
    leaves = await store.readLeaves(name, from, until)
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code === 'missing-leaf') return refuse('missing-leaf', String(cause))
    throw cause
  }
  if (leaves.length !== until - from) return refuse('missing-leaf', `${leaves.length} leaves from ${from} to ${until}`)
  return ok(leaves)
}
