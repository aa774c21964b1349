import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { verifySizedCheckpoint } from '../../log/checkpoint.ts'
import type { PresentedReceipt } from '../read-receipt.ts'
import type { Anchor } from './anchor.ts'
import { endorsedKey, readTrust } from './control-trust.ts'
import type { LogView } from './log-view.ts'
import { continues, includes, includesLeaf, TileWithheld, viewedHashes } from './prove.ts'

/** What is checked of a receipt, in this order. */
export const RECEIPT_CHECKS = [
  /** The control lane's head is signed by a key that the anchor leads to, and the lane passed through every hand-over. */
  'control-lane',
  /** The control lane holds the record that endorses the key of the receipt's lane. */
  'lane-key',
  /** That key signed the checkpoint in the receipt, which reaches beyond the record. */
  'receipt-signature',
  /** The log's present head of the lane is signed, and is not older than the receipt. */
  'log-head',
  /** The record lies at its place under that head. */
  'inclusion',
  /** The tree of the receipt is the beginning of the tree of the log. */
  'consistency',
] as const

export interface ReceiptCheck {
  readonly check: (typeof RECEIPT_CHECKS)[number]
  /** What is wrong; null: it holds. */
  readonly fault: string | null
}

/**
 * Proves that a record that a receipt names is in a log: yields each check; the first that fails ends it, since the later ones stand
 * on it. Rejects where the log cannot be asked.
 */
export async function* proveReceipt(
  receipt: PresentedReceipt,
  view: LogView,
  anchor: Anchor,
): AsyncGenerator<ReceiptCheck> {
  const walk = checks(receipt, view, anchor)
  for (const check of RECEIPT_CHECKS) {
    let fault: string | null
    try {
      fault = (await walk.next()).value ?? null
    } catch (thrown) {
      if (!(thrown instanceof TileWithheld)) throw thrown
      fault = thrown.message
    }
    yield { check, fault }
    if (fault !== null) return
  }
}

/** One value a check, in the order of RECEIPT_CHECKS: what is wrong, or null. */
async function* checks(
  { lane, index, leafHash, checkpoint }: PresentedReceipt,
  view: LogView,
  anchor: Anchor,
): AsyncGenerator<string | null, undefined, undefined> {
  const note = await view.checkpoint(CONTROL_LANE)
  if (note === null) return yield 'there is no control lane'
  const { control, lanes } = await view.keys()
  const trust = readTrust(note, control, anchor)
  if (!trust.ok) return yield trust.error
  const { head: controlHead, keyOf, leaves, handovers } = trust.value
  const controlHashes = viewedHashes(view, CONTROL_LANE, controlHead.size)
  for (const leaf of leaves)
    if (!(await includesLeaf(controlHead, leaf.index, leaf.leaf, controlHashes)))
      return yield `record ${leaf.index} of the control lane is not what was shown`
  for (const earlier of handovers)
    if (!(await continues(earlier, controlHead, controlHashes)))
      return yield `the control lane did not pass through ${earlier.where}`
  yield null

  const listed = lanes.find(candidate => candidate.lane === lane)
  const own = lane === CONTROL_LANE ? null : endorsedKey(lane, listed)
  if (own && !own.ok) return yield own.error
  const { endorsement } = listed ?? {}
  if (own && endorsement && !(await includesLeaf(controlHead, endorsement.index, endorsement.leaf, controlHashes)))
    return yield 'the control lane does not hold the endorsement of its key'
  yield null

  const laneKey = own ? () => own.value : keyOf
  const said = verifySizedCheckpoint(checkpoint, lane, laneKey)
  if (!said.ok) return yield said.error
  if (said.value.size <= index) return yield `the checkpoint covers ${said.value.size} records, not record ${index}`
  yield null

  const present = lane === CONTROL_LANE ? note : await view.checkpoint(lane)
  if (present === null) return yield 'the log does not hold the lane'
  const head = verifySizedCheckpoint(present, lane, laneKey)
  if (!head.ok) return yield head.error
  if (head.value.size < said.value.size)
    return yield `the log ends at ${head.value.size}, before the ${said.value.size} records of the receipt's checkpoint`
  yield null

  const hashes = viewedHashes(view, lane, head.value.size)
  yield (await includes(head.value, index, leafHash, hashes)) ? null : 'the log holds another record at this place'
  return yield (await continues(said.value, head.value, hashes))
    ? null
    : 'the log is not the one that was signed for: a fork'
}
