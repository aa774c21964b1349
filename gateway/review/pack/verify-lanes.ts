import { CONTROL_LANE, parseLaneName } from '../../domain/gateway-id.ts'
import { verifyCheckpoint } from '../../log/checkpoint.ts'
import { publicKeyOf } from '../../log/note-key.ts'
import { verifyConsistency } from '../../log/proofs.ts'
import { textOf } from '../../record/read-leaf.ts'
import { headsIn } from './heads-in.ts'
import type { OpenedPack } from './opened-pack.ts'
import { FILES } from './pack-names.ts'
import type { PackReport } from './pack-report.ts'
import { fieldsOf, readHashes, readIndex, readJson } from './read-parts.ts'
import type { ProvenControl } from './verify-control.ts'

/** A tree that records can be proven to lie in. */
export interface ProvenTree {
  readonly size: number
  readonly root: Uint8Array
}

/**
 * Checks for each lane that the control lane endorsed its key and named the head that its records are proven under, and that what
 * the lane itself has signed follows that head. Lanes that do not hold are left out.
 */
export async function verifyLanes(
  pack: OpenedPack,
  control: ProvenControl,
  report: PackReport,
): Promise<ReadonlyMap<string, ProvenTree>> {
  const listed = readJson(await pack.read(FILES.lanes))
  const trees = new Map<string, ProvenTree>([[CONTROL_LANE, control]])
  if (!Array.isArray(listed)) report.wrong('lanes', `${FILES.lanes} is no list`)
  else
    for (const entry of listed as readonly unknown[]) {
      const fields = fieldsOf(entry)
      const lane = typeof fields.lane === 'string' ? fields.lane : ''
      const tree = treeOf(lane, fields, control)
      if (typeof tree === 'string') report.wrong('lanes', `lane ${lane.slice(0, 100)}: ${tree}`)
      else trees.set(lane, tree)
    }
  report.good('lanes', `${trees.size - 1} lanes endorsed and named by the control lane, and signed by their own keys`)
  return trees
}

/** The tree, or why it is not proven. */
function treeOf(lane: string, fields: Readonly<Record<string, unknown>>, control: ProvenControl): ProvenTree | string {
  const name = parseLaneName(lane)
  if (!name.ok || name.value === CONTROL_LANE) return 'no name of a lane'
  const size = readIndex(fields.size)
  const opened = control.records.get(readIndex(fields.opened) ?? -1)
  const named = control.records.get(readIndex(fields.named) ?? -1)
  const key = opened?.kind === 'lane' && textOf(opened, 'opened') === lane ? textOf(opened, 'publicKey') : null
  if (key === null || !/^[0-9a-f]{64}$/.test(key)) return 'the control lane does not endorse its key'
  const head = named && headsIn(named).find(known => known.lane === lane && known.size === size)
  if (!head || head.root !== fields.root) return 'the control lane does not name its head'
  const note = typeof fields.checkpoint === 'string' ? fields.checkpoint : ''
  const signed = verifyCheckpoint(note, name.value, publicKeyOf(Buffer.from(key, 'hex')))
  if (!signed.ok) return signed.error
  const root = Buffer.from(head.root, 'hex')
  const hashes = readHashes(fields.consistency)
  if (!hashes || !verifyConsistency(head.size, signed.value.size, root, signed.value.root, hashes))
    return 'what it has signed does not follow the head that the control lane names'
  return { size: head.size, root }
}
