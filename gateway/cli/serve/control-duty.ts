import { createPublicKey, type KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ControlLog, LaneRegister } from '../../control/ports.ts'
import { ControlKeeper, type RecordableRevision } from '../../control/keeper.ts'
import { CONTROL_LANE, type GatewayId, type LaneName } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { isOwnerGone, takeControl } from '../../edge/postgres/lane-hold.ts'
import { readLeaves, readLeavesStream } from '../../edge/postgres/lane-reads.ts'
import { insertLane, listLanes, setLaneState } from '../../edge/postgres/lanes.ts'
import type { PostgresLaneStore } from '../../edge/postgres/lane-store.ts'
import { initialCheckpoint, originOf } from '../../log/checkpoint.ts'
import { EMPTY_ROOT } from '../../log/hash.ts'
import type { Lane } from '../../log/lane.ts'
import type { HeadKeeper } from '../../log/lane-store.ts'
import { rawPublicKey } from '../../log/note-key.ts'
import { ed25519Signer } from '../../log/signed-note.ts'
import { recoverLane } from '../../log/open-lane.ts'
import type { Writer } from '../../record/exchange-record.ts'

export interface ControlDutyOptions {
  readonly database: Database
  readonly store: PostgresLaneStore
  readonly heads: HeadKeeper
  readonly key: KeyObject
  readonly gateway: GatewayId
  readonly software: string
  readonly clock: () => Instant
  readonly onDamage: (lane: LaneName, detail: string) => void
  readonly onSealed: (lane: LaneName, unresolved: number) => void
  readonly onFailure: (thrown: unknown) => void
}

/** How often dead lanes are looked for, and all lanes' heads recorded. */
const TICK_MILLIS = 1_000
const TICKS_BETWEEN_HEADS = 5
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
    await this.#attempt()
    this.#running = this.#run()
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
    if (!this.#keeper) await this.#takeOver()
    if (!this.#keeper) return
    try {
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
    await keeper.endorseLanes()
    await keeper.sealDeadLanes()
    if (tick % TICKS_BETWEEN_HEADS === 0) await keeper.recordHeads()
  }

  async #attempt(): Promise<void> {
    const { database, store, heads, key, clock } = this.#options
    const control = await takeControl(database)
    if (!control) return
    const signer = ed25519Signer(originOf(CONTROL_LANE), key)
    if (!control.head) await this.#found()
    const recovered = await recoverLane({ name: CONTROL_LANE, signer, store, heads, clock })
    if (!recovered.ok) {
      await control.hold.release()
      this.damage = `${recovered.error.reason}: ${recovered.error.detail}`
      this.#options.onDamage(CONTROL_LANE, this.damage)
      return
    }
    this.damage = null
    const lane = recovered.value
    this.#lane = lane
    this.#release = () => control.hold.release()
    const keeper = await ControlKeeper.start({
      log: this.#log(lane),
      register: registerOf(database),
      writer: this.#writer,
      now: clock,
      onDamage: this.#options.onDamage,
      onSealed: this.#options.onSealed,
    })
    if (!control.head)
      await keeper.record({
        kind: 'key',
        event: 'registered',
        use: 'control-lane',
        key: Buffer.from(rawPublicKey(createPublicKey(key))).toString('hex'),
      })
    await keeper.record({ kind: 'system', event: 'took-control', detail: this.#options.software })
    this.#keeper = keeper
    await this.#tick(keeper, 0)
  }

  async #found(): Promise<void> {
    const { database, gateway, key } = this.#options
    const signer = ed25519Signer(originOf(CONTROL_LANE), key)
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

  #log(lane: Lane): ControlLog {
    const { database } = this.#options
    return {
      // Appended in one go, so that they become one batch.
      append: async leaves => void (await Promise.all(leaves.map(leaf => lane.append(leaf)))),
      async *read() {
        for await (const { leaf } of readLeavesStream(database, CONTROL_LANE, 0, lane.size)) yield leaf
      },
    }
  }

  async #letGo(): Promise<void> {
    const lane = this.#lane
    const release = this.#release
    this.#keeper = null
    this.#lane = null
    this.#release = null
    await lane?.close().catch(() => undefined)
    await release?.()
  }
}

function registerOf(database: Database): LaneRegister {
  return {
    list: async states => (await listLanes(database, states)).filter(({ kind }) => kind === 'data'),
    setState: (lane, from, to) => setLaneState(database, lane, from, to),
    isOwnerGone: lane => isOwnerGone(database, lane),
    readLeaves: (lane, from, to) => readLeaves(database, lane, from, to),
  }
}
