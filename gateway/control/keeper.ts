import type { LaneName } from '../domain/gateway-id.ts'
import { formatInstant, type Instant } from '../domain/instant.ts'
import { verifyCheckpoint } from '../log/checkpoint.ts'
import { MissingLeaf } from '../log/missing-leaf.ts'
import { publicKeyOf } from '../log/note-key.ts'
import { type ControlEvent, controlLeaf, type LaneHead } from '../record/control-record.ts'
import type { Writer } from '../record/exchange-record.ts'
import { numberOf, readLeaf, type StoredRecord, textOf } from '../record/read-leaf.ts'
import type { VerifiedRevision } from '../snapshot/verify-revision.ts'
import { findOpenExchanges } from './find-open-exchanges.ts'
import { KeyBook, type KnownKey } from './key-book.ts'
import { readWaitingEvent } from '../record/read-waiting-event.ts'
import type { ControlLog, KnownLane, LaneRegister, WaitingEvent } from './ports.ts'

/** What the control lane says of a verified revision. */
export type RecordableRevision = Pick<VerifiedRevision, 'number' | 'digest' | 'previous' | 'officers'>

export interface KeeperOptions {
  readonly log: ControlLog
  readonly register: LaneRegister
  readonly writer: Writer
  readonly now: () => Instant
  /** A lane turned out to be damaged: for the operator, at once. */
  readonly onDamage: (lane: LaneName, detail: string) => void
  /** A dead lane was sealed with this many exchanges left open. */
  readonly onSealed: (lane: LaneName, unresolved: number) => void
}

/** A head takes up to 210 bytes, a record at most 65,535. */
const HEADS_PER_RECORD = 256

/**
 * What the one writer of the control lane does: endorses new lanes, seals dead ones, records all lanes' heads and every revision.
 * Each act is idempotent: what a crash left half done is found in the control lane or in the state of the lane's row, and the next
 * keeper goes on from there.
 */
export class ControlKeeper {
  readonly #options: KeeperOptions
  readonly #opened = new Set<string>()
  readonly #sealed = new Set<string>()
  /** Exchanges that are recorded as unresolved already: of a batch that a crash cut short. */
  readonly #unresolved = new Map<string, Set<string>>()
  readonly #recordedSizes = new Map<LaneName, number>()
  readonly #damaged = new Set<LaneName>()
  readonly #keys = new KeyBook()
  #recordedRevision = -1
  #recordedEvent = 0

  private constructor(options: KeeperOptions) {
    this.#options = options
  }

  /** Reads the control lane once, to know what is recorded already. */
  static async start(options: KeeperOptions): Promise<ControlKeeper> {
    const keeper = new ControlKeeper(options)
    for await (const leaf of options.log.read()) {
      const record = readLeaf(leaf)
      if (!record.ok) continue
      keeper.#remember(record.value)
    }
    return keeper
  }

  #remember(record: StoredRecord): void {
    this.#keys.remember(record)
    if (record.kind === 'revision') this.#recordedRevision = numberOf(record, 'number') ?? -1
    if (record.kind === 'unresolved') this.#rememberUnresolved(textOf(record, 'inLane'), textOf(record, 'exchange'))
    if (record.kind === 'officer' || record.kind === 'read' || record.kind === 'alert')
      this.#recordedEvent = numberOf(record, 'number') ?? this.#recordedEvent
    if (record.kind !== 'lane') return
    const opened = textOf(record, 'opened')
    if (opened) this.#opened.add(opened)
    const head = record.fields.head as { lane?: unknown } | null | undefined
    if (typeof head?.lane !== 'string') return
    this.#sealed.add(head.lane)
    this.#unresolved.delete(head.lane)
  }

  #rememberUnresolved(lane: string | null, exchange: string | null): void {
    if (lane === null || exchange === null) return
    const exchanges = this.#unresolved.get(lane)
    if (exchanges) exchanges.add(exchange)
    else this.#unresolved.set(lane, new Set([exchange]))
  }

  /** Records an event of the office side or of this process. */
  async record(...events: readonly ControlEvent[]): Promise<void> {
    const { log, now, writer } = this.#options
    await log.append(events.map(event => controlLeaf(now(), event, writer)))
  }

  async recordRevision({ number, digest, previous, officers }: RecordableRevision): Promise<void> {
    if (number <= this.#recordedRevision) return
    await this.record({ kind: 'revision', number, digest, previous, officers })
    this.#recordedRevision = number
  }

  /** Number of the last act or read that the lane holds: what is behind it waits. */
  get recordedEvent(): number {
    return this.#recordedEvent
  }

  /** Records officers' acts and reads of the log, in order, each once: the lane itself remembers how far it has come. */
  async recordOfficerEvents(waiting: readonly WaitingEvent[]): Promise<void> {
    const { now } = this.#options
    const fresh = waiting.filter(({ number }) => number > this.#recordedEvent)
    await this.record(
      ...fresh.map(({ number, text }): ControlEvent => {
        const event = readWaitingEvent(text, now())
        const actedAt = formatInstant(event.actedAt)
        return 'kind' in event ? { ...event, number, actedAt } : { kind: 'officer', number, ...event, actedAt }
      }),
    )
    this.#recordedEvent = fresh.at(-1)?.number ?? this.#recordedEvent
  }

  /** Records what has become of the gateway's keys since. */
  async recordKeys(keys: readonly KnownKey[]): Promise<void> {
    const events = this.#keys.missing(keys)
    if (events.length === 0) return
    await this.record(...events)
    for (const event of events) this.#keys.note(event)
  }

  /** Lets new lanes write: the control lane holds their key before the first record is signed with it. */
  async endorseLanes(): Promise<void> {
    const { register, writer } = this.#options
    for (const { name, publicKey } of await register.list(['opening'])) {
      if (!this.#opened.has(name)) {
        const key = Buffer.from(publicKey).toString('hex')
        await this.record({ kind: 'lane', event: 'opened', opened: name, publicKey: key, openedBy: writer.gateway })
        this.#opened.add(name)
      }
      await register.setState(name, 'opening', 'open')
    }
  }

  /** Seals lanes whose process has gone, or that their process gave up. */
  async sealDeadLanes(): Promise<void> {
    const { register } = this.#options
    for (const lane of await register.list(['opening', 'open', 'sealing'])) {
      if (!(await register.isOwnerGone(lane.name))) continue
      if (lane.state !== 'sealing') await register.setState(lane.name, lane.state, 'sealing')
      await this.#seal(lane.name)
    }
  }

  /** Records the heads of all lanes that grew, so that a lane cut short is noticed by whoever holds the control lane. */
  async recordHeads(): Promise<void> {
    const heads: LaneHead[] = []
    for (const lane of await this.#options.register.list(['open', 'sealing'])) {
      if (!this.#isSound(lane) || this.#recordedSizes.get(lane.name) === lane.size) continue
      heads.push(headOf(lane))
    }
    if (heads.length === 0) return
    for (let from = 0; from < heads.length; from += HEADS_PER_RECORD) {
      const some = heads.slice(from, from + HEADS_PER_RECORD)
      await this.record({ kind: 'heads', heads: some })
      for (const { lane, size } of some) this.#recordedSizes.set(lane, size)
    }
  }

  /** Fenced by now: nobody appends any more. Unresolved exchanges first, the seal behind them. */
  async #seal(name: LaneName): Promise<void> {
    const { register, onSealed } = this.#options
    // Read again behind the fence: the last commit may have come in between.
    const lane = (await register.list(['sealing'])).find(candidate => candidate.name === name)
    if (!lane) return
    if (!this.#sealed.has(name)) {
      const sound = this.#isSound(lane)
      const open = sound ? await this.#openExchanges(lane) : []
      await this.record(
        ...open
          .filter(({ exchange }) => !this.#unresolved.get(name)?.has(exchange))
          .map(({ exchange, index }) => ({ kind: 'unresolved' as const, exchange, inLane: name, index })),
        {
          kind: 'lane',
          event: 'sealed',
          head: headOf(lane),
          why: sound ? 'ended' : 'damaged',
          unresolved: open.length,
        },
      )
      this.#sealed.add(name)
      onSealed(name, open.length)
    }
    await register.setState(name, 'sealing', 'sealed')
    this.#recordedSizes.delete(name)
  }

  async #openExchanges(lane: KnownLane) {
    try {
      return await findOpenExchanges(this.#options.register, lane.name, lane.size)
    } catch (thrown) {
      // A store out of reach is tried again; a record that has gone never comes back.
      if (!(thrown instanceof MissingLeaf)) throw thrown
      this.#reportDamage(lane.name, `its records cannot be read: ${String(thrown)}`)
      return []
    }
  }

  /** Whether the stored head is one that the lane's own key signed. */
  #isSound(lane: KnownLane): boolean {
    const signed = verifyCheckpoint(lane.checkpoint, lane.name, publicKeyOf(lane.publicKey))
    const sound = signed.ok && signed.value.size === lane.size && Buffer.compare(signed.value.root, lane.root) === 0
    if (!sound) this.#reportDamage(lane.name, signed.ok ? 'its head differs from its checkpoint' : signed.error)
    return sound
  }

  #reportDamage(lane: LaneName, detail: string): void {
    if (this.#damaged.has(lane)) return
    this.#damaged.add(lane)
    this.#options.onDamage(lane, detail)
  }
}

const headOf = ({ name, size, root }: KnownLane): LaneHead => ({
  lane: name,
  size,
  root: Buffer.from(root).toString('hex'),
})
