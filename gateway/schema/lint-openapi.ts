import { isObject } from './json-value.ts'
import { escapeToken } from './pointer.ts'

/** What an owner should look at and may decide to leave. */
export interface Doubt {
  readonly pointer: string
  readonly message: string
}

/** Names under which data about a person mostly goes. `name` itself is not among them: most things have one. */
const PERSONAL = /citizen|cccd|passport|birth|^(?:full|first|last|family|given)name$|phone|e-?mail|homeaddress/i

/**
 * Doubts about the description of a service, which refuse nothing: an object that is open and does not say that it is so on purpose
 * (`x-open: true`), and members that look like people in a document that marks none (`x-subject: true` on the schema of each member
 * that names a person).
 */
export function lintOpenapi(document: unknown): readonly Doubt[] {
  const open: Doubt[] = []
  const personal: string[] = []
  let marks = false
  const visit = (value: unknown, pointer: string): void => {
    if (Array.isArray(value)) return value.forEach((item, n) => visit(item, `${pointer}/${n}`))
    if (!isObject(value)) return
    marks ||= value['x-subject'] === true
    const isOpen = value.additionalProperties === true || value.unevaluatedProperties === true
    if (isOpen && value['x-open'] !== true)
      open.push({ pointer, message: 'the object is open: where that is meant, say x-open: true' })
    if (isObject(value.properties))
      personal.push(
        ...Object.keys(value.properties)
          .filter(name => PERSONAL.test(name))
          .map(name => `${pointer}/properties/${escapeToken(name)}`),
      )
    for (const [name, inner] of Object.entries(value))
      if (!EXAMPLES.has(name)) visit(inner, `${pointer}/${escapeToken(name)}`)
  }
  visit(document, '')
  const unmarked = marks ? [] : personal.map(pointer => ({ pointer, message: UNMARKED }))
  return [...open, ...unmarked]
}

const UNMARKED =
  'looks like data about a person, and nothing here is marked: put x-subject: true on the schema of each member that names one'

/** They hold values, not schemas. */
const EXAMPLES: ReadonlySet<string> = new Set(['example', 'examples', 'default', 'enum', 'const'])
