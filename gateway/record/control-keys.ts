import type { KeyObject } from 'node:crypto'
import { CONTROL_LANE } from '../domain/gateway-id.ts'
import { type KeyOfSize, verifyCheckpoint } from '../log/checkpoint.ts'
import type { NamedHead } from '../log/claimed-heads.ts'
import { publicKeyOf } from '../log/note-key.ts'
import { readLeaf, textOf } from './read-leaf.ts'

/** 32 bytes, hex. */
const RAW_KEY = /^[0-9a-f]{64}$/

/** A time of the control lane under one key. */
export interface KeyEpoch {
  /** Raw Ed25519 key, hex. */
  readonly raw: string
  readonly key: KeyObject
  /** It has signed the checkpoints of more leaves than this, up to those of the epoch behind it. */
  readonly from: number
}

export interface ControlKeys {
  /** In order; empty where the lane names no key of its own. */
  readonly epochs: readonly KeyEpoch[]
  /** What each key signed last: the leaves have to lead to these roots, or the hand-over is not the old key's word. */
  readonly handovers: readonly NamedHead[]
  /** Hand-overs that do not hold, and count for nothing. */
  readonly faults: readonly { readonly index: number; readonly detail: string }[]
}

interface Activation {
  readonly index: number
  readonly raw: string
  readonly checkpoint: string
}

/**
 * What the control lane says of its own keys. A new key is registered under the old one; then the old one signs a last checkpoint,
 * whose tree holds that registration; then comes the leaf that activates the new key and carries this checkpoint, the first that
 * the new one signs for. So the old key vouches for the new one, and for nothing behind the hand-over.
 * The leaves are taken before they are proven: an epoch counts only once the tree has the roots of `handovers`.
 */
export class ControlKeyHistory {
  #first: string | null = null
  readonly #registered = new Map<string, number>()
  readonly #activations: Activation[] = []

  take(index: number, leaf: Uint8Array): void {
    const record = readLeaf(leaf)
    if (!record.ok || record.value.kind !== 'key' || record.value.fields.use !== 'control-lane') return
    const raw = textOf(record.value, 'key') ?? ''
    if (!RAW_KEY.test(raw)) return
    const event = textOf(record.value, 'event')
    if (event === 'registered') {
      this.#first ??= raw
      if (!this.#registered.has(raw)) this.#registered.set(raw, index)
    }
    if (event === 'activated')
      this.#activations.push({ index, raw, checkpoint: textOf(record.value, 'checkpoint') ?? '' })
  }

  read(): ControlKeys {
    const epochs: KeyEpoch[] = []
    const handovers: NamedHead[] = []
    const faults: { index: number; detail: string }[] = []
    if (this.#first !== null)
      epochs.push({ raw: this.#first, key: publicKeyOf(Buffer.from(this.#first, 'hex')), from: -1 })
    for (const activation of this.#activations) {
      const { index, raw } = activation
      const last = this.#judge(activation, epochs)
      if (typeof last === 'string') {
        faults.push({ index, detail: last })
        continue
      }
      epochs.push({ raw, key: publicKeyOf(Buffer.from(raw, 'hex')), from: index })
      handovers.push({ ...last, where: `the last word of the key before, control lane, record ${index}` })
    }
    return { epochs, handovers, faults }
  }

  /** The old key's last checkpoint, or why the hand-over does not hold. */
  #judge(
    { index, raw, checkpoint }: Activation,
    epochs: readonly KeyEpoch[],
  ): string | Pick<NamedHead, 'size' | 'root'> {
    const present = epochs.at(-1)
    if (!present) return 'a key takes over from none'
    if (epochs.some(epoch => epoch.raw === raw)) return 'a key takes over that has signed before'
    const registered = this.#registered.get(raw)
    if (registered === undefined || registered >= index) return 'a key takes over that the one before has not named'
    const last = verifyCheckpoint(checkpoint, CONTROL_LANE, present.key)
    if (!last.ok) return `the key before has not handed over: ${last.error}`
    if (last.value.size !== index) return `the key before handed over at ${last.value.size}, not here`
    return last.value
  }
}

/** Which of the epochs (one at least) signs how many leaves. */
export function keyOfSize(epochs: readonly KeyEpoch[]): KeyOfSize {
  return size => {
    const epoch = epochs.findLast(({ from }) => size > from)
    if (!epoch) throw new RangeError('no epoch')
    return epoch.key
  }
}
