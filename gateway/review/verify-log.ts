import { createPublicKey, type KeyObject } from 'node:crypto'
import { CONTROL_LANE, type LaneName } from '../domain/gateway-id.ts'
import { digestOf } from '../domain/digest.ts'
import type { KeyOfSize } from '../log/checkpoint.ts'
import type { NamedHead } from '../log/claimed-heads.ts'
import { sameHash } from '../log/hash.ts'
import { publicKeyOf, rawPublicKey } from '../log/note-key.ts'
import { type LeafRow, verifyLane } from '../log/verify-lane.ts'
import { ControlKeyHistory, keyOfSize } from '../record/control-keys.ts'
import { receiptsOfMissingLanes, ReceiptsOfLane } from './compare-receipts.ts'
import { compareSearch } from './compare-search.ts'
import type { LogFinding } from './log-finding.ts'
import type { LogReader, ReviewedLane } from './ports.ts'
import { ControlClaims } from './read-control-lane.ts'
import type { PresentedReceipt } from './read-receipt.ts'
import { reviewStamps } from './verify-stamps.ts'
import { type RecordedRecovery, RecordedRecoveries, type RecoveryTrust, type WitnessedHead } from './witness-words.ts'

export type { LogFinding } from './log-finding.ts'

export interface LogVerification {
  readonly reader: LogReader
  /**
   * Ed25519 key of the control lane, from outside the database: everything else is trusted through it. Any of the keys that the
   * lane went through: those behind it have its word, those before it lie in the tree that it has signed.
   */
  readonly controlKey: KeyObject
  /** Checkpoints kept beside the database, read before the reader's view was taken. */
  readonly kept: ReadonlyMap<LaneName, string>
  /** Receipts that parties hold: the log has to have their records. */
  readonly receipts?: readonly PresentedReceipt[]
  /** Heads of the control lane that witnesses hold: it has to have passed through them. */
  readonly witnessed?: readonly WitnessedHead[]
  /** Whose signatures end a witness's conflict; absent: no recovery is believed. */
  readonly trust?: RecoveryTrust | null
  /** Aborted: reading ends, and the iteration rejects with its reason. */
  readonly signal?: AbortSignal
  /** Called with the number of records read since the last call. */
  readonly progress?: (records: number) => void
}

export interface Verified {
  readonly lanes: number
  readonly records: number
  /** What two officers signed behind a witness's conflict: the log went on from elsewhere than it had come to. */
  readonly recoveries: readonly RecordedRecovery[]
}

/**
 * Recomputes the whole log from the stored bytes and yields what is wrong with it: first the control lane, under a key that the
 * database does not hold, then every other lane under the key that the control lane endorsed, the search index and the revisions.
 */
export async function* verifyLog(verification: LogVerification): AsyncGenerator<LogFinding, Verified> {
  const { reader, kept } = verification
  const lanes = await reader.lanes()
  const byName = new Map(lanes.map(lane => [lane.name, lane]))
  const claims = new ControlClaims()
  const recoveries = new RecordedRecoveries(verification.trust ?? null)
  let records = 0

  const control = byName.get(CONTROL_LANE)
  if (!control) yield { lane: CONTROL_LANE, kind: 'lane-missing', detail: 'there is no control lane' }
  else records += yield* verifyControl(control, claims, verification, recoveries)

  for (const name of new Set([...claims.keys.keys(), ...kept.keys()]))
    if (!byName.has(name)) yield { lane: name, kind: 'lane-missing', detail: 'its row and records have gone' }
  const elsewhere = (verification.receipts ?? []).filter(({ lane }) => !byName.has(lane))
  yield* receiptsOfMissingLanes(elsewhere, claims.keys)

  for (const lane of lanes) {
    if (lane.kind === 'control' && lane.name === CONTROL_LANE) continue
    const endorsed = claims.keys.get(lane.name)
    if (endorsed !== Buffer.from(lane.publicKey).toString('hex')) {
      // A lane that was never opened has no records: its process died before it could write.
      if (lane.size > 0 || endorsed !== undefined)
        yield {
          lane: lane.name,
          kind: 'lane-not-endorsed',
          detail: endorsed ? 'the control lane endorsed another key' : 'the control lane never endorsed its key',
        }
    }
    const key = publicKeyOf(endorsed === undefined ? lane.publicKey : Buffer.from(endorsed, 'hex'))
    records += yield* verifyOne(lane, key, claims, verification)
  }
  yield* verifyRevisions(reader, claims)
  return { lanes: lanes.length, records, recoveries: recoveries.list }
}

/** Reads the control lane twice: which key has to have signed its head is told by its leaves. */
async function* verifyControl(
  control: ReviewedLane,
  claims: ControlClaims,
  verification: LogVerification,
  recoveries: RecordedRecoveries,
): AsyncGenerator<LogFinding, number> {
  const history = new ControlKeyHistory()
  for await (const rows of verification.reader.leaves(CONTROL_LANE)) {
    verification.signal?.throwIfAborted()
    for (const row of rows) {
      if (!('leaf' in row) || row.index >= control.size) continue
      history.take(row.index, row.leaf)
      recoveries.take(row.index, row.leaf)
    }
  }
  const witnessed = recoveries.stillHeld(verification.witnessed ?? [])
  const pinned = publicOf(verification.controlKey)
  const { epochs, handovers, faults } = history.read()
  for (const { index, detail } of faults) yield { lane: CONTROL_LANE, kind: 'key-history', index, detail }
  // A history that does not know the key from outside proves nothing: then every head has to be that key's.
  const isKnown = epochs.some(({ key }) => key.equals(pinned))
  // Nothing is trusted through it; whoever reads the row instead of the history must not be misled.
  if (isKnown && !epochs.some(({ key }) => sameHash(rawPublicKey(key), control.publicKey)))
    yield { lane: CONTROL_LANE, kind: 'lane-not-endorsed', detail: 'its row names a key that it never had' }
  const stamps = await reviewStamps(verification.reader, isKnown ? keyOfSize(epochs) : () => pinned)
  yield* stamps.findings
  const elsewhere = [...witnessed, ...stamps.named]
  return isKnown
    ? yield* verifyOne(control, keyOfSize(epochs), claims, verification, [...handovers, ...elsewhere])
    : yield* verifyOne(control, pinned, claims, verification, elsewhere)
}

async function* verifyOne(
  lane: ReviewedLane,
  publicKey: KeyObject | KeyOfSize,
  claims: ControlClaims,
  { reader, kept, progress, signal, receipts = [] }: LogVerification,
  handovers: readonly NamedHead[] = [],
): AsyncGenerator<LogFinding, number> {
  const beside: LogFinding[] = []
  const presented = new ReceiptsOfLane(
    lane.name,
    typeof publicKey === 'function' ? publicKey : () => publicKey,
    receipts.filter(receipt => receipt.lane === lane.name),
  )
  const keptHead = kept.get(lane.name)
  const isControl = lane.name === CONTROL_LANE
  let last = 0

  async function* leaves(): AsyncGenerator<readonly LeafRow[]> {
    let from = 0
    for await (const rows of reader.leaves(lane.name)) {
      signal?.throwIfAborted()
      const to = rows[rows.length - 1]?.index ?? from
      const stored = await reader.searchRows(lane.name, from, to)
      beside.push(...compareSearch(lane.name, rows, stored, lane.followed), ...presented.take(rows))
      if (isControl) for (const row of rows) if ('leaf' in row) claims.take(row.index, row.leaf)
      from = to + 1
      yield rows
    }
    const beyond = await reader.searchRows(lane.name, from, Number.MAX_SAFE_INTEGER)
    beside.push(...compareSearch(lane.name, [], beyond, lane.followed), ...presented.lost())
  }

  const findings = verifyLane({
    lane: lane.name,
    publicKey,
    head: lane,
    leaves: leaves(),
    readTile: (level, index) => reader.readTile(lane.name, level, index),
    kept: keptHead === undefined ? [] : [keptHead],
    named: [...(isControl ? handovers : claims.headsOf(lane.name)), ...presented.named],
    progress: count => {
      progress?.(count - last)
      last = count
    },
  })
  yield* presented.unsigned
  const count = yield* findings
  yield* beside
  return count
}

async function* verifyRevisions(reader: LogReader, claims: ControlClaims): AsyncGenerator<LogFinding> {
  const seen = new Set<number>()
  let previous: string | null = null
  for await (const { number, digest, previous: named, content } of reader.revisions()) {
    seen.add(number)
    const recorded = claims.revisions.get(number)
    const wrong =
      digestOf(content) !== digest
        ? 'its text does not have its digest'
        : named !== previous
          ? 'it does not follow the revision before'
          : recorded === undefined
            ? 'the control lane has not recorded it (a revision of the last second may still be on its way)'
            : recorded !== digest
              ? 'the control lane recorded another digest'
              : null
    if (wrong) yield { lane: CONTROL_LANE, kind: 'revision-differs', detail: `revision ${number}: ${wrong}` }
    previous = digest
  }
  for (const number of claims.revisions.keys())
    if (!seen.has(number)) yield { lane: CONTROL_LANE, kind: 'revision-differs', detail: `revision ${number} has gone` }
}

const publicOf = (key: KeyObject): KeyObject =>
  key.type === 'private' ? publicKeyOf(rawPublicKey(createPublicKey(key))) : key
