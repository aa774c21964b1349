import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type Checkpoint, parseCheckpoint } from '../../log/checkpoint.ts'
import { numberOf, readLeaf, type StoredRecord, textOf } from '../../record/read-leaf.ts'
import { headsIn } from './heads-in.ts'
import { MOST_STAMPS } from './pack-names.ts'
import type { LocatedLeaf, OutsideWord, PackReader, PackScope, Stamped, Survey, Unprepared } from './ports.ts'

/** How a lane hangs from the control lane. */
export interface LaneEvidence {
  readonly lane: LaneName
  /** As the control lane names them: proofs of records lead to this root. */
  readonly size: number
  /** Hex. */
  readonly root: string
  /** Indexes of the control lane: where it endorsed the lane's key, where it named this head. */
  readonly opened: number
  readonly named: number
  /** The lane's own signed word, of at least as many leaves. */
  readonly checkpoint: string
}

/** Everything of a pack but the records themselves. */
export interface PreparedPack {
  readonly scope: PackScope
  readonly survey: Survey
  readonly lanes: readonly LaneEvidence[]
  readonly control: Checkpoint & { readonly note: string }
  /** By rising index, each once. */
  readonly controlLeaves: readonly LocatedLeaf[]
  readonly cosigned: string | null
  readonly stamped: readonly Stamped[]
}

/** Clocks of gateways may differ by this, in microseconds: where to begin to look for what was written behind a record. */
const SLACK = 10 * 60 * 1_000_000
const BEGINNING = 0 as Instant

/**
 * Finds what proves the records of a scope: for each lane the first word of the control lane that covers all of them, and the
 * newest checkpoint of the control lane. `packsKey`: SHA-256 of the public key that is to sign the pack. Rejects where the store
 * cannot be read.
 */
export async function preparePack(
  scope: PackScope,
  packsKey: string,
  reader: PackReader,
  outside: OutsideWord,
): Promise<Result<PreparedPack, Unprepared>> {
  const survey = await reader.survey(scope)
  if (survey.records === 0) return err({ reason: 'nothing' })
  const leaves = new Map<number, LocatedLeaf>()
  const keep = (leaf: LocatedLeaf): number => {
    leaves.set(leaf.index, leaf)
    return leaf.index
  }

  const lanes: LaneEvidence[] = []
  for (const { lane, last, newest } of survey.lanes) {
    if (lane === CONTROL_LANE) continue
    const evidence = await laneEvidence(lane, last, newest, reader, keep)
    if (!evidence) return err({ reason: 'lane-not-named', lane })
    lanes.push(evidence)
  }
  const newest = Math.max(...survey.lanes.map(lane => lane.newest)) as Instant
  for (const revision of survey.revisions)
    if (!(await findRevision(revision, newest, reader, keep))) return err({ reason: 'revision-not-recorded', revision })
  if (!(await findKeys(packsKey, reader, keep))) return err({ reason: 'key-not-recorded' })

  const own = survey.lanes.find(({ lane }) => lane === CONTROL_LANE)?.last ?? -1
  const needed = Math.max(own, ...leaves.keys())
  const cosigned = await outside.cosignedBeyond(needed)
  const stamped = (await outside.stampedBeyond(needed)).slice(0, MOST_STAMPS)
  // Last: it is not smaller than anything that was read before.
  const control = await reader.lane(CONTROL_LANE)
  const checkpoint = control && parseCheckpoint(control.checkpoint)
  if (!control || !checkpoint?.ok || checkpoint.value.size <= needed)
    throw new Error('the head of the control lane is not what it was')
  return ok({
    scope,
    survey,
    lanes,
    control: { ...checkpoint.value, note: control.checkpoint },
    controlLeaves: [...leaves.values()].sort((a, b) => a.index - b.index),
    cosigned,
    stamped,
  })
}

async function laneEvidence(
  lane: LaneName,
  last: number,
  newest: Instant,
  reader: PackReader,
  keep: (leaf: LocatedLeaf) => number,
): Promise<LaneEvidence | null> {
  const from = (newest - SLACK) as Instant
  const named = await first(reader.controlRecords(['heads', 'lane'], { from }), record =>
    headsIn(record).find(head => head.lane === lane && head.size > last),
  )
  const opened = await first(reader.controlRecords(['lane'], { to: (newest + SLACK) as Instant }), record =>
    textOf(record, 'opened') === lane ? lane : undefined,
  )
  const stored = await reader.lane(lane)
  if (!named || !opened || !stored) return null
  const { size, root } = named.what
  return { lane, size, root, opened: keep(opened.leaf), named: keep(named.leaf), checkpoint: stored.checkpoint }
}

async function findRevision(
  revision: number,
  before: Instant,
  reader: PackReader,
  keep: (leaf: LocatedLeaf) => number,
): Promise<boolean> {
  const to = (before + SLACK) as Instant
  const found = await first(reader.controlRecords(['revision'], { to }), record =>
    numberOf(record, 'number') === revision ? revision : undefined,
  )
  if (found) keep(found.leaf)
  return found !== null
}

/** The history of the control lane's own key, and the word for the key that signs packs. */
async function findKeys(packsKey: string, reader: PackReader, keep: (leaf: LocatedLeaf) => number): Promise<boolean> {
  let isKnown = false
  for await (const leaf of reader.controlRecords(['key'], { from: BEGINNING })) {
    const record = readLeaf(leaf.leaf)
    if (!record.ok) continue
    const use = textOf(record.value, 'use')
    const isPacks = use === 'packs' && textOf(record.value, 'key') === packsKey
    if (use === 'control-lane' || isPacks) keep(leaf)
    if (isPacks && textOf(record.value, 'event') === 'registered') isKnown = true
  }
  return isKnown
}

async function first<T>(
  leaves: AsyncIterable<LocatedLeaf>,
  pick: (record: StoredRecord) => T | undefined,
): Promise<{ readonly leaf: LocatedLeaf; readonly what: T } | null> {
  for await (const leaf of leaves) {
    const record = readLeaf(leaf.leaf)
    const what = record.ok ? pick(record.value) : undefined
    if (what !== undefined) return { leaf, what }
  }
  return null
}
