import { setTimeout as sleep } from 'node:timers/promises'
import { effectiveSettings } from '../../configuration/effective-settings.ts'
import type { Witness } from '../../configuration/objects.ts'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { formatInstant, type Instant, instantOfMillis, millisOf } from '../../domain/instant.ts'
import { must } from '../../domain/result.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { insertCosignature } from '../../edge/postgres/cosignatures.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { insertConflict } from '../../edge/postgres/witness-events.ts'
import { type Asked, type Held, askWitness, type WitnessAnswered } from '../../edge/witness/ask-witness.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import { decodeBase64, encodeBase64 } from '../../log/base64.ts'
import { type Checkpoint, parseCheckpoint } from '../../log/checkpoint.ts'
import { parseCosignerKey } from '../../log/cosignature.ts'
import { sameHash } from '../../log/hash.ts'
import { tileHashReader } from '../../log/hash-reader.ts'
import { consistencyProof, verifyConsistency } from '../../log/proofs.ts'
import { widthOfTile } from '../../log/tiles.ts'
import type { LogSource, ShownLane } from '../../review/log-source.ts'
import { conflictText, type WitnessConflict } from '../../snapshot/recovery.ts'
import type { ControlDuty } from './control-duty.ts'
import { KEPT_HEAD } from './describe-conflict.ts'
import { recordWitnessEvents } from './record-witness-events.ts'
import type { WitnessWatch } from './witness-watch.ts'

export interface WitnessDutyOptions {
  readonly database: Database
  readonly source: LogSource
  readonly snapshots: Snapshots
  readonly watch: WitnessWatch
  /** The duty of the control lane: only whoever has it asks, so that witnesses see one log and not two views of it. */
  readonly control: Pick<ControlDuty, 'isOnDuty' | 'damage' | 'record'>
  /** The newest head of the control lane that this machine has kept. */
  readonly keptHead: () => string | null
  readonly now: () => Instant
  readonly log: OperationsLog
}

const TICK_MILLIS = 1_000
/** Heads are recorded every five seconds: no more often is there anything new. */
const LEAST_MILLIS = 5_000
/** A lane that stands still is cosigned again, so that its age tells whether the witnesses are there. */
const MOST_IDLE_MILLIS = 30_000

/**
 * Asks the witnesses for their word on the control lane: behind each heads record, and once in a while where nothing happens. It
 * signs nothing itself. A refusal that means another log is kept, told and recorded, and never taken back by this.
 */
export class WitnessDuty {
  readonly #options: WitnessDutyOptions
  readonly #asking = new Set<string>()
  /** Why each witness gave no word the last time it was asked. */
  readonly #failures = new Map<string, string>()
  /** When and up to where each witness was asked. */
  readonly #asked = new Map<string, { readonly at: number; readonly size: number; readonly key: string }>()
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #underWay: Promise<unknown> = Promise.resolve()
  #recording: Promise<void> | null = null

  constructor(options: WitnessDutyOptions) {
    this.#options = options
  }

  /** Asks once before it returns, so that a log that was put back is found before anything crosses. */
  async start(): Promise<void> {
    await this.#round()
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#underWay
  }

  /** Why witnesses gave no word when they were last asked. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await sleep(TICK_MILLIS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      // A slow witness does not keep the others waiting: each is asked again only behind its own answer.
      this.#underWay = Promise.all([this.#underWay, this.#round()])
    }
  }

  async #round(): Promise<void> {
    const { control, snapshots, source, watch, log } = this.#options
    if (!control.isOnDuty && !isPutBack(control)) return this.#asked.clear()
    try {
      await this.#record()
      const snapshot = snapshots.current()
      if (snapshot === null || (watch.witnesses().length === 0 && !isPutBack(control))) return
      const lane = await source.lane(CONTROL_LANE)
      if (lane === null) return
      // Nobody writes the lane then. What the witnesses say of it is asked all the same: people have to know.
      if (isPutBack(control)) await this.#refusedByOurselves()
      const { alertAfterMillis } = effectiveSettings(snapshot.configuration.settings).witnessing
      const idle = Math.min(MOST_IDLE_MILLIS, alertAfterMillis / 3)
      const due = watch.witnesses().filter(witness => this.#isDue(witness, lane.size, idle))
      await Promise.all(due.map(witness => this.#ask(witness, lane, snapshot.trust)))
    } catch (thrown) {
      log.warn('the witnesses cannot be asked', describe(thrown))
    }
  }

  /** One at a time: rounds overlap, and nothing shall be recorded twice. */
  #record(): Promise<void> {
    this.#recording ??= recordWitnessEvents(this.#options).finally(() => (this.#recording = null))
    return this.#recording
  }

  #isDue({ name, verifierKey, url }: Witness, size: number, idle: number): boolean {
    if (this.#asking.has(name)) return false
    const last = this.#asked.get(name)
    if (last === undefined || last.key !== `${url} ${verifierKey}`) return true
    const since = performance.now() - last.at
    return since >= (size > last.size ? Math.min(LEAST_MILLIS, idle) : idle)
  }

  async #ask(witness: Witness, lane: ShownLane, trust: readonly string[]): Promise<void> {
    const { now, watch, log } = this.#options
    const { name, url, verifierKey } = witness
    this.#asking.add(name)
    this.#asked.set(name, { at: performance.now(), size: lane.size, key: `${url} ${verifierKey}` })
    try {
      const asked = this.#askedOf(lane)
      const known = watch.words.find(word => word.witness === name)?.size ?? 0
      const verifier = must(parseCosignerKey(verifierKey))
      const answer = await askWitness({ name, url, verifier }, asked, known, trust, millisOf(now()) / 1000)
      await this.#take(witness, asked, answer)
    } catch (thrown) {
      log.warn('a witness could not be asked', { witness: name, ...describe(thrown) })
    } finally {
      this.#asking.delete(name)
    }
  }

  #askedOf(lane: ShownLane): Asked {
    const { source } = this.#options
    const { size } = lane
    const read = tileHashReader((level, index) => source.tile(lane, level, index, widthOfTile(level, index, size)))
    return {
      note: lane.checkpoint,
      checkpoint: must(parseCheckpoint(lane.checkpoint)),
      proofFrom: from => consistencyProof(from, size, read),
    }
  }

  async #take(witness: Witness, asked: Asked, answer: WitnessAnswered): Promise<void> {
    const { database, watch, log } = this.#options
    const { name } = witness
    if (answer.kind === 'cosigned') {
      const { checkpoint, time, line } = answer.cosigned
      await insertCosignature(database, { witness: name, size: checkpoint.size, time, checkpoint: asked.note, line })
      if (this.#failures.delete(name)) log.info('a witness cosigns again', { witness: name })
      return watch.poll()
    }
    const why =
      answer.kind === 'failed' ? answer.why : await this.#refused(witness, asked, answer.conflict, answer.held)
    if (why === null || this.#failures.get(name) === why) return
    this.#failures.set(name, why)
    log.warn('a witness has not cosigned', { witness: name, why })
  }

  /** A new conflict is raised here; null: it was raised. Otherwise why it is none, or none that is new. */
  async #refused({ name }: Witness, asked: Asked, kind: 'behind' | 'fork', held: Held): Promise<string | null> {
    const { watch, source } = this.#options
    // Whoever had the duty before may have asked about a newer head than we read.
    const newest = await source.lane(CONTROL_LANE)
    if (kind === 'behind' && (newest?.size ?? 0) >= held.size) return 'it was asked by another process meanwhile'
    if (watch.open.some(({ conflict }) => conflict.witness === name))
      return 'it holds another log: exchanges are stopped'
    if (await this.#isRecovered(name, held, asked)) return 'its people have not accepted the recovery yet'
    await this.#raise(name, kind, held, asked.checkpoint)
    return null
  }

  /** The head that this machine kept is not on the way to the stored one: the lane is not written any more, until two officers say from where. */
  async #refusedByOurselves(): Promise<void> {
    const { watch, keptHead, source, control } = this.#options
    // The kept head before the stored one: the lane may be taken up again meanwhile, and then both move.
    const note = keptHead()
    const kept = parseCheckpoint(note ?? '')
    const lane = await source.lane(CONTROL_LANE)
    if (!kept.ok || lane === null) return
    const { size, root } = kept.value
    const asked = this.#askedOf(lane)
    // Two officers have ended this one already, and the lane is about to be taken up again.
    const isRecovered = await this.#isRecovered(KEPT_HEAD, { size, root, evidence: note }, asked)
    const isSame = size === lane.size && sameHash(root, asked.checkpoint.root)
    if (isRecovered || isSame || !isPutBack(control)) return
    if (watch.open.some(({ conflict }) => conflict.witness === KEPT_HEAD)) return
    await this.#raise(KEPT_HEAD, size > lane.size ? 'behind' : 'fork', { size, root, evidence: note }, asked.checkpoint)
  }

  /** Kept on this machine first, then told to the others; the control lane follows when it can be written. */
  async #raise(
    witness: string,
    kind: 'behind' | 'fork',
    held: Held,
    ours: Pick<Checkpoint, 'size' | 'root'>,
  ): Promise<void> {
    const { database, watch, now } = this.#options
    const conflict: WitnessConflict = {
      v: 1,
      witness,
      kind,
      held: { size: held.size, root: held.root && encodeBase64(held.root) },
      ours: { size: ours.size, root: encodeBase64(ours.root) },
      evidence: held.evidence,
      seenAt: formatInstant(now()),
    }
    const text = conflictText(conflict)
    watch.noteConflict(text)
    await insertConflict(database, text)
    await watch.poll()
    await this.#record()
  }

  /** Whether two officers have ended this very conflict, and what is here goes on from where they said. */
  async #isRecovered(witness: string, held: Held, { checkpoint, proofFrom }: Asked): Promise<boolean> {
    for (const { recovery } of this.#options.watch.recovered) {
      if (!recovery.conflicts.some(ended => ended.witness === witness && isSameTree(ended.held, held))) continue
      const { size, root } = recovery.goesOnFrom
      const from = decodeBase64(root)
      if (from === null || size > checkpoint.size) continue
      if (verifyConsistency(size, checkpoint.size, from, checkpoint.root, await proofFrom(size))) return true
    }
    return false
  }
}

/** A root that somebody does not tell is none that differs. */
const isSameTree = (ended: { readonly size: number; readonly root: string | null }, { size, root }: Held): boolean =>
  ended.size === size && (ended.root === null || root === null || ended.root === encodeBase64(root))

/** The stored control lane is not what this machine kept of it, and is not written. */
const isPutBack = ({ damage }: Pick<ControlDuty, 'damage'>): boolean => /^(?:head-behind|fork):/.test(damage ?? '')

/** Seconds since each configured witness's newest word. */
export function agesOf(watch: WitnessWatch, now: Instant): readonly (readonly [string, number])[] {
  return watch.words.map(({ witness, time }) => [
    witness,
    Math.max(0, (millisOf(now) - millisOf(instantOfMillis(time * 1000))) / 1000),
  ])
}
