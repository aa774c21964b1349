import { setTimeout as sleep } from 'node:timers/promises'
import { effectiveSettings } from '../../configuration/effective-settings.ts'
import type { Witness } from '../../configuration/objects.ts'
import type { Digest } from '../../domain/digest.ts'
import { formatInstant, type Instant, instantOfMillis, millisOf } from '../../domain/instant.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { newestCosignatures, type StoredCosignature } from '../../edge/postgres/cosignatures.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readWitnessEvents, type WitnessEvent } from '../../edge/postgres/witness-events.ts'
import type { WitnessMemory } from '../../edge/witness/witness-memory.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import { originOf } from '../../log/checkpoint.ts'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { parseCosignerKey, verifyCosignature } from '../../log/cosignature.ts'
import { findQuorum, type Quorum, type WitnessWord } from '../../log/quorum.ts'
import type { Recovered } from '../../snapshot/recovery.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { ConflictBook, type OpenConflict } from './conflict-book.ts'
import { describeConflict } from './describe-conflict.ts'

export interface WitnessWatchOptions {
  readonly database: Database
  readonly snapshots: Snapshots
  readonly memory: WitnessMemory
  /** Digest of the pinned genesis. */
  readonly genesis: () => Digest | null
  readonly now: () => Instant
  readonly log: OperationsLog
}

const POLL_MILLIS = 1_000
/** A witness's clock may be behind ours by this when it is told whether its word is from before our start. */
const START_TOLERANCE_MILLIS = 10_000
/** A word from further ahead is none: it would count as new for as long as it lies ahead. */
const AHEAD_TOLERANCE_MILLIS = 60_000

/**
 * What every process knows of the witnesses: whose cosignatures are how old, and whether one of them holds another log. It believes
 * signatures, and neither the database nor its own memory further than that. `halted` is why nothing may cross.
 */
export class WitnessWatch {
  readonly #options: WitnessWatchOptions
  readonly #startedAt: number
  #words: readonly WitnessWord[] = []
  readonly #book: ConflictBook
  /** By line: verifying the same word each second would be for nothing. */
  readonly #verified = new Map<string, WitnessWord | null>()
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #failing = false

  constructor(options: WitnessWatchOptions) {
    this.#options = options
    this.#startedAt = millisOf(options.now())
    this.#book = new ConflictBook({
      ...options,
      officers: () => options.snapshots.current()?.configuration.officers ?? [],
    })
  }

  async start(): Promise<void> {
    await this.poll()
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** Looks now. Never rejects: what cannot be read grows old, and that stops exchanges in time. */
  async poll(): Promise<void> {
    const { database, log } = this.#options
    const witnesses = this.witnesses()
    try {
      const names = witnesses.map(({ name }) => name)
      const stored = names.length === 0 ? [] : await newestCosignatures(database, names)
      this.#words = stored.flatMap(row => this.#verify(row, witnesses) ?? [])
      this.#book.take(await readWitnessEvents(database))
      this.#failing = false
    } catch (thrown) {
      if (!this.#failing) log.warn('what witnesses said cannot be read', describe(thrown))
      this.#failing = true
    }
  }

  witnesses(): readonly Witness[] {
    return this.#options.snapshots.current()?.configuration.witnesses ?? []
  }

  /** Conflicts that stop exchanges. */
  get open(): readonly OpenConflict[] {
    return this.#book.open
  }

  /** Recoveries whose signatures held here. */
  get recovered(): readonly Recovered[] {
    return this.#book.recovered
  }

  /** What the table says became of conflicts. */
  get events(): readonly WitnessEvent[] {
    return this.#book.events
  }

  /** The newest word of each witness, checked. */
  get words(): readonly WitnessWord[] {
    return this.#words
  }

  /** From now on, whatever the database says. */
  noteConflict(text: string): void {
    this.#book.note(text)
  }

  /** Why nothing may cross; null: nothing stands in the way. */
  halted(): 'unwitnessed' | null {
    if (this.#book.open.length > 0) return 'unwitnessed'
    const snapshot = this.#options.snapshots.current()
    if (snapshot === null || settingsOf(snapshot).required === 0) return null
    const quorum = this.quorum()
    if (quorum === null || quorum.time * 1000 + START_TOLERANCE_MILLIS < this.#startedAt) return 'unwitnessed'
    return this.#ageOf(quorum) > settingsOf(snapshot).stopAfterMillis ? 'unwitnessed' : null
  }

  /** Null without witnesses, or without enough words of theirs. */
  quorum(): Quorum | null {
    const snapshot = this.#options.snapshots.current()
    const witnesses = this.witnesses()
    if (snapshot === null || witnesses.length === 0) return null
    const { required } = settingsOf(snapshot)
    const outside = snapshot.mode === 'production' && required > 0 ? namesOf(witnesses.filter(w => w.outside)) : null
    const configured = namesOf(witnesses)
    const horizon = millisOf(this.#options.now()) + AHEAD_TOLERANCE_MILLIS
    const words = this.#words.filter(word => configured.has(word.witness) && word.time * 1000 <= horizon)
    return findQuorum(words, { required, outside })
  }

  /** Seconds since enough witnesses had last seen the log; since the start where they never have; -1 without witnesses. */
  uncosignedSeconds(): number {
    if (this.witnesses().length === 0) return -1
    const quorum = this.quorum()
    const age = quorum === null ? millisOf(this.#options.now()) - this.#startedAt : this.#ageOf(quorum)
    return Math.max(0, age / 1000)
  }

  /** Whether it is so long that somebody has to look. */
  isOverdue(): boolean {
    const snapshot = this.#options.snapshots.current()
    if (snapshot === null || this.witnesses().length === 0 || settingsOf(snapshot).required === 0) return false
    return this.uncosignedSeconds() * 1000 > settingsOf(snapshot).alertAfterMillis
  }

  /** For operators, in words. */
  describe(): string {
    const snapshot = this.#options.snapshots.current()
    const witnesses = this.witnesses()
    const [conflict] = this.#book.open
    if (conflict)
      return `stopped: ${describeConflict(conflict.conflict)}: see docs/witnesses.md, "When a witness refuses"`
    if (snapshot === null || witnesses.length === 0) return 'none configured'
    const { required } = settingsOf(snapshot)
    const quorum = this.quorum()
    const count = `${required} of ${witnesses.length} required`
    if (quorum === null) return `un-cosigned: not enough of them have answered yet (${count})`
    const since = formatInstant(instantOfMillis(quorum.time * 1000))
    return this.isOverdue() ? `un-cosigned since ${since} (${count})` : `cosigned at ${since} (${count})`
  }

  #ageOf({ time }: Quorum): number {
    return millisOf(this.#options.now()) - time * 1000
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await sleep(POLL_MILLIS, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) await this.poll()
    }
  }

  #verify({ witness, checkpoint, line }: StoredCosignature, witnesses: readonly Witness[]): WitnessWord | null {
    const key = witnesses.find(({ name }) => name === witness)?.verifierKey ?? ''
    const known = `${key} ${line} ${checkpoint}`
    const before = this.#verified.get(known)
    if (before !== undefined) return before
    if (this.#verified.size > 100) this.#verified.clear()
    const verifier = parseCosignerKey(key)
    const cosigned = verifier.ok ? verifyCosignature(`${checkpoint}${line}`, verifier.value) : verifier
    const isOurs = cosigned.ok && cosigned.value.checkpoint.origin === originOf(CONTROL_LANE)
    const word = isOurs ? { witness, time: cosigned.value.time, size: cosigned.value.checkpoint.size } : null
    this.#verified.set(known, word)
    return word
  }
}

const settingsOf = (snapshot: Snapshot) => effectiveSettings(snapshot.configuration.settings).witnessing

const namesOf = (witnesses: readonly Witness[]): ReadonlySet<string> => new Set(witnesses.map(({ name }) => name))
