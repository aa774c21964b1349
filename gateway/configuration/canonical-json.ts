import { hasLoneSurrogate } from './lone-surrogate.ts'

/**
 * RFC 8785 canonical JSON of a plain value: keys sorted by UTF-16 code units (section 3.2.3), numbers and strings as
 * ECMAScript writes them (section 3.2.2), no white space. Equal values have equal texts, so digests of them compare.
 * Members that are undefined are left out, as JSON.stringify does.
 * Throws TypeError on what JSON cannot say: functions, bigints, NaN and infinities, lone surrogates. Values from outside go
 * through findUnplain first, which answers with findings and bounds the depth.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return scalar(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const object = value as Readonly<Record<string, unknown>>
  // Joined object by object: whole configurations of 100 MB go through here, as one rope they would be slow to flatten.
  const members: string[] = []
  for (const key of Object.keys(object).sort())
    if (object[key] !== undefined) members.push(`${scalar(key)}:${canonicalJson(object[key])}`)
  return `{${members.join(',')}}`
}

function scalar(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('JSON has no NaN and no infinity')
  // RFC 8785 section 3.2.2.2: lone surrogates MUST end in an error.
  if (typeof value === 'string' && hasLoneSurrogate(value)) throw new TypeError('a lone surrogate is no text')
  if (value === null || SCALARS.has(typeof value)) return JSON.stringify(value)
  throw new TypeError(`JSON has no ${typeof value}`)
}

const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'boolean'])
