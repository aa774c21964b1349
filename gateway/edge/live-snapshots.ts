import { performance } from 'node:perf_hooks'
import type { Digest } from '../domain/digest.ts'
import type { Instant } from '../domain/instant.ts'
import { GENESIS } from '../domain/revision-number.ts'
import { Fault } from '../problems/fault.ts'
import type { Snapshots } from '../exchange/ports.ts'
import type { StoredRevision } from '../snapshot/revision-text.ts'
import { compileSnapshot, type Snapshot } from '../snapshot/snapshot.ts'
import { verifyGenesis, verifyNext, type RevisionRefusal, type VerifiedRevision } from '../snapshot/verify-revision.ts'
import type { LocalStateFile } from './local-state.ts'

/** A newer revision that cannot be obeyed stops exchanges after this time: serving an old policy quietly would let anyone block a
 *  revocation by damaging its successor. */
const GRACE_MILLIS = 60_000
/** While it cannot be known whether the snapshot is the newest: without exchanges nobody else would ask again. */
const RETRY_MILLIS = 1_000

export interface RevisionReader {
  newest(): Promise<number>
  /** Revisions [from, to] in order. */
  read(from: number, to: number): Promise<readonly StoredRevision[]>
}

export interface LiveSnapshotOptions {
  readonly now: () => Instant
  readonly revisions: RevisionReader
  readonly state: LocalStateFile
  /** Told once per revision that cannot be obeyed. */
  readonly onRefused: (number: number, refusal: RevisionRefusal) => void
  /** Told after each swap. */
  readonly onLoaded: (snapshot: Snapshot) => void
  /** Told of each revision that verified, in order, before it is obeyed. */
  readonly onVerified: (verified: VerifiedRevision) => void
  /** 60,000 unless told. */
  readonly graceMillis?: number
  /** 1,000 unless told. */
  readonly retryMillis?: number
}

/** The snapshot that the data plane obeys, kept at the newest revision that verifies. */
export class LiveSnapshots implements Snapshots {
  readonly #options: LiveSnapshotOptions
  #verified: VerifiedRevision | null = null
  #snapshot: Snapshot | null = null
  #stuckSince: number | null = null
  #refusedNumber = -1
  #loading: Promise<void> | null = null
  #retry: NodeJS.Timeout | null = null

  readonly #graceMillis: number
  readonly #retryMillis: number

  constructor(options: LiveSnapshotOptions) {
    this.#options = options
    this.#graceMillis = options.graceMillis ?? GRACE_MILLIS
    this.#retryMillis = options.retryMillis ?? RETRY_MILLIS
  }

  /** The newest revision that verified here; its snapshot may be a moment behind. */
  get verified(): VerifiedRevision | null {
    return this.#verified
  }

  current(): Snapshot | null {
    const stuckTooLong = this.#stuckSince !== null && performance.now() - this.#stuckSince > this.#graceMillis
    return stuckTooLong ? null : this.#snapshot
  }

  async atLeast(revision: number | null): Promise<Snapshot | null> {
    const behind = (): boolean => revision === null || revision > (this.#snapshot?.revision ?? -1)
    // A load under way may have asked before the revision was there: so once more behind it.
    const underWay = this.#loading !== null
    if (behind()) await this.refresh().catch(() => this.#stick())
    if (underWay && behind()) await this.refresh().catch(() => this.#stick())
    return this.current()
  }

  /** Loads what is new. Rejects where the store cannot be read; then the present snapshot goes on for the grace period. */
  refresh(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = null))
    return this.#loading
  }

  /** The store could not be asked, or what it holds cannot be obeyed. */
  #stick(): void {
    this.#stuckSince ??= performance.now()
    this.#retry ??= setTimeout(() => {
      this.#retry = null
      if (this.#stuckSince !== null) void this.refresh().catch(() => this.#stick())
    }, this.#retryMillis).unref()
  }

  async #load(): Promise<void> {
    const { revisions } = this.#options
    const newest = await revisions.newest()
    const from = (this.#verified?.number ?? -1) + 1
    if (newest < from - 1)
      return this.#refuse(newest, { reason: 'chain-broken', detail: `revision ${from - 1} has gone from the store` })
    for (let number = from; number <= newest; number++) {
      const refusal = await this.#take(number)
      if (refusal === null) continue
      // What verified before it is obeyed all the same: it may be a revocation.
      this.#swap()
      return this.#refuse(number, refusal)
    }
    if (this.#swap()) this.#stuckSince = null
  }

  /** Verifies the next revision; null: it may be obeyed. */
  async #take(number: number): Promise<RevisionRefusal | null> {
    const [stored] = await this.#options.revisions.read(number, number)
    if (!stored) return { reason: 'chain-broken', detail: 'missing in the store' }
    const verified = this.#verify(stored)
    if (!verified.ok) return verified.error
    const { highest } = this.#options.state.state
    if (highest?.number === number && highest.digest !== verified.value.digest)
      return { reason: 'chain-broken', detail: `another revision ${number} (${highest.digest}) was obeyed here before` }
    this.#verified = verified.value
    this.#options.onVerified(verified.value)
    return null
  }

  #verify(stored: StoredRevision) {
    if (this.#verified) return verifyNext(stored, this.#verified, this.#options.now())
    const { genesis } = this.#options.state.state
    if (genesis === null) throw new Fault('policy-unavailable', `no genesis is pinned in ${this.#options.state.path}`)
    return verifyGenesis(stored, genesis)
  }

  /** False: what was verified is older than what was obeyed here before. */
  #swap(): boolean {
    const verified = this.#verified
    if (!verified) return true
    const highest = this.#options.state.state.highest
    if (highest && verified.number < highest.number) {
      this.#refuse(verified.number, {
        reason: 'chain-broken',
        detail: `revision ${highest.number} (${highest.digest}) was obeyed here before: the database has been put back`,
      })
      return false
    }
    if (this.#snapshot?.revision === verified.number) return true
    this.#snapshot = compileSnapshot(verified.configuration, verified.number, verified.digest, this.#snapshot)
    if (!highest || highest.number < verified.number) this.#remember(verified.number, verified.digest)
    this.#options.onLoaded(this.#snapshot)
    return true
  }

  #remember(number: number, digest: Digest): void {
    const { state } = this.#options
    state.write({ genesis: state.state.genesis ?? (number === GENESIS ? digest : null), highest: { number, digest } })
  }

  #refuse(number: number, refusal: RevisionRefusal): void {
    this.#stick()
    if (this.#refusedNumber === number) return
    this.#refusedNumber = number
    this.#options.onRefused(number, refusal)
  }
}
