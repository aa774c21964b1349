import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type GatewayId, type LaneName, newLaneName } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import { type Database } from '../../edge/postgres/database.ts'
import { holdLane, type Hold } from '../../edge/postgres/lane-hold.ts'
import { insertLane, setLaneState } from '../../edge/postgres/lanes.ts'
import type { PostgresLaneStore } from '../../edge/postgres/lane-store.ts'
import type { AuditLog, Receipt } from '../../exchange/ports.ts'
import { initialCheckpoint, originOf } from '../../log/checkpoint.ts'
import { EMPTY_ROOT } from '../../log/hash.ts'
import type { Lane } from '../../log/lane.ts'
import type { Death } from '../../log/lane-options.ts'
import type { HeadKeeper } from '../../log/lane-store.ts'
import { ed25519Signer, type Signer } from '../../log/signed-note.ts'
import { openLane } from '../../log/open-lane.ts'
import type { Writer } from '../../record/exchange-record.ts'

export interface DataLaneOptions {
  readonly database: Database
  readonly store: PostgresLaneStore
  readonly heads: HeadKeeper
  readonly gateway: GatewayId
  readonly software: string
  readonly clock: () => Instant
  /** Asks the writer of the control lane to look for new lanes now. */
  readonly announce: () => void
  readonly onBatch: (size: number, millis: number) => void
  /** Whether our clock can be relied on: nothing is signed at a time that nobody knows. */
  readonly maySign: () => boolean
  readonly onDeath: (lane: LaneName, why: string) => void
}

interface Open {
  readonly lane: Lane
  readonly hold: Hold
  readonly writer: Writer
}

/** How often a new lane looks whether the control lane holds its key yet. */
const ENDORSEMENT_POLL_MILLIS = 50
const REOPEN_MILLIS = 500

/**
 * The lane of this process. Its key lives in memory and nowhere else: nobody can go on with it once the process has gone.
 * A lane that dies is followed by a new one; until that is endorsed nothing is recorded, and so nothing crosses.
 */
export class DataLane implements AuditLog {
  readonly #options: DataLaneOptions
  #open: Open | null = null
  #opening: Promise<void> = Promise.resolve()
  #closing = false
  #waiting = false
  #lastWriter: Writer

  constructor(options: DataLaneOptions) {
    this.#options = options
    this.#lastWriter = { gateway: options.gateway, lane: newLaneName(options.gateway), software: options.software }
  }

  get writer(): Writer {
    return this.#lastWriter
  }

  /** Its lane is there, and the control lane does not hold its key yet. */
  get isWaiting(): boolean {
    return this.#waiting
  }

  get isOpen(): boolean {
    return this.#open !== null
  }

  async append(leaf: Uint8Array): Promise<Receipt> {
    const open = this.#open
    if (!open) throw new Error('no lane is open')
    if (!this.#options.maySign()) throw new Error('the clock cannot be relied on: nothing is signed')
    const committed = await open.lane.append(leaf)
    return { ...committed, lane: open.writer.lane }
  }

  /** Opens a lane, trying again until it succeeds or `close` is called. */
  open(onFailure: (thrown: unknown) => void): Promise<void> {
    this.#opening = this.#openAgain(onFailure)
    return this.#opening
  }

  async #openAgain(onFailure: (thrown: unknown) => void): Promise<void> {
    while (!this.#closing && !this.#open) {
      try {
        await this.#openOne()
      } catch (thrown) {
        if (this.#closing) return
        onFailure(thrown)
        await sleep(REOPEN_MILLIS)
      }
    }
  }

  /** Everything appended is committed; then the lane is handed to the keeper of the control lane, who seals it. */
  async close(): Promise<void> {
    this.#closing = true
    await this.#opening
    const open = this.#open
    this.#open = null
    if (!open) return
    await open.lane.close()
    await this.#giveUp(open)
  }

  async #openOne(): Promise<void> {
    const { database, gateway } = this.#options
    const name = newLaneName(gateway)
    const { privateKey } = generateKeyPairSync('ed25519')
    const signer = ed25519Signer(originOf(name), privateKey)
    const hold = await holdLane(database, name)
    if (!hold) throw new Error(`lane ${name} is held by another process`)
    try {
      await this.#openHeld(name, signer, hold)
    } catch (thrown) {
      // Without its owner the keeper of the control lane seals it, if it has a row.
      await this.#letGo(name, hold)
      throw thrown
    }
  }

  async #openHeld(name: LaneName, signer: Signer, hold: Hold): Promise<void> {
    const { database, store, heads, gateway, software, clock, announce, onBatch } = this.#options
    const checkpoint = initialCheckpoint(name, signer)
    await insertLane(database, {
      name,
      gateway,
      kind: 'data',
      state: 'opening',
      publicKey: signer.publicKey,
      root: EMPTY_ROOT,
      checkpoint,
    })
    announce()
    await this.#endorsed(name)
    const opened = await openLane({
      name,
      signer,
      store,
      heads,
      clock,
      batchObserver: onBatch,
      onDead: death => this.#died(name, death),
    })
    if (!opened.ok) throw new Error(`lane ${name}: ${opened.error.reason}: ${opened.error.detail}`)
    this.#lastWriter = { gateway, lane: name, software }
    this.#open = { lane: opened.value, hold, writer: this.#lastWriter }
    void hold.lost.then(reason => this.#lostHold(name, reason))
  }

  async #endorsed(name: LaneName): Promise<void> {
    this.#waiting = true
    try {
      while (!this.#closing) {
        const head = await this.#options.store.readHead(name)
        if (head?.state === 'open') return
        if (head?.state !== 'opening') throw new Error(`lane ${name} was sealed before it was opened`)
        await sleep(ENDORSEMENT_POLL_MILLIS)
      }
      throw new Error('closing')
    } finally {
      this.#waiting = false
    }
  }

  #died(name: LaneName, { reason, detail }: Death): void {
    const open = this.#open
    if (open?.writer.lane !== name) return
    this.#open = null
    this.#options.onDeath(name, `${reason}: ${detail}`)
    void this.#giveUp(open).catch(() => undefined)
  }

  /** Another process may seal the lane from now on: its commits fail then, and nothing else is at stake. */
  #lostHold(name: LaneName, reason: Error | null): void {
    const open = this.#open
    if (open?.writer.lane !== name || this.#closing) return
    this.#open = null
    this.#options.onDeath(name, `ownership lost: ${reason?.message ?? 'the connection ended'}`)
    void open.lane.close().then(() => this.#letGo(name, open.hold))
  }

  async #giveUp({ writer, hold }: Open): Promise<void> {
    await setLaneState(this.#options.database, writer.lane, 'open', 'sealing').catch(() => false)
    await this.#letGo(writer.lane, hold)
  }

  async #letGo(name: LaneName, hold: Hold): Promise<void> {
    await hold.release().catch(() => undefined)
    await this.#options.store.closeLane(name).catch(() => undefined)
  }
}
