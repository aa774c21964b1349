import { performance } from 'node:perf_hooks'
import type { Edit } from '../../configuration/edits.ts'
import type { Digest } from '../../domain/digest.ts'
import { formatInstant } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type Difference, type ReplayedLog, replayLog } from '../../review/replay-log.ts'
import type { ReplayAttempt, ReplayCandidate, ReplayEnd, StoredReplay } from '../../review/replay-store.ts'
import { changeDigest } from '../../snapshot/change.ts'
import { compileCandidate } from '../../snapshot/compile-candidate.ts'
import type { Policies } from '../../snapshot/policies.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { PostgresChanges } from '../postgres/changes.ts'
import type { Database } from '../postgres/database.ts'
import { openDecidedReader } from '../postgres/decided-records.ts'
import { readKnownRevisions } from '../postgres/known-revisions.ts'
import { DIFFERENCES_A_ROW, PostgresReplays } from '../postgres/replays.ts'

/** Kept one by one; the rest is counted in its groups. About 400 bytes each. */
const MOST_KEPT = 100_000
/** Of groups, in what is stored: the largest. */
const MOST_GROUPS = 1_000
const MOST_FINDINGS = 100
const PROGRESS_MILLIS = 500

export interface ReplayJob extends ReplayAttempt {
  /** Digests of all revisions that were verified, by number; the candidate stands on the last one. */
  readonly chain: readonly Digest[]
  /** When it is over the replay ends as `partial`. */
  readonly millis: number
}

/**
 * Works at one attempt of a replay until its end, and stores what comes of it. Memory does not grow with the log. Rejects where the
 * store cannot be asked, or holds other revisions than those of the chain.
 */
export async function runReplay(database: Database, job: ReplayJob): Promise<void> {
  const store = new PostgresReplays(database)
  const replay = await store.read(job.id)
  if (!replay || replay.attempt !== job.attempt) return
  const signal = AbortSignal.timeout(job.millis)
  const policies = await readKnownRevisions(database, job.chain)
  const candidate = await candidateOf(replay.candidate, policies, database)
  if (!candidate.ok) return void (await store.end(job, failed(candidate.error)))
  const end = await replayed(replay, candidate.value, policies, store, database, signal)
  if (end !== null) await store.end(job, end)
}

/** What it found; null: it was taken out of our hands. */
async function replayed(
  replay: StoredReplay,
  candidate: Snapshot,
  policies: Policies,
  store: PostgresReplays,
  database: Database,
  timeout: AbortSignal,
): Promise<ReplayEnd | null> {
  const reader = await openDecidedReader(database.url, replay)
  const lost = new AbortController()
  const { size } = reader
  const revision = policies.newest.number
  let [read, kept, toldAt] = [0, 0, 0]
  let pending: string[] = []
  const keep = async (least: number): Promise<void> => {
    while (pending.length >= least && pending.length > 0) {
      const lines = pending.slice(0, DIFFERENCES_A_ROW)
      pending = pending.slice(lines.length)
      await store.keep(replay, kept, lines)
      kept += lines.length
    }
  }
  const tell = async (): Promise<void> => {
    toldAt = performance.now()
    if (!(await store.progress(replay, { read, size, revision }))) lost.abort()
  }
  try {
    await tell()
    const { complete, ...report }: ReplayedLog = await replayLog({
      reader,
      candidate,
      policyOf: number => policies.policyOf(number),
      from: replay.from,
      to: replay.to,
      signal: AbortSignal.any([timeout, lost.signal]),
      onProgress: advance => (read += advance),
      onDifference: difference => {
        if (kept + pending.length < MOST_KEPT) pending.push(lineOf(difference))
      },
      onPage: async () => {
        await keep(DIFFERENCES_A_ROW)
        if (performance.now() - toldAt >= PROGRESS_MILLIS) await tell()
      },
    })
    if (lost.signal.aborted) return null
    await keep(1)
    await tell()
    return { state: complete ? 'done' : 'partial', report: bounded(report), why: null }
  } finally {
    await reader.close()
  }
}

const bounded = (report: Omit<ReplayedLog, 'complete'>): Omit<ReplayedLog, 'complete'> => {
  const { differences, findings } = report
  const further = differences.slice(MOST_GROUPS).reduce((sum, { count }) => sum + count, report.ungrouped)
  return {
    ...report,
    differences: differences.slice(0, MOST_GROUPS),
    ungrouped: further,
    findings: findings.slice(0, MOST_FINDINGS),
  }
}

const lineOf = ({ at, ...rest }: Difference): string => JSON.stringify({ at: formatInstant(at), ...rest })

async function candidateOf(
  candidate: ReplayCandidate,
  policies: Policies,
  database: Database,
): Promise<Result<Snapshot>> {
  const { newest } = policies
  if (candidate.kind === 'newest') {
    const snapshot = policies.policyOf(newest.number)
    return snapshot ? ok(snapshot) : err('there is no revision')
  }
  const edits = candidate.kind === 'edits' ? ok(candidate.edits) : await editsOf(candidate, database)
  if (!edits.ok) return edits
  const compiled = compileCandidate(edits.value, newest)
  if (compiled.ok) return compiled
  return err(
    compiled.error.reason === 'conflict'
      ? `it does not fit revision ${newest.number} any more`
      : `what it would make behind revision ${newest.number} does not hold together`,
  )
}

/** Of exactly the text that was asked for. */
async function editsOf(
  { change: id, digest }: Extract<ReplayCandidate, { kind: 'change' }>,
  database: Database,
): Promise<Result<readonly Edit[]>> {
  const change = await new PostgresChanges(database).read(id)
  return change && changeDigest(change.text, 'propose') === digest
    ? ok(change.text.edits)
    : err('the change was edited since')
}

const failed = (why: string): ReplayEnd => ({ state: 'failed', report: null, why })
