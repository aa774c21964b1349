import type { KeyObject } from 'node:crypto'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { type Checkpoint, type KeyOfSize, parseCheckpoint, verifySizedCheckpoint } from '../../log/checkpoint.ts'
import { hashLeaf } from '../../log/hash.ts'
import { verifyConsistency, verifyInclusion } from '../../log/proofs.ts'
import { ControlKeyHistory, keyOfSize } from '../../record/control-keys.ts'
import { readLeaf, type StoredRecord } from '../../record/read-leaf.ts'
import type { OpenedPack } from './opened-pack.ts'
import { FILES } from './pack-names.ts'
import type { PackReport } from './pack-report.ts'
import { fieldsOf, linesIn, readHashes, readIndex, readJson, readProof } from './read-parts.ts'

/** Tells the one key of the control lane, present or former, that the reader has from outside. */
export interface TrustedKey {
  is(key: KeyObject): boolean
}

/** What of the control lane a pack proves. */
export interface ProvenControl {
  readonly size: number
  readonly root: Uint8Array
  /** Proven records, by index. */
  readonly records: ReadonlyMap<number, StoredRecord>
  readonly keyOf: KeyOfSize
}

/**
 * Checks the checkpoint of the control lane under a key from outside, through the lane's own hand-overs where that key is a former
 * one, and that each record of it that came along lies in that tree. Null: nothing of it is proven.
 */
export async function verifyControl(
  pack: OpenedPack,
  trusted: TrustedKey,
  report: PackReport,
): Promise<ProvenControl | null> {
  const note = await pack.read(FILES.checkpoint)
  const claimed = parseCheckpoint(note)
  const leaves = linesIn(await pack.read(FILES.controlRecords))
  const proofs = linesIn(await pack.read(FILES.controlProofs))
  const links = await pack.read(FILES.links)
  if (!claimed.ok) {
    report.wrong('control-lane', claimed.error)
    return null
  }
  if (!leaves || leaves.length !== proofs?.length) {
    report.wrong('control-records', 'there is not a proof for each record')
    return null
  }
  const history = new ControlKeyHistory()
  const records = new Map<number, StoredRecord>()
  let before = -1
  for (const [n, leaf] of leaves.entries()) {
    const index = provenIndex(leaf, proofs[n] ?? new Uint8Array(), claimed.value)
    const record = readLeaf(leaf)
    if (index === null || index <= before || !record.ok) {
      report.wrong('control-records', `record ${n + 1} is not in the control lane`)
      return null
    }
    before = index
    history.take(index, leaf)
    records.set(index, record.value)
  }
  const keyOf = trustedKeys(history, trusted, links, claimed.value, report)
  const signed = keyOf && verifySizedCheckpoint(note, CONTROL_LANE, keyOf)
  if (!keyOf || !signed?.ok) {
    if (signed && !signed.ok) report.wrong('control-lane', signed.error)
    return null
  }
  report.good('control-lane', `signed checkpoint of ${signed.value.size} records`)
  report.good('control-records', `${records.size} records of the control lane lie in it`)
  return { size: signed.value.size, root: signed.value.root, records, keyOf }
}

function provenIndex(leaf: Uint8Array, line: Uint8Array, { size, root }: Checkpoint): number | null {
  const proof = readProof(line)
  if (proof?.lane !== CONTROL_LANE) return null
  return verifyInclusion(proof.index, size, hashLeaf(leaf), proof.hashes, root) ? proof.index : null
}

/** Which key signs how many leaves: by the lane's history, if the trusted key is of it and the tree passes through what each key signed last. */
function trustedKeys(
  history: ControlKeyHistory,
  trusted: TrustedKey,
  linksFile: Uint8Array,
  { size, root }: Checkpoint,
  report: PackReport,
): KeyOfSize | null {
  const { epochs, handovers } = history.read()
  if (!epochs.some(({ key }) => trusted.is(key))) {
    report.wrong('control-lane', 'it never had the key that you trust')
    return null
  }
  const { handovers: links } = fieldsOf(readJson(linksFile))
  const listed: readonly unknown[] = Array.isArray(links) ? links : []
  for (const [n, handover] of handovers.entries()) {
    const link = fieldsOf(listed[n])
    const hashes = readHashes(link.hashes)
    const follows =
      readIndex(link.size) === handover.size &&
      hashes !== null &&
      verifyConsistency(handover.size, size, handover.root, root, hashes)
    if (follows) continue
    report.wrong('control-lane', `the tree does not pass through ${handover.where}`)
    return null
  }
  return keyOfSize(epochs)
}
