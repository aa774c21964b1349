import { stringify } from 'yaml'
import { MAX_FILE_BYTES } from './read-yaml.ts'

const OPTIONS = {
  // A long text stays one line: a difference then shows the member and not the folding.
  lineWidth: 0,
  aliasDuplicateObjects: false,
} as const

/** Characters that a YAML reader takes for a mark, a break or none of a text, where they stand as themselves (YAML 1.2 section 5.1). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ODD = /[\0-\x08\x0B-\x1F\x7F-\x9F\u2028\u2029\uFEFF]/g

/**
 * The text of a plain JSON value as YAML 1.2 that readYaml reads as the same value, with these members first and the others in the
 * order of their names. What would be too large to be read again, or holds characters that YAML has its own idea of, is written on one
 * line, as JSON, which is YAML too.
 */
export function writeYaml(value: unknown, first: readonly string[] = []): string {
  const text = stringify(
    Array.isArray(value) ? value.map(item => ordered(item, first)) : ordered(value, first),
    OPTIONS,
  )
  return Buffer.byteLength(text) <= MAX_FILE_BYTES && text.search(ODD) < 0 ? text : `${asJson(value)}\n`
}

const asJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(ODD, odd => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** The named members of the outermost object first; inside, the order of names, so that equal values have equal texts. */
function ordered(value: unknown, first: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map(item => ordered(item))
  if (typeof value !== 'object' || value === null) return value
  const object = value as Readonly<Record<string, unknown>>
  const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length)
  const names = Object.keys(object).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  // A map: an object would put names like `200` before all others, whatever order they come in.
  return new Map(names.filter(name => object[name] !== undefined).map(name => [name, ordered(object[name])]))
}
