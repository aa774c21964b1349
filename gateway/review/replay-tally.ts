import type { ExchangeId } from '../domain/exchange-id.ts'
import type { ServiceId } from '../domain/service-id.ts'
import { unitOf } from '../domain/system-id.ts'
import type { UnitCode } from '../domain/unit-code.ts'
import type { DecisionInput } from '../policy/decision.ts'
import type { RecordedVerdict, Replayed, Verdict } from '../policy/replay.ts'
import type { NotReplayable } from './read-decided.ts'

/** How the candidate would have decided otherwise. */
export type ChangeOfVerdict = 'now-refused' | 'now-permitted' | 'other-reason'

/** Exchanges of one unit with one service that would differ in the same way. */
export interface DifferenceGroup {
  readonly change: ChangeOfVerdict
  /** The consumer's. */
  readonly unit: UnitCode
  readonly service: ServiceId
  /** `permit`, or the reason of the refusal. */
  readonly was: string
  readonly now: string
  readonly count: number
  /** The first ones, to look at. */
  readonly examples: readonly ExchangeId[]
}

/** A decision that the revision which made it does not make again. */
export interface ReplayFinding {
  readonly lane: string
  readonly index: number
  readonly kind: 'not-reproduced' | 'revision-unknown'
  readonly detail: string
}

export interface ReplayReport {
  /** Decisions that were made again. */
  readonly replayed: number
  /** Of these, how many the candidate decides alike. */
  readonly same: number
  readonly differences: readonly DifferenceGroup[]
  /** Differences beyond the groups that are kept apart. */
  readonly ungrouped: number
  readonly notReplayable: readonly { readonly why: NotReplayable; readonly code: string; readonly count: number }[]
  /** The first of them. */
  readonly findings: readonly ReplayFinding[]
  readonly findingCount: number
}

/** Memory stays bounded whatever the log holds: more ways to differ than these mean another policy altogether. */
const MOST_GROUPS = 20_000
const MOST_FINDINGS = 1_000
const EXAMPLES = 5

type Growing<T> = { -readonly [K in keyof T]: T[K] }

/** Counts what a replay finds. */
export class ReplayTally {
  #replayed = 0
  #same = 0
  #ungrouped = 0
  #findingCount = 0
  readonly #groups = new Map<string, Growing<DifferenceGroup> & { examples: ExchangeId[] }>()
  readonly #passedOver = new Map<string, { why: NotReplayable; code: string; count: number }>()
  readonly #findings: ReplayFinding[] = []

  /** How the candidate's verdict differs; null: it does not. */
  take(
    exchange: ExchangeId | null,
    input: DecisionInput,
    was: RecordedVerdict,
    { now }: Pick<Replayed, 'now'>,
  ): ChangeOfVerdict | null {
    this.#replayed++
    const change = changeOf(was, now)
    if (change === null) this.#same++
    else this.#group(change, exchange, input, was, now)
    return change
  }

  passOver(why: NotReplayable, code: string, times: number): void {
    const key = `${why} ${code}`
    const entry = this.#passedOver.get(key)
    if (entry) entry.count += times
    else this.#passedOver.set(key, { why, code, count: times })
  }

  find(finding: ReplayFinding): void {
    this.#findingCount++
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push(finding)
  }

  /** As of now. The largest first. */
  report(): ReplayReport {
    const bySize = (a: { count: number }, b: { count: number }): number => b.count - a.count
    return {
      replayed: this.#replayed,
      same: this.#same,
      differences: [...this.#groups.values()].map(group => ({ ...group, examples: [...group.examples] })).sort(bySize),
      ungrouped: this.#ungrouped,
      notReplayable: [...this.#passedOver.values()].map(entry => ({ ...entry })).sort(bySize),
      findings: [...this.#findings],
      findingCount: this.#findingCount,
    }
  }

  #group(
    change: ChangeOfVerdict,
    exchange: ExchangeId | null,
    { consumer, service }: DecisionInput,
    was: RecordedVerdict,
    now: Verdict,
  ): void {
    const unit = unitOf(consumer)
    const before = wordOf(was)
    const after = wordOf(now)
    const key = `${change} ${unit} ${service} ${before} ${after}`
    let group = this.#groups.get(key)
    if (!group) {
      if (this.#groups.size >= MOST_GROUPS) return void this.#ungrouped++
      group = { change, unit, service, was: before, now: after, count: 0, examples: [] }
      this.#groups.set(key, group)
    }
    group.count++
    if (exchange !== null && group.examples.length < EXAMPLES) group.examples.push(exchange)
  }
}

function changeOf(was: RecordedVerdict, now: Verdict): ChangeOfVerdict | null {
  if (was.kind !== now.kind) return now.kind === 'permit' ? 'now-permitted' : 'now-refused'
  return now.kind === 'refuse' && now.reason !== was.reason ? 'other-reason' : null
}

/** `permit`, or the reason; with the guardrail that forbids, where it is known: `guardrail no-state-secrets`. */
export function wordOf(verdict: RecordedVerdict | Verdict): string {
  if (verdict.kind === 'permit') return 'permit'
  const guardrail = 'guardrail' in verdict ? verdict.guardrail : null
  return guardrail === null ? verdict.reason : `${verdict.reason} ${guardrail}`
}
