import type { FOLDERS, TopFile } from './directory-layout.ts'
import type { ConfigurationDocument } from './document.ts'
import { compare, type Locate, type Place } from './locate.ts'
import type { ConfigurationError } from './objects.ts'
import { tokensOf } from './pointer.ts'
import type { Report } from './report.ts'
import { type CertificateFiles, resolveBinding, resolveIssuer, resolveSystem } from './resolve-certificates.ts'

/** The content of a file, or one object of a folder's file; its shape was checked. */
export interface Part {
  readonly kind: TopFile | 'service' | 'openapi' | (typeof FOLDERS)[number]['kind']
  /** Of a service: what holds service.yaml and openapi.yaml together. */
  readonly folder: string | null
  readonly value: unknown
  readonly placeOf: (tokens: readonly string[]) => Required<Place>
}

type Fields = Readonly<Record<string, unknown>>

/** One object of a list of the document, and where its members are written. */
interface Item {
  readonly value: Fields
  readonly placeOf: (tokens: readonly string[]) => Required<Place>
}

export interface Assembled {
  readonly document: ConfigurationDocument
  readonly locate: Locate
  /** Certificates that could not be read; where there are any, the document is not whole. */
  readonly errors: readonly ConfigurationError[]
}

/** Puts the parts together into one document, and remembers where each of its objects is written. */
export function assemble(parts: readonly Part[], certificates: CertificateFiles): Assembled {
  const errors: ConfigurationError[] = []
  const itemsOf = (kind: Part['kind'], resolve?: typeof resolveBinding): readonly Item[] =>
    parts
      .filter(part => part.kind === kind)
      .flatMap(part => objectsOf(part))
      .map(({ value, placeOf }) => {
        const report: Report = (pointer, reason) => errors.push({ ...placeOf(tokensOf(pointer)), reason })
        const resolved = resolve ? resolve(value, '', certificates, report) : value
        return { value: resolved, placeOf: tokens => placeOf(asWritten(value, tokens)) }
      })

  const genesis = parts.find(part => part.kind === 'genesis')
  const lists = {
    units: sorted(itemsOf('units'), 'code'),
    systems: sorted(itemsOf('systems', resolveSystem), 'id'),
    issuers: sorted(itemsOf('issuers', resolveIssuer), 'name'),
    purposes: sorted(itemsOf('purposes'), 'code'),
    officers: sorted(itemsOf('officers', resolveBinding), 'id'),
    services: sorted(servicesOf(parts), 'id'),
    agreements: sorted(itemsOf('agreement'), 'id'),
    guardrails: sorted(itemsOf('guardrail'), 'id'),
    witnesses: sorted(itemsOf('witness'), 'name'),
    timeAuthorities: sorted(itemsOf('time-authority', resolveIssuer), 'name'),
    settings: sorted(itemsOf('setting'), 'id'),
    alertRules: sorted(itemsOf('alert-rule'), 'id'),
  }
  const values = Object.entries(lists).map(([name, items]) => [name, items.map(item => item.value)])
  const document = { genesis: genesis?.value, ...Object.fromEntries(values) } as ConfigurationDocument
  return { document, locate: locateIn(genesis, lists), errors }
}

function objectsOf(part: Part): readonly Item[] {
  if (!Array.isArray(part.value)) return [{ value: part.value as Fields, placeOf: tokens => part.placeOf(tokens) }]
  return (part.value as readonly Fields[]).map((value, index) => ({
    value,
    placeOf: tokens => part.placeOf([String(index), ...tokens]),
  }))
}

/** Where the document has a key, the file may have a certificate. */
function asWritten(value: Fields, tokens: readonly string[]): readonly string[] {
  const outer = tokens.slice(0, -1)
  if (tokens.at(-1) !== 'key') return tokens
  const holder = outer.reduce<unknown>((object, token) => (object as Fields | undefined)?.[token], value)
  return (holder as Fields | undefined)?.['certificate'] === undefined ? tokens : [...outer, 'certificate']
}

/** Each service.yaml with the openapi.yaml beside it. */
function servicesOf(parts: readonly Part[]): readonly Item[] {
  const descriptions = new Map(parts.filter(part => part.kind === 'openapi').map(part => [part.folder, part]))
  return parts
    .filter(part => part.kind === 'service')
    .map(part => {
      const openapi = descriptions.get(part.folder)
      const placeOf = (tokens: readonly string[]): Required<Place> =>
        tokens[0] === 'openapi' && openapi ? openapi.placeOf(tokens.slice(1)) : part.placeOf(tokens)
      return { value: { ...(part.value as Fields), openapi: openapi?.value }, placeOf }
    })
}

// By id, so that moving an object to another file is no change of the configuration.
const sorted = (items: readonly Item[], id: string): readonly Item[] =>
  items.toSorted((a, b) => compare(String(a.value[id]), String(b.value[id])))

function locateIn(genesis: Part | undefined, lists: Readonly<Record<string, readonly Item[]>>): Locate {
  return pointer => {
    const [list = '', index = '', ...rest] = tokensOf(pointer)
    if (list === 'genesis' && genesis) return genesis.placeOf(tokensOf(pointer).slice(1))
    const item = lists[list]?.[Number(index)]
    return item ? item.placeOf(rest) : { file: list === '' ? '.' : list, line: 0, pointer }
  }
}
