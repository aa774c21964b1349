import { err } from '../../domain/result.ts'
import { type FileDigest, formatManifest } from './manifest.ts'
import {
  FILES,
  isStampName,
  MANIFEST,
  MIMETYPE,
  OPTIONAL,
  readSeriesName,
  type Series,
  seriesName,
  SIGNATURE,
  stampNames,
} from './pack-names.ts'
import type { PackReport } from './pack-report.ts'
import type { PackSource } from './ports.ts'
import { digestOfFile } from './seal-pack.ts'

/** The files of a pack as they are read: each read is hashed, so that the digests are of the very bytes that were looked at. */
export class OpenedPack {
  readonly #source: PackSource
  readonly #report: PackReport
  readonly #names: ReadonlySet<string>
  readonly #digests = new Map<string, string>()

  constructor(source: PackSource, report: PackReport) {
    this.#source = source
    this.#names = new Set(source.names)
    this.#report = report
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** The bytes of a file; empty, and found wrong, where they cannot be had. */
  async read(name: string): Promise<Uint8Array> {
    const content = this.has(name) ? await this.#source.read(name) : err(`${name} is missing`)
    if (!content.ok) {
      this.#report.wrong('container', content.error)
      return new Uint8Array()
    }
    this.#digests.set(name, digestOfFile(content.value))
    return content.value
  }

  /** How many time stamps there are. */
  get stamps(): number {
    return this.#source.names.filter(isStampName).length / 2
  }

  /** How often a series goes on, and whether its files hold a line for each thing. */
  series(series: Series): { readonly count: number; readonly lines: boolean } {
    const found = this.#source.names.map(readSeriesName).filter(name => name?.series === series)
    return { count: found.length, lines: found[0]?.lines ?? false }
  }

  /** The manifest that these files would have; reads those that were not read yet. */
  async manifest(): Promise<string> {
    const files: FileDigest[] = []
    for (const name of this.#source.names) {
      if (name === MIMETYPE || name === MANIFEST || name === SIGNATURE) continue
      if (!this.#digests.has(name)) await this.read(name)
      files.push({ name, digest: this.#digests.get(name) ?? '' })
    }
    return formatManifest(files)
  }
}

/** Whether the files are those of a pack: all that belong to one, and no others. What is wrong with them, or null. */
export function faultOfLayout(names: readonly string[]): string | null {
  const present = new Set(names)
  if (names[0] !== MIMETYPE) return 'the first file is not mimetype'
  if (names.at(-2) !== MANIFEST || names.at(-1) !== SIGNATURE) return 'it does not end with manifest and signature'
  const single: ReadonlySet<string> = new Set(Object.values(FILES))
  const missing = Object.values(FILES).find(name => !OPTIONAL.has(name) && !present.has(name))
  if (missing !== undefined) return `${missing} is missing`
  const stamps = names.filter(isStampName)
  for (let n = 1; n <= Math.ceil(stamps.length / 2); n++)
    if (!present.has(stampNames(n).stamped) || !present.has(stampNames(n).token))
      return 'a time stamp and what it stamps are not both there'
  const rest = names.slice(1, -2).filter(name => !single.has(name) && !isStampName(name))
  const unknown = rest.find(name => readSeriesName(name) === null)
  if (unknown !== undefined) return `${unknown} is no file of a pack`
  const lines = readSeriesName(rest[0] ?? '')?.lines ?? false
  const count = (series: Series): number => rest.filter(name => readSeriesName(name)?.series === series).length
  const records = count('records')
  if (records === 0) return 'there are no records'
  for (const series of ['records', 'proofs', 'keys'] as const) {
    if (series === 'proofs' && count(series) !== records) return 'there is not a proof for each record'
    for (let n = 1; n <= count(series); n++)
      if (!present.has(seriesName(series, n, lines))) return `${seriesName(series, n, lines)} is missing`
  }
  return null
}
