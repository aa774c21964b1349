import type { KeyObject } from 'node:crypto'
import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type Checkpoint, type KeyOfSize, parseCheckpoint, verifySizedCheckpoint } from '../../log/checkpoint.ts'
import type { NamedHead } from '../../log/claimed-heads.ts'
import { publicKeyOf } from '../../log/note-key.ts'
import { ControlKeyHistory, keyOfSize } from '../../record/control-keys.ts'
import { readLeaf, textOf } from '../../record/read-leaf.ts'
import type { ControlLeaf } from '../log-source.ts'
import type { Anchor } from './anchor.ts'
import type { ListedKey } from './log-view.ts'

/** What the control lane is worth, given one of its keys. It holds only once `leaves` and `handovers` are proven against `head`. */
export interface ControlTrust {
  readonly head: Checkpoint
  readonly keyOf: KeyOfSize
  /** The key that the anchor is. */
  readonly anchored: KeyObject
  /** What was read, all of them below the size of the head. */
  readonly leaves: readonly ControlLeaf[]
  /** Heads that the tree has to have passed through. */
  readonly handovers: readonly NamedHead[]
}

/** Reads a control checkpoint under a key from outside and what the lane is said to tell of its keys. */
export function readTrust(note: string, listed: readonly ControlLeaf[], anchor: Anchor): Result<ControlTrust> {
  const claimed = parseCheckpoint(note)
  if (!claimed.ok) return claimed
  // What the lane has been given since is of no use for this head.
  const leaves = listed.filter(({ index }) => index < claimed.value.size)
  const history = new ControlKeyHistory()
  for (const { index, leaf } of leaves) history.take(index, leaf)
  const { epochs, handovers, faults } = history.read()
  if (faults[0]) return err(`the control lane's keys do not follow one another: ${faults[0].detail}`)
  const anchored = epochs.find(({ key }) => anchor.is(key))?.key
  if (!anchored) return err('none of the keys of this control lane is the one that you trust')
  const keyOf = keyOfSize(epochs)
  const head = verifySizedCheckpoint(note, CONTROL_LANE, keyOf)
  return head.ok ? ok({ head: head.value, keyOf, anchored, leaves, handovers }) : head
}

/** The key in a lane's endorsement, which is still to be proven; an error where it does not endorse this lane and key. */
export function endorsedKey(lane: LaneName, listed: ListedKey | undefined): Result<KeyObject> {
  if (!listed?.endorsement) return err('the control lane has not endorsed its key')
  const record = readLeaf(listed.endorsement.leaf)
  const hex = Buffer.from(listed.publicKey).toString('hex')
  const fits =
    record.ok &&
    record.value.kind === 'lane' &&
    textOf(record.value, 'event') === 'opened' &&
    textOf(record.value, 'opened') === lane &&
    textOf(record.value, 'publicKey') === hex
  return fits ? ok(publicKeyOf(listed.publicKey)) : err('the record named as its endorsement endorses something else')
}
