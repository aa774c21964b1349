import type { Draft } from '../control/change-desk.ts'
import { writeText } from '../control/desk/write-text.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { DifferencePage, ReplayCandidate, ReplayId, StoredReplay } from '../review/replay-store.ts'
import { changeDigest } from '../snapshot/change.ts'
import { findChange } from './changes.ts'
import { claimId } from './create-once.ts'
import { answer, type Call, type Handler, numberOf, type Outcome, PAGE, refuse, textOf } from './outcome.ts'
import { problemOfDesk } from './problem-of-desk.ts'
import { readTimeRange } from './read-time.ts'
import { showReplay } from './show-replay.ts'

/** Unless told. */
const DAYS = 7
/** Asked for and not ended yet, over all processes that share the database. One after the other is worked at. */
const MOST_OPEN = 8
/** Lines of a stream that are in memory at a time. */
const CHUNK = 200

interface Asked {
  readonly change?: string
  readonly edits?: Draft['edits']
  readonly from?: string
  readonly to?: string
}

/** Begins a replay under the newest revision, a change, or edits; once per Idempotency-Key. */
export const createReplay: Handler = async call => {
  const { ports, officer, now } = call
  const asked = call.body as unknown as Asked
  const range = readTimeRange({ ...asked }, now, DAYS)
  if (!range.ok) return { kind: 'refused', occurrence: range.error }
  const claimed = await claimId(call)
  if (!claimed.ok) return { kind: 'refused', occurrence: claimed.error }
  const id = claimed.value.id as string as ReplayId
  const present = await ports.replays.read(id)
  if (present) return created(present)
  const candidate = await candidateOf(call, asked)
  if (!candidate.ok) return candidate.error
  if ((await ports.replays.countOpen()) >= MOST_OPEN)
    return refuse('overloaded', `${MOST_OPEN} replays are waiting: cancel one, or wait for their end.`)
  await ports.replays.insert({ id, officer: officer.id, candidate: candidate.value, ...range.value, createdAt: now })
  ports.onReplayAsked()
  const replay = await ports.replays.read(id)
  if (!replay) throw new Error('a replay that was stored is not there')
  return created(replay)
}

/** How far it is, what it found, and a page of the differences one by one. */
export const readReplay: Handler = async call => {
  const found = await findReplay(call)
  if (!found.ok) return found.error
  const page = await call.ports.replays.differences(
    found.value,
    numberOf(call, 'cursor', 0),
    numberOf(call, 'limit', PAGE),
  )
  const each = page.lines.map(line => JSON.parse(line) as unknown)
  return { ...answer({ ...showReplay(found.value), each, cursor: page.cursor }), read: `replay ${found.value.id}` }
}

/** All that are kept, one a line; of a replay that runs those found so far. */
export const streamDifferences: Handler = async call => {
  const found = await findReplay(call)
  if (!found.ok) return found.error
  const streamed = answer(linesOf(call, found.value), { 'content-type': 'application/x-ndjson' })
  return { ...streamed, read: `differences of replay ${found.value.id}` }
}

/** Whoever asked, or a security officer. */
export const cancelReplay: Handler = async call => {
  const { ports, officer } = call
  const found = await findReplay(call)
  if (!found.ok) return found.error
  if (found.value.officer !== officer.id && !officer.roles.includes('security-officer')) return refuse('not-entitled')
  await ports.replays.cancel(found.value.id)
  const cancelled = await ports.replays.read(found.value.id)
  return answer(showReplay(cancelled ?? found.value))
}

async function* linesOf({ ports }: Call, replay: StoredReplay): AsyncGenerator<string> {
  for (let from: number | null = 0; from !== null; ) {
    const page: DifferencePage = await ports.replays.differences(replay, from, CHUNK)
    if (page.lines.length > 0) yield `${page.lines.join('\n')}\n`
    from = page.cursor
  }
}

async function findReplay(call: Call): Promise<Result<StoredReplay, Outcome>> {
  const replay = await call.ports.replays.read(textOf(call, 'replay') as ReplayId)
  return replay ? ok(replay) : err(refuse('not-found'))
}

async function candidateOf(call: Call, { change, edits }: Asked): Promise<Result<ReplayCandidate, Outcome>> {
  if (change !== undefined) {
    const found = await findChange({ ...call, parameters: { change } })
    if (!found.ok) return found
    const digest = changeDigest(found.value.text, 'propose')
    return ok({ kind: 'change', change: found.value.id, digest })
  }
  if (edits === undefined) return ok({ kind: 'newest' })
  const draft: Draft = { title: 'A replay', reason: 'To be tried only.', edits, applyAt: null }
  const text = writeText(draft, call.ports.newChangeId(), [call.officer.id], call.newest)
  return text.ok
    ? ok({ kind: 'edits', edits: text.value.edits })
    : err({ kind: 'refused', occurrence: problemOfDesk(text.error) })
}

const created = (replay: StoredReplay): Outcome => ({
  kind: 'answer',
  status: 201,
  headers: { location: `/api/v1/replays/${replay.id}` },
  body: showReplay(replay),
})
