import type { LaneName } from '../domain/gateway-id.ts'
import { type KeyOfSize, verifySizedCheckpoint } from '../log/checkpoint.ts'
import type { NamedHead } from '../log/claimed-heads.ts'
import { hashLeaf, sameHash } from '../log/hash.ts'
import { publicKeyOf } from '../log/note-key.ts'
import type { LeafRow } from '../log/verify-lane.ts'
import type { LogFinding } from './log-finding.ts'
import type { PresentedReceipt } from './read-receipt.ts'

/**
 * Holds the receipts of one lane against its leaves as they pass by. A receipt counts only if the lane's key signed its checkpoint;
 * that checkpoint is then a head which the lane must have passed through.
 */
export class ReceiptsOfLane {
  /** What the receipts prove of the lane, for `verifyLane`. */
  readonly named: readonly NamedHead[]
  /** Receipts that prove nothing. */
  readonly unsigned: readonly LogFinding[]
  readonly #lane: LaneName
  readonly #waiting = new Map<number, PresentedReceipt[]>()

  constructor(lane: LaneName, keyOf: KeyOfSize, receipts: readonly PresentedReceipt[]) {
    const named = new Map<string, NamedHead>()
    const unsigned: LogFinding[] = []
    for (const receipt of receipts) {
      const { index, checkpoint } = receipt
      const signed = verifySizedCheckpoint(checkpoint, lane, keyOf)
      if (!signed.ok || signed.value.size <= index) {
        const why = signed.ok ? 'its checkpoint does not cover it' : signed.error
        unsigned.push({ lane, kind: 'receipt-unsigned', index, detail: `${nameOf(receipt)} proves nothing: ${why}` })
        continue
      }
      const { size, root } = signed.value
      const place = this.#waiting.get(index)
      if (place) place.push(receipt)
      else this.#waiting.set(index, [receipt])
      // Two roots for one size stay two heads.
      named.set(`${size} ${Buffer.from(root).toString('hex')}`, { size, root, where: nameOf(receipt) })
    }
    this.#lane = lane
    this.named = [...named.values()]
    this.unsigned = unsigned
  }

  /** Leaves in their order. */
  *take(rows: readonly LeafRow[]): Generator<LogFinding> {
    if (this.#waiting.size === 0) return
    for (const row of rows) {
      const receipts = this.#waiting.get(row.index)
      if (!receipts) continue
      this.#waiting.delete(row.index)
      const hash = 'leaf' in row ? hashLeaf(row.leaf) : row.leafHash
      for (const receipt of receipts)
        if (!sameHash(hash, receipt.leafHash))
          yield this.#finding('receipt-differs', receipt, 'another record is stored in its place')
    }
  }

  /** Behind the last leaf: what was promised and is not there. */
  *lost(): Generator<LogFinding> {
    for (const receipts of this.#waiting.values())
      for (const receipt of receipts)
        yield this.#finding('receipt-without-record', receipt, 'its record was confirmed and is not stored')
  }

  #finding(kind: LogFinding['kind'], receipt: PresentedReceipt, what: string): LogFinding {
    const { index, exchange } = receipt
    const about = exchange === null ? {} : { exchange }
    return { lane: this.#lane, kind, index, ...about, detail: `${nameOf(receipt)}: ${what}` }
  }
}

/** Of lanes that are not stored: lost where the control lane endorsed the key that signed them, else of no worth. */
export function* receiptsOfMissingLanes(
  receipts: readonly PresentedReceipt[],
  endorsed: ReadonlyMap<LaneName, string>,
): Generator<LogFinding> {
  for (const lane of new Set(receipts.map(receipt => receipt.lane))) {
    const of = receipts.filter(receipt => receipt.lane === lane)
    const raw = endorsed.get(lane)
    if (raw === undefined) {
      for (const receipt of of) {
        const detail = `${nameOf(receipt)} proves nothing: the control lane does not know its lane`
        yield { lane, kind: 'receipt-unsigned', index: receipt.index, detail }
      }
      continue
    }
    const key = publicKeyOf(Buffer.from(raw, 'hex'))
    const presented = new ReceiptsOfLane(lane, () => key, of)
    yield* presented.unsigned
    yield* presented.lost()
  }
}

const nameOf = ({ exchange, index }: PresentedReceipt): string =>
  exchange === null ? `a receipt of record ${index}` : `the receipt of exchange ${exchange}`
