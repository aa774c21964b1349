import { createHash, generateKeyPairSync } from 'node:crypto'
import type { ControlLog, KnownLane, LaneRegister } from '../../../gateway/control/ports.ts'
import type { ExchangeId } from '../../../gateway/domain/exchange-id.ts'
import { type LaneName, parseLaneName } from '../../../gateway/domain/gateway-id.ts'
import { instant } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import type { LaneState } from '../../../gateway/log/lane-store.ts'
import { MissingLeaf } from '../../../gateway/log/missing-leaf.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { exchangeLeaf } from '../../../gateway/record/exchange-record.ts'
import type { ExchangeKind } from '../../../gateway/record/kinds.ts'
import { AT, fieldsOf, whole, writer } from '../record/facts.ts'

export const laneName = (nth: number): LaneName => must(parseLaneName(`gateway-1.${String(nth).padStart(16, '0')}`))
export const exchangeId = (nth: number): ExchangeId =>
  `01936b7e-4a2c-7def-8123-${String(nth).padStart(12, '0')}` as ExchangeId

/** A record of an exchange, so many seconds behind noon. */
export const leafOf = (
  kind: ExchangeKind,
  nth: number,
  seconds = 0,
  mode: 'exchange' | 'check' = 'exchange',
): Uint8Array => exchangeLeaf(kind, instant(AT + seconds * 1e6), whole({ exchange: exchangeId(nth), mode }), writer)

interface Row {
  known: KnownLane
  gone: boolean
  readonly leaves: readonly (Uint8Array | null)[]
}

/** How a call fails: before anything happened, or with its answer lost. Appends may also be cut in the middle. */
export type Failure = 'before' | 'after' | 'half'

/** Control log and register in memory that keep their state by the rules of the ports, and fail one call when told to. */
export class MemoryRegister implements LaneRegister, ControlLog {
  readonly rows = new Map<LaneName, Row>()
  readonly control: Uint8Array[] = []
  /** Which call fails, counted from 0; -1: none. */
  failAt = -1
  failure: Failure = 'before'
  calls = 0

  /** A lane with these leaves, its head signed with its own key. */
  addLane(
    name: LaneName,
    state: LaneState,
    leaves: readonly (Uint8Array | null)[] = [],
    changes: Partial<KnownLane> = {},
  ): void {
    const signer = ed25519Signer(originOf(name), generateKeyPairSync('ed25519').privateKey)
    // Any root will do: whether it is that of the leaves is the verifier's business.
    const root = createHash('sha256').update(String(leaves.length)).digest()
    const checkpoint = makeCheckpoint(name, leaves.length, root, signer)
    const known = {
      name,
      state,
      size: leaves.length,
      root,
      checkpoint,
      epoch: 1,
      publicKey: signer.publicKey,
      ...changes,
    }
    this.rows.set(name, { known, gone: false, leaves })
  }

  stateOf(name: LaneName): LaneState | undefined {
    return this.rows.get(name)?.known.state
  }

  ownerGoes(name: LaneName): void {
    const row = this.rows.get(name)
    if (row) row.gone = true
  }

  /** Records of the control lane of one kind. */
  recorded(kind: string): readonly Record<string, unknown>[] {
    return this.control.map(fieldsOf).filter(fields => fields.kind === kind)
  }

  list(states: readonly LaneState[]): Promise<readonly KnownLane[]> {
    return this.#call(() => [...this.rows.values()].map(row => row.known).filter(lane => states.includes(lane.state)))
  }

  setState(name: LaneName, from: LaneState, to: LaneState): Promise<boolean> {
    return this.#call(() => {
      const row = this.rows.get(name)
      if (row?.known.state !== from) return false
      row.known = { ...row.known, state: to }
      return true
    })
  }

  isOwnerGone(name: LaneName): Promise<boolean> {
    return this.#call(() => this.rows.get(name)?.gone ?? true)
  }

  readLeaves(name: LaneName, from: number, to: number): Promise<readonly Uint8Array[]> {
    return this.#call(() =>
      (this.rows.get(name)?.leaves ?? []).slice(from, to).map((leaf, i) => {
        if (leaf === null) throw new MissingLeaf(from + i)
        return leaf
      }),
    )
  }

  append(leaves: readonly Uint8Array[]): Promise<void> {
    const half = this.calls === this.failAt && this.failure === 'half'
    return this.#call(
      () => void this.control.push(...leaves.slice(0, half ? Math.ceil(leaves.length / 2) : leaves.length)),
    )
  }

  async *read(): AsyncGenerator<Uint8Array> {
    yield* this.control
  }

  async #call<T>(work: () => T): Promise<T> {
    const fails = this.calls++ === this.failAt
    if (fails && this.failure === 'before') throw new Error('connection lost before')
    const answer = work()
    if (fails) throw new Error('connection lost after')
    return answer
  }
}
