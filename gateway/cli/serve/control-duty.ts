import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownKey } from '../../control/key-book.ts'
import type { ControlLog } from '../../control/ports.ts'
import { ControlKeeper, type RecordableRevision } from '../../control/keeper.ts'
import { CONTROL_LANE, type GatewayId, type LaneName } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import { err } from '../../domain/result.ts'
import type { ControlSigner } from '../../edge/keys/keyring.ts'
import type { KeptControlFile } from '../../edge/kept-control.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { takeControl } from '../../edge/postgres/lane-hold.ts'
import { insertLane } from '../../edge/postgres/lanes.ts'
import { readOfficerEvents } from '../../edge/postgres/officer-events.ts'
import type { PostgresLaneStore } from '../../edge/postgres/lane-store.ts'
import { initialCheckpoint } from '../../log/checkpoint.ts'
import { EMPTY_ROOT } from '../../log/hash.ts'
import type { Lane } from '../../log/lane.ts'
import type { HeadKeeper, StoredHead } from '../../log/lane-store.ts'
import { recoverLane } from '../../log/open-lane.ts'
import { keyOfSize } from '../../record/control-keys.ts'
import { type ControlEvent, controlLeaf } from '../../record/control-record.ts'
import type { Writer } from '../../record/exchange-record.ts'
import { ControlReading } from './control-reading.ts'
import { rawHex, signerOf } from './control-signer.ts'
import { registerOf } from './lane-register.ts'

/** The gateway's keys, as the duty needs them; they change while it runs. */
export interface DutyKeys {
  /** The lane's own, in the order in which they took over; the last one is to sign. */
  signers(): readonly ControlSigner[]
  /** All that the control lane tells of. */
  known(): readonly KnownKey[]
}

export interface ControlDutyOptions {
  readonly database: Database
  readonly store: PostgresLaneStore
  readonly heads: HeadKeeper
  /** What this machine has verified of the lane, so that a start need not read it all. */
  readonly kept: KeptControlFile
  readonly keys: DutyKeys
  readonly gateway: GatewayId
  readonly software: string
  readonly clock: () => Instant
  readonly onDamage: (lane: LaneName, detail: string) => void
  readonly onSealed: (lane: LaneName, unresolved: number) => void
  readonly onHandedOver: (key: string) => void
  readonly onFailure: (thrown: unknown) => void
  /** Before a stored head is continued: sets aside what this machine kept, where two officers signed that the lane goes on from that head. */
  readonly setAside?: (stored: StoredHead) => Promise<void>
  /** Whether our clock can be relied on: until then what there is to record waits. */
  readonly maySign: () => boolean
}

/** How often dead lanes are looked for, and all lanes' heads recorded. */
const TICK_MILLIS = 1_000
const TICKS_BETWEEN_HEADS = 5
const EVENTS_AT_ONCE = 200
/** Behind a failure: exchanges wait until their lane is endorsed. */
const RETRY_MILLIS = 500
/** How long a process that leaves waits for its lane to be sealed: a few ticks of the one on duty. */
const TAKE_OVER_MILLIS = 4_000
const TAKE_OVER_POLL_MILLIS = 100

/**
 * The duty of writing the control lane: one process of all that share a database has it at a time; the others wait to take over.
 */
export class ControlDuty {
  readonly #options: ControlDutyOptions
  readonly #writer: Writer
  /** Every revision that verified here, the oldest first. */
  readonly #revisions: RecordableRevision[] = []
  #keeper: ControlKeeper | null = null
  #lane: Lane | null = null
  #reading: ControlReading | null = null
  #signer: ControlSigner | null = null
  #release: (() => Promise<void>) | null = null
  #stopping = false
  #running: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined
  /** Why this process cannot take the duty although nobody else has it. */
  damage: string | null = null

  constructor(options: ControlDutyOptions) {
    this.#options = options
    this.#writer = { gateway: options.gateway, lane: CONTROL_LANE, software: options.software }
  }

  get isOnDuty(): boolean {
    return this.#keeper !== null
  }

  /** Tries to take the duty now, and goes on trying and ticking behind it. */
  async start(): Promise<void> {
    if (this.#options.maySign()) await this.#attempt()
    this.#running = this.#run()
  }

  /** Records these if this process has the duty; false: it has not, and nothing was recorded. Durable once resolved. */
  async record(...events: readonly ControlEvent[]): Promise<boolean> {
    const keeper = this.#options.maySign() ? this.#keeper : null
    if (keeper) await keeper.record(...events)
    return keeper !== null
  }

  /** Looks for new lanes without waiting for the next tick. */
  announce(): void {
    this.#wake()
  }

  /** Records this revision, now or when this process takes the duty. In order. */
  addRevision(revision: RecordableRevision): void {
    this.#revisions.push(revision)
    this.#wake()
  }

  /**
   * Seals what is to be sealed, records the last heads and lets the duty go. Nobody may have it at this moment, because the process
   * that had it has just ended: then this one takes it, so that the last to leave seals all lanes, its own too.
   */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake()
    await this.#running
    // Whoever comes next seals our lane, at a time that can be relied on.
    if (!this.#options.maySign()) return this.#letGo()
    if (!this.#keeper) await this.#takeOver()
    if (!this.#keeper) return
    try {
      await this.#recordOfficerEvents(this.#keeper)
      await this.#keeper.sealDeadLanes()
      await this.#keeper.recordHeads()
      await this.#keeper.record({ kind: 'system', event: 'stopped', detail: this.#options.software })
    } finally {
      await this.#letGo()
    }
  }

  async #run(): Promise<void> {
    let failed = false
    for (let tick = 0; !this.#stopping; tick++) {
      const woken = new Promise<void>(resolve => (this.#wake = resolve))
      await (failed ? sleep(RETRY_MILLIS) : Promise.race([sleep(TICK_MILLIS), woken]))
      if (this.#stopping) return
      if (!this.#options.maySign()) continue
      try {
        await (this.#keeper ? this.#tick(this.#keeper, tick) : this.#attempt())
        failed = false
      } catch (thrown) {
        this.#options.onFailure(thrown)
        await this.#letGo().catch(() => undefined)
        failed = true
      }
    }
  }

  /**
   * While there are lanes without an owner: whoever has the duty may be leaving too, behind its last look at them. A store out of
   * reach leaves them to whoever starts next.
   */
  async #takeOver(): Promise<void> {
    const until = performance.now() + TAKE_OVER_MILLIS
    try {
      await this.#attempt()
      while (!this.#keeper && performance.now() < until && (await this.#isLaneDead())) {
        await sleep(TAKE_OVER_POLL_MILLIS)
        await this.#attempt()
      }
    } catch (thrown) {
      this.#options.onFailure(thrown)
      await this.#letGo().catch(() => undefined)
    }
  }

  async #isLaneDead(): Promise<boolean> {
    const register = registerOf(this.#options.database)
    for (const { name } of await register.list(['opening', 'open', 'sealing']))
      if (await register.isOwnerGone(name)) return true
    return false
  }

  async #tick(keeper: ControlKeeper, tick: number): Promise<void> {
    for (const revision of this.#revisions) await keeper.recordRevision(revision)
    await this.#recordOfficerEvents(keeper)
    await keeper.endorseLanes()
    await keeper.recordKeys(this.#options.keys.known())
    await this.#handOver()
    await keeper.sealDeadLanes()
    if (tick % TICKS_BETWEEN_HEADS === 0) await keeper.recordHeads()
  }

  async #recordOfficerEvents(keeper: ControlKeeper): Promise<void> {
    for (;;) {
      const waiting = await readOfficerEvents(this.#options.database, keeper.recordedEvent, EVENTS_AT_ONCE)
      if (waiting.length > 0) await keeper.recordOfficerEvents(waiting)
      if (waiting.length < EVENTS_AT_ONCE) return
    }
  }

  async #attempt(): Promise<void> {
    const { database, store, heads, kept, keys, clock } = this.#options
    await this.#letGo()
    const control = await takeControl(database)
    if (!control) return
    this.#release = () => control.hold.release()
    const signers = keys.signers()
    if (control.head) await this.#options.setAside?.(control.head)
    else await this.#found(signers)
    const reading = await ControlReading.read(database, kept, heads, control.head?.size ?? 0)
    const epochs = reading.epochs()
    const signer = control.head ? signerOf(epochs, control.head, signers) : signers.at(-1)
    const recovered = signer
      ? await recoverLane({
          name: CONTROL_LANE,
          signer: signer.signer,
          ...(epochs.length > 0 ? { keyOf: keyOfSize(epochs) } : {}),
          store,
          heads,
          ...(reading.proven ? { proven: reading.proven } : {}),
          clock,
        })
      : err({ reason: 'unsigned-head' as const, detail: 'its key is none of those in KEYS_DIR' })
    if (!recovered.ok) {
      await this.#letGo()
      this.damage = `${recovered.error.reason}: ${recovered.error.detail}`
      this.#options.onDamage(CONTROL_LANE, this.damage)
      return
    }
    this.damage = null
    this.#lane = recovered.value
    this.#reading = reading
    reading.keep(recovered.value)
    this.#signer = signer ?? null
    const keeper = await ControlKeeper.start({
      log: this.#log(),
      register: registerOf(database),
      writer: this.#writer,
      now: clock,
      onDamage: this.#options.onDamage,
      onSealed: this.#options.onSealed,
    })
    // The lane's own key first: its history begins with it.
    await keeper.recordKeys(keys.known().filter(({ use }) => use === 'control-lane'))
    await keeper.record({ kind: 'system', event: 'took-control', detail: this.#options.software })
    this.#keeper = keeper
    await this.#tick(keeper, 0)
  }

  async #found(signers: readonly ControlSigner[]): Promise<void> {
    const { database, gateway } = this.#options
    const signer = signers.at(-1)?.signer
    if (!signer) throw new Error('there is no key for the control lane')
    const checkpoint = initialCheckpoint(CONTROL_LANE, signer)
    await insertLane(database, {
      name: CONTROL_LANE,
      gateway,
      kind: 'control',
      state: 'open',
      publicKey: signer.publicKey,
      root: EMPTY_ROOT,
      checkpoint,
    })
  }

  /**
   * Hands the lane to each key that has taken effect since. The old key has named the new one (`registered`, recorded before) and
   * signs nothing any more; the first leaf under the new one carries its last word. A crash before that leaf is committed leaves the
   * lane with the old key, one behind it with the new: the next attempt reads which from the lane itself.
   */
  async #handOver(): Promise<void> {
    const { keys, clock } = this.#options
    const signers = keys.signers()
    const present = signers.findIndex(({ key }) => key.id === this.#signer?.key.id)
    if (present < 0) return
    for (const next of signers.slice(present + 1)) {
      const old = this.#lane
      const known = keys.known().find(({ use, key }) => use === 'control-lane' && key === rawHex(next))
      if (!old || !known) return
      await old.close()
      // The turn of the event loop in which a lane ends behind its last answer.
      await new Promise(resolve => setImmediate(resolve))
      const lane = old.continueWith(next.signer)
      this.#lane = lane
      this.#signer = next
      const { use, key, algorithm, place, publicKey } = known
      const event = {
        kind: 'key',
        event: 'activated',
        use,
        key,
        algorithm,
        place,
        ...(publicKey ? { publicKey } : {}),
      } as const
      await this.#append(lane, controlLeaf(clock(), { ...event, checkpoint: old.lastCheckpoint }, this.#writer))
      this.#options.onHandedOver(next.key.id)
    }
  }

  /** Always of the lane as it is now: it changes with its key. */
  #log(): ControlLog {
    const present = (): Lane => {
      if (!this.#lane) throw new Error('the control lane was let go')
      return this.#lane
    }
    return {
      // Appended in one go, so that they become one batch.
      append: async leaves => {
        const lane = present()
        await Promise.all(leaves.map(leaf => this.#append(lane, leaf)))
        this.#reading?.keep(lane)
      },
      read: () => this.#reading?.leaves.map(({ leaf }) => leaf) ?? [],
    }
  }

  async #append(lane: Lane, leaf: Uint8Array): Promise<void> {
    const { index } = await lane.append(leaf)
    this.#reading?.note(index, leaf)
  }

  async #letGo(): Promise<void> {
    const lane = this.#lane
    const reading = this.#reading
    const release = this.#release
    this.#keeper = null
    this.#lane = null
    this.#reading = null
    this.#signer = null
    this.#release = null
    await lane?.close().catch(() => undefined)
    if (lane) reading?.keep(lane, 1)
    await release?.()
  }
}
