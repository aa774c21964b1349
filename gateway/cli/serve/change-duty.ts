import { setTimeout as sleep } from 'node:timers/promises'
import type { ChangeDesk } from '../../control/change-desk.ts'
import type { ChangeStore } from '../../control/change-store.ts'
import { activeSecurityOfficers, FEWEST_SECURITY_OFFICERS } from '../../control/officer-activity.ts'
import type { RevisionSource } from '../../control/revision-source.ts'
import type { Instant } from '../../domain/instant.ts'
import type { LiveSnapshots } from '../../edge/live-snapshots.ts'
import type { Metrics } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { RevisionWatch } from '../../edge/postgres/altered-revisions.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { exclusively } from '../../edge/postgres/exclusively.ts'

/** How late a scheduled change may be. */
const TICK_MILLIS = 5_000

export interface ChangeDutyOptions {
  readonly database: Database
  readonly desk: ChangeDesk
  readonly store: Pick<ChangeStore, 'activity' | 'seenAt'>
  readonly revisions: RevisionSource
  readonly snapshots: Pick<LiveSnapshots, 'verified'>
  readonly now: () => Instant
  readonly metrics: Metrics
  readonly log: OperationsLog
}

/** Applies changes whose time has come, one office process at a time, and watches that there are enough security officers. */
export class ChangeDuty {
  readonly #options: ChangeDutyOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  readonly #watch: RevisionWatch
  #altered: readonly number[] = []
  #active = Number.NaN

  constructor(options: ChangeDutyOptions) {
    this.#options = options
    this.#watch = new RevisionWatch(options.database)
    options.metrics.gauge(
      'lienthong_active_security_officers',
      'Security officers who are neither disabled nor idle',
      () => this.#active,
    )
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#tick().catch(thrown =>
        this.#options.log.error('changes that are due cannot be applied', describe(thrown)),
      )
      await sleep(TICK_MILLIS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async #tick(): Promise<void> {
    const { database, desk, log } = this.#options
    await this.#countOfficers()
    await this.#watchRevisions()
    const applied = await exclusively(database, 'lienthong changes', () => desk.applyDue())
    for (const { id, state, revision, why } of applied ?? []) {
      if (state === 'applied') log.info('applied a change', { change: id, revision })
      else log.warn('an approved change cannot be applied any more', { change: id, state, why })
    }
  }

  /** Told when it comes up: the data plane goes on with what it verified. */
  async #watchRevisions(): Promise<void> {
    const { snapshots, log } = this.#options
    const altered = await this.#watch.look(snapshots.verified?.chain ?? [])
    for (const revision of altered)
      if (!this.#altered.includes(revision))
        log.error('a stored revision is not the one that was verified: see `lienthong doctor`', { revision })
    this.#altered = altered
  }

  async #countOfficers(): Promise<void> {
    const { store, revisions, now, log } = this.#options
    const newest = await revisions.newest()
    if (!newest) return
    const seen = await store.activity()
    const { officers } = newest.configuration
    // From here on they have to be seen within 45 days.
    for (const { id } of officers) if (!seen.has(id)) await store.seenAt(id, now())
    const active = activeSecurityOfficers(officers, seen, now()).length
    if (active === this.#active) return
    this.#active = active
    if (active >= FEWEST_SECURITY_OFFICERS) return
    const fields = { active, wanted: FEWEST_SECURITY_OFFICERS }
    // A development world has two on purpose: nobody has to be woken.
    if (newest.configuration.mode === 'development') log.info('fewer than three security officers are active', fields)
    else log.warn('fewer than three security officers are active', fields)
  }
}
