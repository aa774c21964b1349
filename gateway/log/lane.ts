import type { LaneName } from '../domain/gateway-id.ts'
import { dayOf, type Instant, millisOf } from '../domain/instant.ts'
import { AuditUnavailable, type UnavailableReason } from './audit-unavailable.ts'
import { makeCheckpoint, originOf } from './checkpoint.ts'
import { MAX_LEAF_BYTES } from './entry-bundle.ts'
import { frameLeaf, hashFramed } from './hash.ts'
import type { Committed, Death, LaneCondition, LaneOptions } from './lane-options.ts'
import type { Batch } from './lane-store.ts'
import { type LaneHead, lookAtHead, type Sleep } from './look-at-head.ts'
import type { Signer } from './signed-note.ts'

/**
 * Leaves. At 100 rows an insert costs PostgreSQL about 12 µs a row against 200 for single rows: beyond that little is
 * gained, while each further row makes the first caller of the batch wait longer and more callers share one failure.
 */
export const MAX_BATCH = 200

/** A batch that fails this often will not succeed; a new lane, with a new key, may. */
const MOST_ATTEMPTS = 3

/** A tenth of the wait is exact enough, and spares a look at the clock for each append. */
const SWEEPS_PER_WAIT = 10

interface Waiting {
  readonly leaf: Uint8Array
  readonly hash: Uint8Array
  readonly resolve: (committed: Committed) => void
  readonly reject: (reason: AuditUnavailable) => void
  /** Number of the sweep after which it came. */
  readonly since: number
  settled: boolean
}

const pause: Sleep = millis => new Promise(resolve => setTimeout(resolve, millis))

/**
 * One lane with group commit: what waits becomes one transaction while the previous one is in flight. A caller goes on
 * only when its record is durable and the head that covers it is signed and kept. Made by openLane and recoverLane,
 * which have checked the head that it continues.
 */
export class Lane {
  readonly name: LaneName
  readonly #options: LaneOptions
  readonly #maxWaiting: number
  readonly #sweeper: NodeJS.Timeout
  #head: LaneHead
  #queue: Waiting[] = []
  #flying: readonly Waiting[] = []
  /** Appends without an answer. */
  #unanswered = 0
  #sweeps = 0
  #writing = false
  #inDoubt = false
  #closing = false
  #death: Death | null = null
  #drained: (() => void)[] = []

  constructor(options: LaneOptions, head: LaneHead) {
    if (options.signer.name !== originOf(options.name)) throw new TypeError('the signer is not named after the lane')
    this.name = options.name
    this.#options = options
    this.#maxWaiting = options.maxWaiting ?? 4096
    this.#head = head
    this.#sweeper = setInterval(() => this.#refuseOverdue(), (options.inDoubtMillis ?? 5000) / SWEEPS_PER_WAIT)
    this.#sweeper.unref()
  }

  /** Leaves committed. */
  get size(): number {
    return this.#head.frontier.size
  }

  get root(): Uint8Array {
    return this.#head.frontier.root
  }

  /** The newest checkpoint that is committed and kept. */
  get lastCheckpoint(): string {
    return this.#head.checkpoint
  }

  get state(): LaneCondition {
    if (this.#death) return 'dead'
    if (this.#closing) return this.#unanswered === 0 ? 'closed' : 'closing'
    return this.#inDoubt ? 'in-doubt' : 'open'
  }

  /**
   * Appends a copy of `leaf`. Resolves when it is durable; rejects with AuditUnavailable when that is not certain, at
   * the latest after `inDoubtMillis`. Throws a RangeError for more than 65,535 bytes: records are bounded before.
   */
  append(leaf: Uint8Array): Promise<Committed> {
    if (leaf.length > MAX_LEAF_BYTES) throw new RangeError(`a leaf has at most ${MAX_LEAF_BYTES} bytes`)
    if (this.#death) return Promise.reject(this.#deathNotice(this.#death))
    if (this.#closing) return Promise.reject(new AuditUnavailable('closed', this.name))
    if (this.#queue.length >= this.#maxWaiting)
      return Promise.reject(new AuditUnavailable('too-many-waiting', `${this.#maxWaiting} records wait`))

    const framed = frameLeaf(leaf)
    const hash = hashFramed(framed)
    return new Promise((resolve, reject) => {
      this.#queue.push({ leaf: framed.subarray(1), hash, resolve, reject, since: this.#sweeps, settled: false })
      this.#unanswered++
      if (this.#writing) return
      this.#writing = true
      // After this turn of the event loop, so that what arrived together is committed together.
      setImmediate(() => void this.#write())
    })
  }

  /** Takes no more appends; resolves when each earlier one has its answer. */
  close(): Promise<void> {
    this.#closing = true
    return new Promise(resolve => {
      this.#drained.push(resolve)
      this.#noteDrained()
    })
  }

  /**
   * The lane under another key, from where this one was closed. Its first leaf has to tell of the new key: whoever continues a lane
   * appends it before anyone else can append. A TypeError unless this one is closed with everything it took committed or refused.
   */
  continueWith(signer: Signer): Lane {
    if (this.state !== 'closed' || this.#writing) throw new TypeError(`${this.name} is not closed`)
    return new Lane({ ...this.#options, signer }, this.#head)
  }

  async #write(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !this.#death) {
        this.#flying = this.#queue.splice(0, MAX_BATCH)
        await this.#commit(this.#flying)
        this.#flying = []
      }
    } catch (cause) {
      this.#die({ reason: 'broken', detail: 'unexpected exception', cause })
    }
    this.#writing = false
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { clock, batchObserver } = this.#options
    const from = this.#head
    const taken = clock()
    let to: LaneHead
    let commit: Batch
    try {
      ;({ to, commit } = this.#sign(batch, taken))
    } catch (cause) {
      return this.#refuse(batch, 'not-signed', 'the checkpoint could not be signed', cause)
    }

    const committed = await this.#commitOnce(commit, from, to)
    if (committed === null) return

    // A crash before this line leaves a stored head ahead of the kept one, and nobody who was told of it: harmless.
    try {
      this.#options.heads.keep(this.name, to.checkpoint)
    } catch (cause) {
      return this.#die({ reason: 'head-not-kept', detail: `the head at ${to.frontier.size} could not be kept`, cause })
    }
    this.#head = to
    this.#confirm(batch, from.frontier.size, to.checkpoint, committed.newestRevision)
    batchObserver?.(batch.length, millisOf(clock()) - millisOf(taken))
  }

  #sign(batch: readonly Waiting[], at: Instant): { readonly to: LaneHead; readonly commit: Batch } {
    const { frontier: before, epoch } = this.#head
    const { frontier, tiles } = before.append(batch.map(waiting => waiting.hash))
    const checkpoint = makeCheckpoint(this.name, frontier.size, frontier.root, this.#options.signer)
    const commit: Batch = {
      lane: this.name,
      from: { size: before.size, epoch },
      to: { size: frontier.size, root: frontier.root, checkpoint },
      day: dayOf(at),
      leaves: batch.map(waiting => waiting.leaf),
      tiles,
    }
    return { to: { frontier, checkpoint, epoch }, commit }
  }

  /**
   * Commits exactly once. After a failure only the head row knows whether it happened; where it did not, the very same batch
   * is committed again: its checkpoint is signed, and another root for its size must never be. Null: the lane is dead.
   */
  async #commitOnce(commit: Batch, from: LaneHead, to: LaneHead): Promise<{ newestRevision: number | null } | null> {
    const { store, sleep = pause } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        const { committed, newestRevision } = await store.commit(commit)
        if (committed) return { newestRevision }
        this.#die({ reason: 'fenced', detail: `the stored head is not at ${from.frontier.size} any more` })
        return null
      } catch (cause) {
        this.#inDoubt = true
        const verdict = await lookAtHead(store, this.name, from, to, sleep, () => this.state === 'closed')
        this.#inDoubt = false
        if (verdict === 'committed') return { newestRevision: null }
        if (verdict === 'not-committed' && attempt < MOST_ATTEMPTS) continue
        const sizes = `neither ${from.frontier.size} nor ${to.frontier.size}`
        this.#die(
          verdict === 'not-committed'
            ? { reason: 'not-committed', detail: `the store failed ${attempt} times`, cause }
            : { reason: 'head-disagrees', detail: `the stored head is ${sizes}`, cause },
        )
        return null
      }
    }
  }

  #confirm(batch: readonly Waiting[], first: number, checkpoint: string, newestRevision: number | null): void {
    let index = first
    for (const waiting of batch) {
      if (this.#settle(waiting)) waiting.resolve({ index, leafHash: waiting.hash, checkpoint, newestRevision })
      index++
    }
    this.#noteDrained()
  }

  #refuse(batch: readonly Waiting[], reason: UnavailableReason, detail: string, cause?: unknown): void {
    this.#refuseWith(batch, new AuditUnavailable(reason, detail, cause))
  }

  #refuseWith(batch: readonly Waiting[], refusal: AuditUnavailable): void {
    for (const waiting of batch) if (this.#settle(waiting)) waiting.reject(refusal)
    this.#noteDrained()
  }

  #settle(waiting: Waiting): boolean {
    if (waiting.settled) return false
    waiting.settled = true
    this.#unanswered--
    return true
  }

  /** Whether or not the store answers: nobody waits longer than `inDoubtMillis`. */
  #refuseOverdue(): void {
    this.#sweeps++
    if (this.#unanswered === 0) return
    const isOverdue = (waiting: Waiting): boolean => waiting.since + SWEEPS_PER_WAIT <= this.#sweeps
    const waitingStill = this.#queue.findIndex(waiting => !isOverdue(waiting))
    const overdue = this.#queue.splice(0, waitingStill < 0 ? this.#queue.length : waitingStill)
    overdue.push(...this.#flying.filter(isOverdue))
    if (overdue.length > 0) this.#refuse(overdue, 'waited-too-long', 'the store has not answered')
  }

  #die(death: Death): void {
    if (this.#death) return
    this.#death = death
    clearInterval(this.#sweeper)
    this.#refuseWith([...this.#flying, ...this.#queue.splice(0)], this.#deathNotice(death))
    this.#options.onDead?.(death)
  }

  #deathNotice(death: Death): AuditUnavailable {
    return new AuditUnavailable('dead', `${this.name} is ${death.reason}: ${death.detail}`, death.cause)
  }

  #noteDrained(): void {
    if (!this.#closing || this.#unanswered > 0) return
    clearInterval(this.#sweeper)
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
