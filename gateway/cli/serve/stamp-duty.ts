import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TimeAuthority } from '../../configuration/objects.ts'
import type { Settings } from '../../configuration/effective-settings.ts'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { type Instant, millisOf } from '../../domain/instant.ts'
import type { Metrics } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { insertTimestamp, newestTimestamps } from '../../edge/postgres/timestamps.ts'
import { askAuthority } from '../../edge/timestamp/ask-authority.ts'
import { parseCheckpoint } from '../../log/checkpoint.ts'
import type { HeadKeeper } from '../../log/lane-store.ts'
import type { Condition } from '../../review/alerts/condition.ts'
import { type Drift, driftOf } from '../../review/alerts/judge-clock.ts'

const TICK_MILLIS = 500
/** How often what other processes have stamped is looked up. */
const LOOK_MILLIS = 5_000
/** Behind the first failure, doubled with each further one up to the most, and never beyond the schedule. */
const FIRST_RETRY_MILLIS = 1_000
const MOST_RETRY_MILLIS = 5 * 60_000
/** Authorities tell whole seconds or finer, and we cannot see which. */
const GRAIN_MILLIS = 1_000

export interface StampDutyOptions {
  readonly database: Database
  /** Where the newest checkpoint of the control lane that this process signed is kept. */
  readonly heads: Pick<HeadKeeper, 'read'>
  /** Whether this process writes the control lane: it stamps, the others only watch. */
  readonly isOnDuty: () => boolean
  readonly authorities: () => readonly TimeAuthority[]
  readonly schedule: () => Settings['timestamping']
  readonly now: () => Instant
  readonly metrics: Metrics
  readonly log: OperationsLog
}

interface Asked {
  /** Milliseconds of a clock that does not step. */
  dueAt: number
  failures: number
  isRunning: boolean
  /** When this process first knew of it: what was never stamped is as old as that. */
  readonly since: Instant
  drift: Drift | null
}

/**
 * Has the newest checkpoint of the control lane stamped by every registered authority, each on its own: one that fails or is slow keeps
 * neither the others nor any exchange waiting. A stamp is stored once it was verified wholly.
 */
export class StampDuty {
  readonly #options: StampDutyOptions
  readonly #asked = new Map<string, Asked>()
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #newest: ReadonlyMap<string, { readonly at: Instant }> = new Map()
  #lookedAt = Number.NEGATIVE_INFINITY
  #loop: Promise<void> = Promise.resolve()

  constructor(options: StampDutyOptions) {
    this.#options = options
    options.metrics.labelled(
      'lienthong_stamp_age_seconds',
      'Seconds since an authority last gave a good time stamp of the control lane',
      'authority',
      () => this.ages().map(({ authority, seconds }) => [authority, seconds]),
    )
  }

  start(): void {
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    await Promise.all(this.#running)
  }

  /** Of each registered authority. `stamped`: false where there is none yet; then the age is since it was first known here. */
  ages(): readonly { readonly authority: string; readonly seconds: number; readonly stamped: boolean }[] {
    const now = this.#options.now()
    return this.#options.authorities().map(({ name }) => {
      const at = this.#newest.get(name)?.at
      const since = at ?? this.#asked.get(name)?.since ?? now
      return { authority: name, seconds: Math.max(0, (now - since) / 1e6), stamped: at !== undefined }
    })
  }

  /** What is worth an alert. */
  conditions(): readonly Condition[] {
    const limit = this.#options.schedule().alertAfterMillis / 1000
    return this.ages()
      .filter(({ seconds }) => seconds > limit)
      .map(({ authority }) => ({
        rule: 'unstamped',
        subject: authority,
        detail: `no good time stamp of this authority for more than ${limit} s`,
      }))
  }

  /** How far our clock was from those of the authorities, when each was last asked. */
  drifts(): readonly Drift[] {
    return [...this.#asked.values()].flatMap(({ drift }) => (drift === null ? [] : [drift]))
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#tick()
      } catch (thrown) {
        this.#options.log.warn('time stamps cannot be looked at', describe(thrown))
      }
      await sleep(TICK_MILLIS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async #tick(): Promise<void> {
    const { authorities, database, now, isOnDuty } = this.#options
    const present = authorities()
    for (const name of this.#asked.keys()) if (!present.some(each => each.name === name)) this.#asked.delete(name)
    for (const { name } of present)
      if (!this.#asked.has(name))
        this.#asked.set(name, { dueAt: 0, failures: 0, isRunning: false, since: now(), drift: null })
    if (present.length === 0) return
    if (performance.now() - this.#lookedAt >= LOOK_MILLIS) {
      this.#newest = await newestTimestamps(database)
      this.#lookedAt = performance.now()
    }
    if (!isOnDuty()) return
    for (const authority of present) {
      const asked = this.#asked.get(authority.name)
      if (asked && this.#isDue(authority.name, asked)) this.#begin(authority, asked)
    }
  }

  #isDue(name: string, { dueAt, failures, isRunning }: Asked): boolean {
    if (isRunning || performance.now() < dueAt) return false
    const last = this.#newest.get(name)?.at
    const age = last === undefined ? Number.POSITIVE_INFINITY : millisOf(this.#options.now()) - millisOf(last)
    return failures > 0 || age >= this.#options.schedule().everyMillis
  }

  #begin(authority: TimeAuthority, asked: Asked): void {
    asked.isRunning = true
    const running = this.#ask(authority, asked)
      .catch(thrown => {
        this.#failed(authority, asked, thrown instanceof Error ? thrown.message : 'a fault')
      })
      .finally(() => {
        asked.isRunning = false
        this.#running.delete(running)
      })
    this.#running.add(running)
  }

  async #ask(authority: TimeAuthority, asked: Asked): Promise<void> {
    const { database, heads, log } = this.#options
    const checkpoint = heads.read(CONTROL_LANE)
    const parsed = checkpoint === null ? null : parseCheckpoint(checkpoint)
    // A new installation: nothing has been signed yet.
    if (checkpoint === null || !parsed?.ok) return
    const digest = createHash('sha256').update(checkpoint).digest()
    const before = Date.now()
    const given = await askAuthority(authority, digest, this.#stopping.signal)
    if (!given.ok) return this.#failed(authority, asked, given.error)
    const { token, genTime } = given.value
    const look = { asked: before, answered: Date.now(), theirs: millisOf(genTime), grainMillis: GRAIN_MILLIS }
    asked.drift = { against: `authority ${authority.name}`, seconds: driftOf(look) }
    const { size, root } = parsed.value
    await insertTimestamp(database, { size, root, authority: authority.name, checkpoint, token, genTime })
    if (asked.failures > 0) log.info('a time authority stamps again', { authority: authority.name })
    asked.failures = 0
    asked.dueAt = performance.now() + this.#options.schedule().everyMillis
    this.#newest = new Map([...this.#newest, [authority.name, { at: this.#options.now() }]])
  }

  #failed({ name }: TimeAuthority, asked: Asked, why: string): void {
    if (this.#stopping.signal.aborted) return
    if (asked.failures === 0) this.#options.log.warn('a time authority gives no good stamp', { authority: name, why })
    const most = Math.min(MOST_RETRY_MILLIS, this.#options.schedule().everyMillis)
    asked.dueAt = performance.now() + Math.min(most, FIRST_RETRY_MILLIS * 2 ** asked.failures)
    asked.failures = Math.min(asked.failures + 1, 20)
  }
}
