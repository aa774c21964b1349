import { below } from './pointer.ts'
import { quote, type Report, textOf } from './report.ts'
import { isObject, type SchemaObject } from './schema-keywords.ts'

/** What the parts of an OpenAPI document are read with. */
export interface OpenapiContext {
  readonly components: SchemaObject
  readonly report: Report
}

/** A part of the document, and where it was found (after following references). */
export interface Found {
  readonly value: SchemaObject
  readonly pointer: string
}

const MAX_HOPS = 8
const REFERENCE = /^#\/components\/([A-Za-z]+)\/([A-Za-z0-9._-]{1,64})$/

/**
 * The object itself, or the component of the given section that its `$ref` names (OpenAPI 3.1 section 4.8.23).
 * Undefined after reporting why not. References never leave the document.
 */
export function follow(value: unknown, pointer: string, section: string, context: OpenapiContext): Found | undefined {
  let found: { value: unknown; pointer: string } = { value, pointer }
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    if (!isObject(found.value)) {
      context.report(found.pointer, 'must be a mapping')
      return undefined
    }
    const reference = found.value['$ref']
    if (reference === undefined) return { value: found.value, pointer: found.pointer }
    const [, named, name] = REFERENCE.exec(textOf(reference)) ?? []
    const components = context.components[section]
    if (named !== section || name === undefined) {
      context.report(
        below(found.pointer, '$ref'),
        `${quote(textOf(reference))} is not followed: a reference stays in the document, as #/components/${section}/Name`,
      )
      return undefined
    }
    if (!isObject(components) || !Object.hasOwn(components, name)) {
      context.report(below(found.pointer, '$ref'), `components/${section} has no ${quote(name)}`)
      return undefined
    }
    found = { value: components[name], pointer: below(below('/components', section), name) }
  }
  context.report(pointer, `goes through more than ${MAX_HOPS} references`)
  return undefined
}

/** Refuses what is not known: a keyword that would be ignored is a promise that would not be kept. `x-` members are free. */
export function refuseUnknown(
  found: Found,
  known: ReadonlySet<string>,
  refused: Readonly<Record<string, string>>,
  report: Report,
): void {
  for (const key of Object.keys(found.value)) {
    if (known.has(key)) continue
    if (Object.hasOwn(refused, key)) report(below(found.pointer, key), `${key} is not supported: ${refused[key]}`)
    else if (key === 'x-classification') report(below(found.pointer, key), 'the label stands on each operation')
    else if (!key.startsWith('x-')) report(below(found.pointer, key), `${quote(key)} is not known here`)
  }
}
