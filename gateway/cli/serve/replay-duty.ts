import { setTimeout as sleep } from 'node:timers/promises'
import { uuidv7 } from 'uuidv7'
import type { ChangeStore } from '../../control/change-store.ts'
import type { RevisionSource } from '../../control/revision-source.ts'
import type { Instant } from '../../domain/instant.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { PostgresReplays } from '../../edge/postgres/replays.ts'
import { replayAside, type RunningReplay } from '../../edge/replay/replay-aside.ts'
import type { ReplayAttempt, ReplayId, StoredReplay } from '../../review/replay-store.ts'
import { changeDigest } from '../../snapshot/change.ts'

/** How late a replay begins whose proposal came through another process. */
const TICK_MILLIS = 2_000
/** Others take a replay over whose process was silent for 30 s; a cancelled one stops within this time. */
const BEAT_MILLIS = 2_000
/** A proposal's approver waits for it. */
const PROPOSAL_MILLIS = 2 * 60_000
const ASKED_MILLIS = 15 * 60_000
/** What a proposal is tried on. */
const WEEK_MICROS = 7 * 86_400_000_000

export interface ReplayDutyOptions {
  readonly database: Database
  readonly changes: Pick<ChangeStore, 'read'>
  readonly revisions: RevisionSource
  readonly now: () => Instant
  readonly log: OperationsLog
}

/**
 * Works at replays, one at a time in this process: those that officers asked for, and for each proposal one of the last 7 days, so
 * that its approver sees what it would have changed. What a process that ends leaves half done another one, or the next, begins anew.
 */
export class ReplayDuty {
  readonly #options: ReplayDutyOptions
  readonly #store: PostgresReplays
  readonly #stopping = new AbortController()
  /** Versions of proposals that have their replay, asked for by whatever process. */
  readonly #begun = new Map<string, number>()
  #wake: () => void = () => undefined
  #ticking: Promise<void> = Promise.resolve()
  #working: Promise<void> | null = null
  #running: RunningReplay | null = null

  constructor(options: ReplayDutyOptions) {
    this.#options = options
    this.#store = new PostgresReplays(options.database)
  }

  get store(): PostgresReplays {
    return this.#store
  }

  start(): void {
    this.#ticking = this.#run()
  }

  /** Somebody has just asked for one, or proposed a change. */
  wake(): void {
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#ticking
    await this.#running?.stop()
    await this.#working
  }

  async #run(): Promise<void> {
    const { log } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const woken = new Promise<void>(resolve => (this.#wake = resolve))
      await this.#tick().catch(thrown => log.error('replays cannot be begun', describe(thrown)))
      const pause = new AbortController()
      await Promise.race([woken, sleep(TICK_MILLIS, undefined, { signal: pause.signal }).catch(() => undefined)])
      pause.abort()
    }
  }

  async #tick(): Promise<void> {
    await this.#beginForProposals()
    if (this.#working || this.#stopping.signal.aborted) return
    const replay = await this.#store.claim()
    if (!replay) return
    this.#working = this.#work(replay)
      .catch(thrown => this.#options.log.error('a replay could not be worked at', describe(thrown)))
      .finally(() => {
        this.#working = null
        // Perhaps another one waits.
        this.#wake()
      })
  }

  async #beginForProposals(): Promise<void> {
    const { changes, now } = this.#options
    const proposals = await this.#store.proposals()
    const open = new Set<string>(proposals.map(({ id }) => id))
    for (const id of this.#begun.keys()) if (!open.has(id)) this.#begun.delete(id)
    for (const { id, version } of proposals) {
      if (this.#begun.get(id) === version) continue
      const change = await changes.read(id)
      if (change?.state !== 'proposed') continue
      const at = now()
      await this.#store.insert({
        id: uuidv7() as ReplayId,
        officer: null,
        candidate: { kind: 'change', change: id, digest: changeDigest(change.text, 'propose') },
        from: (at - WEEK_MICROS) as Instant,
        to: at,
        createdAt: at,
      })
      this.#begun.set(id, change.version)
    }
  }

  async #work(replay: StoredReplay): Promise<void> {
    const { database, revisions, log } = this.#options
    const attempt: ReplayAttempt = { id: replay.id, attempt: replay.attempt }
    const newest = await revisions.newest()
    if (!newest) return void (await this.#fail(attempt, 'the stored revisions do not verify'))
    const millis = replay.officer === null ? PROPOSAL_MILLIS : ASKED_MILLIS
    const running = replayAside(database.url, { ...attempt, chain: newest.chain, millis })
    this.#running = running
    // The stop may have come while it was begun.
    if (this.#stopping.signal.aborted) await running.stop()
    const beating = this.#beat(attempt, running)
    try {
      await running.ended
      if (this.#stopping.signal.aborted) await this.#store.giveBack(attempt)
      else await this.#fail(attempt, 'it ended too early')
    } catch (thrown) {
      log.error('a replay broke', { replay: replay.id, ...describe(thrown) })
      const isTooLarge = (thrown as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
      await this.#fail(attempt, isTooLarge ? 'it takes too much memory' : 'it broke: see the operations log')
    } finally {
      clearInterval(beating)
      this.#running = null
    }
  }

  /** Somebody has cancelled it, or taken it over, where nobody hears that this process is alive. */
  #beat(attempt: ReplayAttempt, running: RunningReplay): NodeJS.Timeout {
    return setInterval(() => {
      void this.#store.beat(attempt).then(
        isOurs => (isOurs ? undefined : running.stop()),
        () => undefined,
      )
    }, BEAT_MILLIS)
  }

  /** Nothing where it has ended: of an end only the first counts. */
  #fail(attempt: ReplayAttempt, why: string): Promise<boolean> {
    return this.#store.end(attempt, { state: 'failed', report: null, why })
  }
}
