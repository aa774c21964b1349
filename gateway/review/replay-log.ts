import type { ExchangeId } from '../domain/exchange-id.ts'
import type { LaneName } from '../domain/gateway-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { DecisionInput } from '../policy/decision.ts'
import type { Policy } from '../policy/decide.ts'
import { replayDecision } from '../policy/replay.ts'
import { readDecided } from './read-decided.ts'
import { type ChangeOfVerdict, type ReplayReport, ReplayTally, wordOf } from './replay-tally.ts'

/** Some records of one lane. */
export interface LeafPage {
  readonly lane: LaneName
  readonly rows: readonly { readonly index: number; readonly leaf: Uint8Array }[]
  /** How much nearer to `size` it brings. */
  readonly advance: number
}

/** The records of the gateways' lanes as of one moment; `edge/postgres` provides it. */
export interface DecidedReader {
  /** For a progress bar. */
  readonly size: number
  /** Every record that may hold a decision, the lanes one behind the other, each in its order. */
  pages(): AsyncIterable<LeafPage>
}

export interface Replay {
  readonly reader: DecidedReader
  readonly candidate: Policy
  /** What a revision decides by; null: there is none of this number that verifies. */
  readonly policyOf: (revision: number) => Policy | null
  /** When the records were written; half-open, null is unbounded. */
  readonly from: Instant | null
  readonly to: Instant | null
  /** Once it is aborted, no further page is read: what is known so far is reported. */
  readonly signal: AbortSignal
  readonly onProgress?: (advance: number) => void
  readonly onDifference?: (difference: Difference) => void
  /** Awaited behind each page: what a page brought need not be kept longer. */
  readonly onPage?: () => Promise<void>
}

/** One decision that the candidate makes otherwise. */
export interface Difference {
  readonly exchange: ExchangeId | null
  readonly at: Instant
  readonly change: ChangeOfVerdict
  readonly input: DecisionInput
  readonly was: string
  readonly now: string
}

export interface ReplayedLog extends ReplayReport {
  /** False: it was stopped before its end. */
  readonly complete: boolean
}

/**
 * Decides every recorded exchange of a time again, under the revision that decided it and under a candidate. A page at a time: memory
 * does not grow with the log. Rejects where the store cannot be read.
 */
export async function replayLog(replay: Replay): Promise<ReplayedLog> {
  const tally = new ReplayTally()
  let complete = true
  for await (const { lane, rows, advance } of replay.reader.pages()) {
    for (const { index, leaf } of rows) replayLeaf(lane, index, leaf, replay, tally)
    replay.onProgress?.(advance)
    await replay.onPage?.()
    if (!replay.signal.aborted) continue
    complete = false
    break
  }
  return { ...tally.report(), complete }
}

function replayLeaf(lane: LaneName, index: number, leaf: Uint8Array, replay: Replay, tally: ReplayTally): void {
  const read = readDecided(leaf)
  if (read.kind === 'follows') return
  // What cannot be read has no time of its own: better counted once too often than passed over in silence.
  if (read.at !== null && !isWithin(read.at, replay)) return
  if (read.kind === 'not-replayable') return tally.passOver(read.why, read.code, read.times)

  const { exchange, at, revision, input, verdict } = read
  const decider = replay.policyOf(revision)
  if (decider === null)
    tally.find({ lane, index, kind: 'revision-unknown', detail: `revision ${revision} is not in the chain` })
  const replayed = replayDecision(input, verdict, decider ?? replay.candidate, replay.candidate)
  if (decider !== null && !replayed.reproduced) {
    const detail = `recorded ${wordOf(verdict)}, revision ${revision} says ${wordOf(replayed.then)}`
    tally.find({ lane, index, kind: 'not-reproduced', detail })
  }
  const change = tally.take(exchange, input, verdict, replayed)
  if (change !== null)
    replay.onDifference?.({ exchange, at, change, input, was: wordOf(verdict), now: wordOf(replayed.now) })
}

const isWithin = (at: Instant, { from, to }: Replay): boolean =>
  (from === null || at >= from) && (to === null || at < to)
