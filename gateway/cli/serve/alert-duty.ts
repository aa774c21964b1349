import { setTimeout as sleep } from 'node:timers/promises'
import { uuidv7 } from 'uuidv7'
import type { AlertRule } from '../../configuration/objects.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Activity } from '../../edge/activity.ts'
import type { Metrics } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { alertStore, readProcessReports, sweepProcessReports, writeProcessReport } from '../../edge/postgres/alerts.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { exclusively } from '../../edge/postgres/exclusively.ts'
import type { Alert, AlertStore } from '../../review/alerts/alert-store.ts'
import { isOnce, needsReview } from '../../review/alerts/built-in.ts'
import type { Condition } from '../../review/alerts/condition.ts'
import { CountWindows } from '../../review/alerts/count-windows.ts'
import { judgeCounts } from '../../review/alerts/judge-counts.ts'
import { reconcile } from '../../review/alerts/reconcile.ts'
import { readReport, type Report, writeReport } from '../../review/alerts/report.ts'
import { isOverdue } from '../../review/alerts/review-alert.ts'
import type { Alarms } from './alarms.ts'
import type { ClockDuty } from './clock-duty.ts'

/** REQUIREMENTS RV-2: within 60 s. Two of these pass until an alert stands in the control lane. */
const TICK_MILLIS = 2_000
const TICKS_BETWEEN_SWEEPS = 300

export interface AlertDutyOptions {
  /** Name of this process on the board. */
  readonly process: string
  readonly database: Database
  /** Whether this process may keep alerts: office processes do, one at a time. */
  readonly keeps: boolean
  readonly rules: () => readonly AlertRule[]
  /** Who woke the dormant agreement of this emergency. */
  readonly activators: (subject: string) => readonly string[]
  readonly activity: Activity
  readonly alarms: Alarms
  readonly clock: ClockDuty
  readonly now: () => Instant
  readonly metrics: Metrics
  readonly log: OperationsLog
}

interface HeardReport extends Report {
  readonly process: string
}

/**
 * Every process tells what is wrong with it and what it has counted; one office process at a time puts that together, and raises and
 * ends alerts: each once, recorded in the control lane.
 */
export class AlertDuty {
  readonly #options: AlertDutyOptions
  readonly #store: AlertStore
  readonly #windows = new CountWindows()
  readonly #stopping = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined
  #isTold = true
  /** What is so by the word of this process; and, where it keeps alerts, all that is pending. */
  #own: readonly Condition[] = []
  #pending: readonly Alert[] | null = null

  constructor(options: AlertDutyOptions) {
    this.#options = options
    this.#store = alertStore(options.database)
    options.alarms.onRaised = () => this.#wake()
    options.metrics.labelled('lienthong_alerts', 'Alerts that have not ended', 'rule', () =>
      countByRule(this.#pending?.filter(({ endedAt }) => endedAt === null) ?? this.#own),
    )
    options.metrics.labelled('lienthong_alerts_unreviewed', 'Alerts that wait for a review', 'rule', () =>
      countByRule(this.#pending?.filter(({ review, reviewedAt }) => review === 'needed' && reviewedAt === null) ?? []),
    )
  }

  start(): void {
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#loop
  }

  async #run(): Promise<void> {
    for (let tick = 0; !this.#stopping.signal.aborted; tick++) {
      const woken = new Promise<void>(resolve => (this.#wake = resolve))
      await this.#tell()
      await this.#share(tick)
      await Promise.race([
        sleep(TICK_MILLIS, undefined, { signal: this.#stopping.signal }).catch(() => undefined),
        woken,
      ])
    }
  }

  /** Our own log first: it needs nobody else. */
  async #tell(): Promise<void> {
    const { rules, activators, activity, alarms } = this.#options
    const present = rules()
    for (const subject of activity.takeEmergencies())
      alarms.strike({
        rule: 'break-glass-used',
        subject,
        detail: 'an exchange was authorised by this dormant agreement',
        officers: activators(subject),
      })
    this.#windows.take(present, activity.take(), performance.now())
    try {
      this.#own = await alarms.look(judgeCounts(present, this.#windows.counted(present)))
    } catch (thrown) {
      this.#options.log.error('what is wrong cannot be looked at', describe(thrown))
    }
  }

  /** Tells the others, and keeps alerts where no other process is at it. A database that is away is told of once, and tried again. */
  async #share(tick: number): Promise<void> {
    const { database, process, alarms, keeps, clock, rules, log } = this.#options
    try {
      const report = { drift: clock.drift, conditions: this.#own, counts: this.#windows.counted(rules()) }
      await writeProcessReport(database, { process, body: writeReport(report) })
      alarms.reported()
      const heard = (await readProcessReports(database)).flatMap(({ process: name, body }): HeardReport[] => {
        const read = readReport(body)
        return read === null ? [] : [{ process: name, ...read }]
      })
      clock.compareWith(heard.filter(({ process: name }) => name !== process))
      if (keeps) await exclusively(database, 'lienthong alerts', () => this.#keep(heard))
      if (keeps) this.#pending = await this.#store.pending()
      if (keeps && tick % TICKS_BETWEEN_SWEEPS === 0) await sweepProcessReports(database)
      this.#isTold = true
    } catch (thrown) {
      if (this.#isTold && !this.#stopping.signal.aborted)
        log.warn('alerts cannot be kept in the database now; they stand in this log', describe(thrown))
      this.#isTold = false
      this.#pending = null
    }
  }

  async #keep(heard: readonly HeardReport[]): Promise<void> {
    const { now, rules, log } = this.#options
    const pending = await this.#store.pending()
    const open = pending.filter(({ endedAt }) => endedAt === null)
    const conditions = [
      ...heard.flatMap(report => report.conditions),
      ...judgeCounts(
        rules(),
        heard.flatMap(report => report.counts),
      ),
    ]
    const { raised, ended } = reconcile(open, conditions)
    for (const condition of raised) {
      const id = uuidv7()
      const review = needsReview(condition.rule) ? 'needed' : 'none'
      if (await this.#store.raise(id, condition, { review, isOnce: isOnce(condition.rule) }, now()))
        log.info('raised an alert', { alert: id, rule: condition.rule, subject: condition.subject })
    }
    for (const alert of ended) await this.#store.end(alert, now())
    for (const alert of pending)
      if (isOverdue(alert, now())) {
        log.warn('an alert waits for its review', { alert: alert.id, rule: alert.rule, subject: alert.subject })
        await this.#store.remind(alert, now())
      }
  }
}

function countByRule(all: readonly { readonly rule: string }[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const { rule } of all) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  return [...counts]
}
