import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { formatInstant, type Instant } from '../../domain/instant.ts'
import { encodeBase64 } from '../../log/base64.ts'
import { type Checkpoint, parseCheckpoint } from '../../log/checkpoint.ts'
import { pemOf } from '../../pki/pem.ts'
import { Fault } from '../../problems/fault.ts'
import { ControlKeyHistory } from '../../record/control-keys.ts'
import type { AboutPack } from './about-pack.ts'
import { type EvidenceSource, type ExchangeKeys, keysOf } from './evidence-keys.ts'
import { FILES, type Series, seriesName, stampNames } from './pack-names.ts'
import { packPage } from './pack-page.ts'
import { packReadme } from './pack-readme.ts'
import type { LocatedLeaf, PackFile, PackReader } from './ports.ts'
import type { PreparedPack } from './prepare-pack.ts'
import { formatScope } from './scope-text.ts'

export interface PackOptions {
  readonly gateway: string
  readonly software: string
  readonly madeAt: Instant
  /** DER. */
  readonly certificate: Uint8Array
  /** Commitment keys and message signatures: who has them can try out what a payload was. Null: left out. */
  readonly evidence: EvidenceSource | null
  /** Called with the number of records that went in since the last call. */
  readonly progress?: (records: number) => void
}

const LINE_FEED = 0x0a

/**
 * The files of a pack in their order, without manifest and signature (seal-pack.ts). A page of records is in memory at a time.
 * Rejects where the store cannot be read.
 */
export async function* buildPack(
  prepared: PreparedPack,
  reader: PackReader,
  options: PackOptions,
): AsyncGenerator<PackFile> {
  yield text(FILES.readme, packReadme(prepared))
  yield text(FILES.certificate, pemOf('CERTIFICATE', options.certificate))
  yield* controlFiles(prepared, reader)
  yield text(FILES.lanes, await lanesText(prepared, reader))
  const records =
    prepared.scope.kind === 'exchange' ? oneByOne(prepared, reader, options) : byPage(prepared, reader, options)
  const seen: LocatedLeaf[] = []
  let count = 0
  for await (const part of records) {
    if ('file' in part) {
      yield part.file
      continue
    }
    count += part.leaves.length
    if (prepared.scope.kind === 'exchange') seen.push(...part.leaves)
    options.progress?.(part.leaves.length)
  }
  const { gateway, software, madeAt, evidence } = options
  const about: AboutPack = {
    v: 1,
    scope: formatScope(prepared.scope),
    madeAt: formatInstant(madeAt),
    gateway,
    software,
    records: count,
    commitmentKeys: evidence !== null,
  }
  yield text(FILES.page, packPage(about, prepared, seen))
  yield text(FILES.about, json(about))
}

/** A file, or the leaves that went into the files before it. */
type Part = { readonly file: PackFile } | { readonly leaves: readonly LocatedLeaf[] }

/** An exchange has a handful of records: a file for each, so that everybody can hash one with the tools at hand. */
async function* oneByOne(prepared: PreparedPack, reader: PackReader, { evidence }: PackOptions): AsyncGenerator<Part> {
  const all: LocatedLeaf[] = []
  for await (const page of reader.records(prepared.scope, prepared.survey)) all.push(...page)
  for (const [n, leaf] of all.entries()) {
    yield { file: { name: seriesName('records', n + 1, false), bytes: leaf.leaf } }
    yield { file: text(seriesName('proofs', n + 1, false), json(await proofOf(leaf, prepared, reader))) }
  }
  yield { leaves: all }
  if (evidence) for (const [n, keys] of keysOf(all, evidence).entries()) yield keysFile(n + 1, [keys], false)
}

async function* byPage(prepared: PreparedPack, reader: PackReader, { evidence }: PackOptions): AsyncGenerator<Part> {
  let nth = 0
  for await (const page of reader.records(prepared.scope, prepared.survey)) {
    nth++
    yield { file: { name: seriesName('records', nth, true), bytes: linesOf(page) } }
    const proofs: string[] = []
    for (const leaf of page) proofs.push(json(await proofOf(leaf, prepared, reader)))
    yield { file: text(seriesName('proofs', nth, true), proofs.join('')) }
    if (evidence) yield keysFile(nth, keysOf(page, evidence), true)
    yield { leaves: page }
  }
}

const keysFile = (nth: number, keys: readonly ExchangeKeys[], lines: boolean): Part => ({
  file: text(seriesName('keys' satisfies Series, nth, lines), keys.map(json).join('')),
})

async function* controlFiles(prepared: PreparedPack, reader: PackReader): AsyncGenerator<PackFile> {
  const { control, controlLeaves, cosigned, stamped } = prepared
  yield text(FILES.checkpoint, control.note)
  yield { name: FILES.controlRecords, bytes: linesOf(controlLeaves) }
  const proofs: string[] = []
  for (const leaf of controlLeaves) proofs.push(json(await proofOf(leaf, prepared, reader)))
  yield text(FILES.controlProofs, proofs.join(''))
  yield text(FILES.links, await linksText(prepared, reader))
  if (cosigned !== null) yield text(FILES.cosigned, cosigned)
  for (const [n, { checkpoint, token }] of stamped.entries()) {
    const names = stampNames(n + 1)
    yield text(names.stamped, checkpoint)
    yield { name: names.token, bytes: token }
  }
}

async function proofOf({ lane, index }: LocatedLeaf, { lanes, control }: PreparedPack, reader: PackReader) {
  const size = lane === CONTROL_LANE ? control.size : lanes.find(known => known.lane === lane)?.size
  if (size === undefined) throw new Fault('internal', `${lane} was not surveyed`)
  return { lane, index, hashes: (await reader.inclusion(lane, index, size)).map(encodeBase64) }
}

/** Each lane's own signed checkpoint follows the head that the control lane named. */
async function lanesText({ lanes }: PreparedPack, reader: PackReader): Promise<string> {
  const shown = []
  for (const evidence of lanes) {
    const hashes = await reader.consistency(evidence.lane, evidence.size, sizeOf(evidence.checkpoint))
    shown.push({ ...evidence, consistency: hashes.map(encodeBase64) })
  }
  return json(shown)
}

/** That the checkpoint of the control lane follows what its former keys signed last, and what others have seen. */
async function linksText({ control, controlLeaves, cosigned, stamped }: PreparedPack, reader: PackReader) {
  const link = async (size: number): Promise<readonly string[]> =>
    (await reader.consistency(CONTROL_LANE, size, control.size)).map(encodeBase64)
  const history = new ControlKeyHistory()
  for (const { index, leaf } of controlLeaves) history.take(index, leaf)
  const handovers = []
  for (const { size } of history.read().handovers) handovers.push({ size, hashes: await link(size) })
  const stamps: (readonly string[])[] = []
  for (const { checkpoint } of stamped) stamps.push(await link(sizeOf(checkpoint)))
  return json({ handovers, cosigned: cosigned === null ? null : await link(sizeOf(cosigned)), stamped: stamps })
}

function sizeOf(note: string): Checkpoint['size'] {
  const checkpoint = parseCheckpoint(note)
  if (!checkpoint.ok) throw new Fault('internal', 'a stored checkpoint cannot be read')
  return checkpoint.value.size
}

/** One leaf a line: a leaf is one line of JSON, so that the bytes of a line are those that were hashed. */
function linesOf(leaves: readonly LocatedLeaf[]): Uint8Array {
  const broken = leaves.find(({ leaf }) => leaf.includes(LINE_FEED))
  if (broken) throw new Fault('internal', `record ${broken.index} of ${broken.lane} is not as a gateway writes it`)
  return Buffer.concat(leaves.flatMap(({ leaf }) => [leaf, Buffer.of(LINE_FEED)]))
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`
const text = (name: string, content: string): PackFile => ({ name, bytes: Buffer.from(content) })
