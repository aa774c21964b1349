/** ETSI EN 319 162-1 section 4.4: the media type of an ASiC-E container, which is also the whole of its first file. */
export const ASIC_E = 'application/vnd.etsi.asic-e+zip'

export const MIMETYPE = 'mimetype'
export const MANIFEST = 'META-INF/ASiCManifest.xml'
export const SIGNATURE = 'META-INF/signature.p7s'

/** Files that stand alone. */
export const FILES = {
  about: 'pack.json',
  readme: 'README.txt',
  page: 'index.html',
  certificate: 'certificates/packs.pem',
  checkpoint: 'control/checkpoint.txt',
  controlRecords: 'control/records.jsonl',
  controlProofs: 'control/proofs.jsonl',
  links: 'control/links.json',
  lanes: 'lanes.json',
  cosigned: 'control/cosigned.txt',
} as const

/** Not every pack has these. */
export const OPTIONAL: ReadonlySet<string> = new Set([FILES.cosigned])

/** Time stamps of several authorities: what the nth has stamped, and its token. */
export const MOST_STAMPS = 9
export const stampNames = (nth: number) =>
  ({ stamped: `control/stamped-${nth}.txt`, token: `control/timestamp-${nth}.tst` }) as const
export const isStampName = (name: string): boolean =>
  /^control\/(?:stamped-[1-9]\.txt|timestamp-[1-9]\.tst)$/.test(name)

/** Files that come in a row. */
export type Series = 'records' | 'proofs' | 'keys'

/** `records/000001.json` for one thing, `records/000001.jsonl` for one a line. */
export const seriesName = (series: Series, nth: number, lines: boolean): string =>
  `${series}/${String(nth).padStart(6, '0')}.${lines ? 'jsonl' : 'json'}`

const SERIES = /^(records|proofs|keys)\/(\d{6})\.(jsonl?)$/

export function readSeriesName(name: string): { series: Series; nth: number; lines: boolean } | null {
  const [, series, nth, ending] = SERIES.exec(name) ?? []
  return series === undefined ? null : { series: series as Series, nth: Number(nth), lines: ending === 'jsonl' }
}

const MEDIA_TYPES: readonly (readonly [ending: string, type: string])[] = [
  ['.json', 'application/json'],
  ['.jsonl', 'application/x-ndjson'],
  ['.html', 'text/html'],
  ['.pem', 'application/x-pem-file'],
  ['.tst', 'application/vnd.etsi.timestamp-token'],
]

export const mediaTypeOf = (name: string): string =>
  MEDIA_TYPES.find(([ending]) => name.endsWith(ending))?.[1] ?? 'text/plain'
