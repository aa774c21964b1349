import { hashLeaf } from '../../log/hash.ts'
import { verifyInclusion } from '../../log/proofs.ts'
import { numberOf, readLeaf, type StoredRecord, textOf } from '../../record/read-leaf.ts'
import { columnsOf } from '../../record/search-columns.ts'
import type { ExchangeKeys } from './evidence-keys.ts'
import type { OpenedPack } from './opened-pack.ts'
import { seriesName } from './pack-names.ts'
import type { PackReport } from './pack-report.ts'
import type { PackScope } from './ports.ts'
import { linesIn, readProof } from './read-parts.ts'
import { readKeys } from './read-keys.ts'
import type { ProvenControl } from './verify-control.ts'
import type { ProvenTree } from './verify-lanes.ts'
import { type SignatureTally, verifySignature } from './verify-message-signature.ts'

/** DESIGN "Audit log": no leaf is longer. */
const MOST_LEAF = 65_535

export interface ProvenRecords {
  readonly count: number
  /** Of a pack of one exchange; of a range there are none here. */
  readonly records: readonly StoredRecord[]
  readonly keys: readonly ExchangeKeys[]
}

/** Checks every record: that it lies in its lane's tree, and is of what the pack is about. A file is in memory at a time. */
export async function verifyRecords(
  pack: OpenedPack,
  scope: PackScope,
  control: ProvenControl,
  trees: ReadonlyMap<string, ProvenTree>,
  report: PackReport,
): Promise<ProvenRecords> {
  const { count: files, lines } = pack.series('records')
  const keyFiles = pack.series('keys').count
  const revisions = revisionsIn(control)
  const signatures: SignatureTally = { held: 0, withoutKey: 0 }
  const ofExchange: StoredRecord[] = []
  const ofParties: ExchangeKeys[] = []
  let count = 0
  for (let n = 1; n <= files; n++) {
    const records = await provenIn(pack, n, lines, trees, report)
    for (const { record, leaf } of records) {
      if (!isOf(scope, record, leaf)) report.wrong('records', `file ${n}: a record is not of what the pack is about`)
      const revision = numberOf(record, 'revision')
      if (revision !== null && !revisions.has(revision))
        report.wrong('revisions', `revision ${revision} is not in the control lane's records`)
    }
    count += records.length
    const known = records.map(({ record }) => record)
    if (scope.kind === 'exchange') {
      ofExchange.push(...known)
      continue
    }
    if (keyFiles === 0) continue
    const keys = readKeys(await pack.read(seriesName('keys', n, lines)), lines)
    if (keys) for (const entry of keys) verifySignature(entry, known, signatures, report)
    else report.wrong('message-signatures', `file ${n} of keys cannot be read`)
  }
  if (scope.kind === 'exchange')
    for (let n = 1; n <= keyFiles; n++) {
      const keys = readKeys(await pack.read(seriesName('keys', n, lines)), lines)
      if (keys) ofParties.push(...keys)
      else report.wrong('message-signatures', `file ${n} of keys cannot be read`)
      for (const entry of keys ?? []) verifySignature(entry, ofExchange, signatures, report)
    }
  report.good('records', `${count} records lie in their lanes`)
  report.good(
    'revisions',
    `${revisions.size} revisions are recorded: ${[...revisions.values()].slice(0, 5).join('; ')}`,
  )
  tell(signatures, keyFiles, report)
  return { count, records: ofExchange, keys: ofParties }
}

async function provenIn(
  pack: OpenedPack,
  nth: number,
  lines: boolean,
  trees: ReadonlyMap<string, ProvenTree>,
  report: PackReport,
): Promise<readonly { readonly record: StoredRecord; readonly leaf: Uint8Array }[]> {
  const leafFile = await pack.read(seriesName('records', nth, lines))
  const proofFile = await pack.read(seriesName('proofs', nth, lines))
  const leaves = lines ? linesIn(leafFile) : [leafFile]
  const proofs = lines ? linesIn(proofFile) : [proofFile]
  if (!leaves || leaves.length !== proofs?.length) {
    report.wrong('records', `file ${nth}: there is not a proof for each record`)
    return []
  }
  return leaves.flatMap((leaf, n) => {
    const proof = readProof(proofs[n] ?? new Uint8Array())
    const tree = trees.get(proof?.lane ?? '')
    const record = readLeaf(leaf)
    const lies =
      leaf.length <= MOST_LEAF &&
      proof !== null &&
      tree !== undefined &&
      verifyInclusion(proof.index, tree.size, hashLeaf(leaf), proof.hashes, tree.root)
    if (lies && record.ok) return [{ record: record.value, leaf }]
    report.wrong('records', `file ${nth}, record ${n + 1} is not in the log`)
    return []
  })
}

function isOf(scope: PackScope, record: StoredRecord, leaf: Uint8Array): boolean {
  if (scope.kind === 'exchange') return textOf(record, 'exchange') === scope.exchange
  const columns = columnsOf(leaf)
  if (!columns.ok || record.at < scope.from || record.at >= scope.to) return false
  const { service, consumer, provider } = columns.value
  const isIn = (system: string | null): boolean =>
    system !== null && (system.startsWith(`${scope.unit}/`) || system.startsWith(`${scope.unit}.`))
  return (
    (scope.service === null || service === scope.service) && (scope.unit === null || isIn(consumer) || isIn(provider))
  )
}

/** By number, what the control lane says of each revision, for people. */
function revisionsIn({ records }: ProvenControl): ReadonlyMap<number, string> {
  const revisions = new Map<number, string>()
  for (const record of records.values()) {
    const number = record.kind === 'revision' ? numberOf(record, 'number') : null
    if (number === null) continue
    const officers = Array.isArray(record.fields.officers) ? record.fields.officers.map(String).join(', ') : ''
    revisions.set(number, `${number} ${textOf(record, 'digest')?.slice(0, 16)}… by ${officers || 'its genesis'}`)
  }
  return revisions
}

function tell({ held, withoutKey }: SignatureTally, keyFiles: number, report: PackReport): void {
  if (keyFiles === 0) report.notChecked('message-signatures', 'the pack holds no keys of exchanges')
  else if (withoutKey > 0)
    report.notChecked('message-signatures', `${held} hold, ${withoutKey} are of keys that are not registered any more`)
  else report.good('message-signatures', held === 0 ? 'no caller signed' : `${held} signatures of callers hold`)
}
