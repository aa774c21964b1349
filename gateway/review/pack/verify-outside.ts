import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { formatInstant, instantOfMillis } from '../../domain/instant.ts'
import { type Checkpoint, verifySizedCheckpoint } from '../../log/checkpoint.ts'
import { verifyCosignature } from '../../log/cosignature.ts'
import type { Verifier } from '../../log/note-key.ts'
import { verifyConsistency } from '../../log/proofs.ts'
import { parseNote } from '../../log/signed-note.ts'
import { verifyStamp } from '../../pki/timestamp-verify.ts'
import type { OpenedPack } from './opened-pack.ts'
import { FILES, stampNames } from './pack-names.ts'
import type { PackReport } from './pack-report.ts'
import { fieldsOf, readHashes, readJson, sha256 } from './read-parts.ts'
import type { ProvenControl } from './verify-control.ts'

/** Whom else the reader trusts. */
export interface OutsideTrust {
  readonly witnesses: readonly Verifier[]
  /** PEM. */
  readonly timeAuthorities: readonly string[]
}

/**
 * Checks what others have said of the control lane: that it is of this tree, covers every record of it that the pack stands on, and
 * holds under the keys that the reader has of them.
 */
export async function verifyOutside(
  pack: OpenedPack,
  control: ProvenControl,
  { witnesses, timeAuthorities }: OutsideTrust,
  report: PackReport,
): Promise<void> {
  const links = fieldsOf(readJson(await pack.read(FILES.links)))
  if (pack.has(FILES.cosigned))
    verifyCosigned(await pack.read(FILES.cosigned), links.cosigned, control, witnesses, report)
  else report.notChecked('witnesses', 'no witness had cosigned this part of the log yet')
  await verifyStamps(pack, Array.isArray(links.stamped) ? links.stamped : [], control, timeAuthorities, report)
}

function verifyCosigned(
  note: Uint8Array,
  link: unknown,
  control: ProvenControl,
  witnesses: readonly Verifier[],
  report: PackReport,
): void {
  const covered = covering(note, link, control)
  if (typeof covered === 'string') return report.wrong('witnesses', covered)
  const parsed = parseNote(note)
  const own = parsed.ok ? parsed.value.signatures : []
  const held: string[] = []
  for (const witness of witnesses) {
    // A witness that did not cosign this one is none of the pack's faults; one whose word does not hold is.
    if (!own.some(({ name, keyId }) => name === witness.name && keyId === witness.keyId)) continue
    const word = verifyCosignature(note, witness)
    if (!word.ok) report.wrong('witnesses', word.error)
    else held.push(`${witness.name} at ${formatInstant(instantOfMillis(word.value.time * 1000))}`)
  }
  if (held.length > 0) report.good('witnesses', `cosigned by ${held.join(', ')}`)
  else report.notChecked('witnesses', `${own.length - 1} cosignatures, of none of the witnesses whose keys you gave`)
}

async function verifyStamps(
  pack: OpenedPack,
  links: readonly unknown[],
  control: ProvenControl,
  authorities: readonly string[],
  report: PackReport,
): Promise<void> {
  if (pack.stamps === 0) return report.notChecked('timestamp', 'this part of the log was not stamped yet')
  const held: string[] = []
  let last = ''
  for (let n = 1; n <= pack.stamps; n++) {
    const note = await pack.read(stampNames(n).stamped)
    const covered = covering(note, links[n - 1], control)
    if (typeof covered === 'string') report.wrong('timestamp', `stamp ${n}: ${covered}`)
    const stamp = verifyStamp(await pack.read(stampNames(n).token), sha256(note), authorities)
    if (stamp.ok) held.push(formatInstant(stamp.value.genTime))
    else last = stamp.error
  }
  if (held.length > 0) return report.good('timestamp', `the log held it at ${held.join(', and at ')}`)
  if (authorities.length > 0) return report.wrong('timestamp', `no stamp holds: ${last}`)
  report.notChecked('timestamp', `${pack.stamps} stamps; give the certificates of their authorities, or see README.txt`)
}

/** A checkpoint of this very tree that covers all that the pack stands on; or why it is none. */
function covering(note: Uint8Array, link: unknown, control: ProvenControl): Checkpoint | string {
  const signed = verifySizedCheckpoint(note, CONTROL_LANE, control.keyOf)
  if (!signed.ok) return signed.error
  const { size, root } = signed.value
  const hashes = readHashes(link)
  if (!hashes || !verifyConsistency(size, control.size, root, control.root, hashes)) return 'it is of another tree'
  return size > Math.max(...control.records.keys()) ? signed.value : 'it does not cover the records of the control lane'
}
