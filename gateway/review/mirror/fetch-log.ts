import type { KeyObject } from 'node:crypto'
import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type KeyOfSize, parseCheckpoint } from '../../log/checkpoint.ts'
import type { HashReader } from '../../log/hash-reader.ts'
import type { LogFinding } from '../log-finding.ts'
import type { Anchor } from './anchor.ts'
import { type ControlTrust, endorsedKey, readTrust } from './control-trust.ts'
import { copyEntries } from './copy-entries.ts'
import type { CopyStore } from './copy-store.ts'
import { type Extended, extendCopy } from './extend-copy.ts'
import type { ListedKey, ListedKeys, LogView } from './log-view.ts'
import { continues, includesLeaf, viewedHashes } from './prove.ts'

export interface Fetching {
  readonly from: LogView
  readonly copy: CopyStore
  readonly anchor: Anchor
  /** Whether to take records too, where the reader may have them. */
  readonly entries: boolean
  /** Called with the key that the anchor is, before anything is written to the copy. */
  readonly begin: (anchored: KeyObject) => void
  /** Called once it is known how many leaves are to be taken, more as lanes are met. */
  readonly expect: (leaves: number) => void
  /** Called with the number of leaves taken since the last call. */
  readonly progress: (leaves: number) => void
}

export interface Fetched {
  /** Lanes whose copy stands at the head that was shown. */
  readonly lanes: number
  /** Leaf hashes that came new. */
  readonly leaves: number
  /** `forbidden`: the gateway does not show them to this reader. */
  readonly entries: 'taken' | 'forbidden' | 'not-asked'
  /** Bundles of records that retention has dropped. */
  readonly gone: number
}

/**
 * Brings a copy of a log up to what a gateway shows now, and yields whatever contradicts the keys, the signatures or the copy: a
 * rollback, a fork, a lane that has gone. What is yielded was not taken over. An error: the control lane does not verify, so nothing
 * was taken. The head of the control lane is accepted last, so that the copy never knows of a lane's head that it does not reach.
 */
export async function* fetchLog(fetching: Fetching): AsyncGenerator<LogFinding, Result<Fetched>> {
  const { from, copy, anchor, entries, begin, expect, progress } = fetching
  const note = await from.checkpoint(CONTROL_LANE)
  if (note === null) return err('there is no control lane')
  const keys = await from.keys()
  const trust = readTrust(note, keys.control, anchor)
  if (!trust.ok) return trust

  begin(trust.value.anchored)
  const control = await extend(CONTROL_LANE, trust.value.keyOf, note)
  if ('kind' in control) {
    yield { lane: CONTROL_LANE, ...control }
    return ok({ lanes: 0, leaves: 0, entries: 'not-asked', gone: 0 })
  }
  const hashes = viewedHashes(copy, CONTROL_LANE, control.head.size)
  const unproven = await findUnproven(trust.value, hashes)
  if (unproven !== null) return err(unproven)

  const proven = await provenKeys(keys.lanes, trust.value, hashes)
  copy.writeKeys(merge(await copy.keys(), { control: trust.value.leaves, lanes: [...proven.values()] }))
  const heads = new Map<LaneName, number>()
  let leaves = control.grewBy
  for (const lane of new Set([...(await from.lanes()), ...(await copy.lanes())])) {
    if (lane === CONTROL_LANE) continue
    const shown = await from.checkpoint(lane)
    if (shown === null) {
      yield { lane, kind: 'lane-missing', detail: 'the copy has it, and it is not shown any more' }
      continue
    }
    const key = endorsedKey(lane, proven.get(lane))
    if (!key.ok) {
      // A lane of the last second, or one whose process died before it could write, holds nothing.
      if (sizeOf(shown) > 0) yield { lane, kind: 'lane-not-endorsed', detail: key.error }
      continue
    }
    const extended = await extend(lane, () => key.value, shown)
    if ('kind' in extended) {
      yield { lane, ...extended }
      continue
    }
    await extended.accept()
    heads.set(lane, extended.head.size)
    leaves += extended.grewBy
  }
  await control.accept()
  heads.set(CONTROL_LANE, control.head.size)

  let gone = 0
  let taken: Fetched['entries'] = entries ? 'taken' : 'not-asked'
  if (entries) {
    for (const [lane, size] of heads) {
      expect(size)
      const copied = await copyEntries(lane, size, copy, from, progress)
      if (copied === 'forbidden') {
        taken = 'forbidden'
        break
      }
      if ('detail' in copied) yield { lane, kind: 'leaf-changed-or-missing', ...copied }
      else gone += copied.gone
    }
  }
  return ok({ lanes: heads.size, leaves, entries: taken, gone })

  async function extend(lane: LaneName, keyOf: KeyOfSize, shown: string): Promise<Extended> {
    const kept = await copy.checkpoint(lane)
    expect(Math.max(0, sizeOf(shown) - (kept === null ? 0 : sizeOf(kept))))
    return extendCopy({ lane, keyOf, copy, from, note: shown, progress })
  }
}

const sizeOf = (note: string): number => {
  const said = parseCheckpoint(note)
  return said.ok ? said.value.size : 0
}

/** What the control lane is said to tell of its keys and does not; null: it holds all of it. */
async function findUnproven({ head, leaves, handovers }: ControlTrust, hashes: HashReader): Promise<string | null> {
  for (const { index, leaf } of leaves)
    if (!(await includesLeaf(head, index, leaf, hashes)))
      return `the control lane does not hold record ${index} as shown`
  for (const earlier of handovers)
    if (!(await continues(earlier, head, hashes))) return `the control lane did not pass through ${earlier.where}`
  return null
}

/** The keys of lanes that the control lane endorses. One whose proof fails is left out: its lane is then not endorsed. */
async function provenKeys(
  listed: readonly ListedKey[],
  { head }: ControlTrust,
  hashes: HashReader,
): Promise<ReadonlyMap<LaneName, ListedKey>> {
  const proven = new Map<LaneName, ListedKey>()
  for (const key of listed) {
    const { lane, endorsement } = key
    if (!endorsement || proven.has(lane) || !endorsedKey(lane, key).ok) continue
    if (await includesLeaf(head, endorsement.index, endorsement.leaf, hashes)) proven.set(lane, key)
  }
  return proven
}

/** What was proven once is not forgotten because it is not shown again. */
function merge(old: ListedKeys, now: ListedKeys): ListedKeys {
  const control = new Map([...old.control, ...now.control].map(leaf => [leaf.index, leaf]))
  const lanes = new Map([...old.lanes, ...now.lanes].map(key => [key.lane, key]))
  return { control: [...control.values()].sort((a, b) => a.index - b.index), lanes: [...lanes.values()] }
}
