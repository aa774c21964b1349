import { setTimeout as sleep } from 'node:timers/promises'
import type { Metrics } from '../../edge/metrics.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { lookAtDatabaseClock } from '../../edge/postgres/read-clock.ts'
import type { Condition } from '../../review/alerts/condition.ts'
import { type Drift, driftOf, isUnreliable, judgeDrifts } from '../../review/alerts/judge-clock.ts'

/** A clock that was set by hand is found within this time; while it is unusable, or new, it is looked at more often. */
const LOOK_MILLIS = 10_000
const CLOSE_LOOK_MILLIS = 1_000
/** Our own clock is asked this often whether it has stepped: that needs nobody else. */
const STEP_LOOK_MILLIS = 250
/** System time and monotonic time drift apart slowly; a step is more than this. */
const STEP_MILLIS = 500

export interface ClockDutyOptions {
  /** Name of this process, for people. */
  readonly process: string
  readonly database: Database
  readonly metrics: Metrics
  readonly log: OperationsLog
}

/**
 * Compares our clock with the database's every 10 s, and at once where it has stepped. While the two are more than 10 s apart nothing
 * may be signed; while the database cannot be asked, what was last known holds.
 */
export class ClockDuty {
  readonly #options: ClockDutyOptions
  readonly #stopping = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #drift: number | null = null
  #peers: readonly Drift[] = []
  #authorities: () => readonly Drift[] = () => []

  constructor(options: ClockDutyOptions) {
    this.#options = options
    options.metrics.labelled(
      'lienthong_clock_drift_seconds',
      'Seconds by which the clock of this process is ahead of another',
      'against',
      () => this.#drifts().map(({ against, seconds }) => [against, seconds]),
    )
  }

  /** The first look is over when it resolves: nothing is signed before. */
  async start(): Promise<void> {
    await this.#look()
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
  }

  /** Nothing may be signed now: our clock or the database's is wrong. */
  get isUnreliable(): boolean {
    return isUnreliable(this.#drift)
  }

  /** Seconds ahead of the database's clock; null: not known. */
  get drift(): number | null {
    return this.#drift
  }

  /** What other processes have told of their own distance from the same database. */
  compareWith(peers: readonly { readonly process: string; readonly drift: number | null }[]): void {
    const own = this.#drift
    this.#peers =
      own === null
        ? []
        : peers.flatMap(({ process, drift }) =>
            drift === null ? [] : [{ against: `process ${process}`, seconds: own - drift }],
          )
  }

  compareWithAuthorities(drifts: () => readonly Drift[]): void {
    this.#authorities = drifts
  }

  conditions(): readonly Condition[] {
    return judgeDrifts(this.#drifts(), this.#options.process)
  }

  #drifts(): readonly Drift[] {
    const database = this.#drift === null ? [] : [{ against: 'database', seconds: this.#drift }]
    return [...database, ...this.#peers, ...this.#authorities()]
  }

  async #run(): Promise<void> {
    let offset = Date.now() - performance.now()
    let lookedAt = performance.now()
    while (!this.#stopping.signal.aborted) {
      await sleep(STEP_LOOK_MILLIS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      const present = Date.now() - performance.now()
      const hasStepped = Math.abs(present - offset) > STEP_MILLIS
      offset = present
      const pause = this.isUnreliable || this.#drift === null ? CLOSE_LOOK_MILLIS : LOOK_MILLIS
      if (!hasStepped && performance.now() - lookedAt < pause) continue
      await this.#look()
      lookedAt = performance.now()
    }
  }

  async #look(): Promise<void> {
    const wasUnreliable = this.isUnreliable
    try {
      const drift = driftOf(await lookAtDatabaseClock(this.#options.database))
      this.#drift = Number.isFinite(drift) ? drift : null
    } catch {
      // Without the database nothing is recorded anyway; its absence is told elsewhere.
      return
    }
    const { log } = this.#options
    const fields = { seconds: this.#drift }
    if (this.isUnreliable && !wasUnreliable)
      log.error(
        'our clock and that of the database are more than 10 s apart: nothing is signed, exchanges stop',
        fields,
      )
    if (!this.isUnreliable && wasUnreliable) log.info('the clocks agree again: exchanges go on', fields)
  }
}
