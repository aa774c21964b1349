import { createPublicKey, type KeyObject } from 'node:crypto'
import { CONTROL_LANE, type LaneName } from '../domain/gateway-id.ts'
import { digestOf } from '../domain/digest.ts'
import type { KeyOfSize } from '../log/checkpoint.ts'
import type { NamedHead } from '../log/claimed-heads.ts'
import { publicKeyOf, rawPublicKey } from '../log/note-key.ts'
import { type LeafRow, verifyLane } from '../log/verify-lane.ts'
import { ControlKeyHistory, keyOfSize } from '../record/control-keys.ts'
import { compareSearch } from './compare-search.ts'
import type { LogFinding } from './log-finding.ts'
import type { LogReader, ReviewedLane } from './ports.ts'
import { ControlClaims } from './read-control-lane.ts'

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
  /** Called with the number of records read since the last call. */
  readonly progress?: (records: number) => void
}

export interface Verified {
  readonly lanes: number
  readonly records: number
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
  let records = 0

  const control = byName.get(CONTROL_LANE)
  if (!control) yield { lane: CONTROL_LANE, kind: 'lane-missing', detail: 'there is no control lane' }
  else records += yield* verifyControl(control, claims, verification)

  for (const name of new Set([...claims.keys.keys(), ...kept.keys()]))
    if (!byName.has(name)) yield { lane: name, kind: 'lane-missing', detail: 'its row and records have gone' }

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
  return { lanes: lanes.length, records }
}

/** Reads the control lane twice: which key has to have signed its head is told by its leaves. */
async function* verifyControl(
  control: ReviewedLane,
  claims: ControlClaims,
  verification: LogVerification,
): AsyncGenerator<LogFinding, number> {
  const history = new ControlKeyHistory()
  for await (const rows of verification.reader.leaves(CONTROL_LANE))
    for (const row of rows) if ('leaf' in row && row.index < control.size) history.take(row.index, row.leaf)
  const pinned = publicOf(verification.controlKey)
  const { epochs, handovers, faults } = history.read()
  for (const { index, detail } of faults) yield { lane: CONTROL_LANE, kind: 'key-history', index, detail }
  // A history that does not know the key from outside proves nothing: then every head has to be that key's.
  return epochs.some(({ key }) => key.equals(pinned))
    ? yield* verifyOne(control, keyOfSize(epochs), claims, verification, handovers)
    : yield* verifyOne(control, pinned, claims, verification)
}

async function* verifyOne(
  lane: ReviewedLane,
  publicKey: KeyObject | KeyOfSize,
  claims: ControlClaims,
  { reader, kept, progress }: LogVerification,
  handovers: readonly NamedHead[] = [],
): AsyncGenerator<LogFinding, number> {
  const searchFindings: LogFinding[] = []
  const keptHead = kept.get(lane.name)
  const isControl = lane.name === CONTROL_LANE
  let last = 0

  async function* leaves(): AsyncGenerator<readonly LeafRow[]> {
    let from = 0
    for await (const rows of reader.leaves(lane.name)) {
      const to = rows[rows.length - 1]?.index ?? from
      const stored = await reader.searchRows(lane.name, from, to)
      searchFindings.push(...compareSearch(lane.name, rows, stored, lane.followed))
      if (isControl) for (const row of rows) if ('leaf' in row) claims.take(row.index, row.leaf)
      from = to + 1
      yield rows
    }
    const beyond = await reader.searchRows(lane.name, from, Number.MAX_SAFE_INTEGER)
    searchFindings.push(...compareSearch(lane.name, [], beyond, lane.followed))
  }

  const findings = verifyLane({
    lane: lane.name,
    publicKey,
    head: lane,
    leaves: leaves(),
    readTile: (level, index) => reader.readTile(lane.name, level, index),
    kept: keptHead === undefined ? [] : [keptHead],
    named: isControl ? handovers : claims.headsOf(lane.name),
    progress: count => {
      progress?.(count - last)
      last = count
    },
  })
  const count = yield* findings
  yield* searchFindings
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
