import { type InnerList, type Parameters, writeInnerList, writeItem } from './structured-field.ts'

/** The value of a covered component; null: the message has none. */
export type ValueOf = (name: string, parameters: Parameters) => string | null

/** RFC 9421 section 2.5: the base is ASCII, and no value spans lines. Tabs are field content (RFC 9110 section 5.5). */
const ONE_LINE = /^[\t\x20-\x7e]*$/

/**
 * The signature base of RFC 9421 section 2.5: one line for each covered component, then the parameters. Null where a component is
 * covered twice (a MUST NOT of section 2.5), is no string, or has no value, or one that does not fit a line.
 */
export function signatureBase(input: InnerList, valueOf: ValueOf): string | null {
  const [components] = input
  const lines = new Map<string, string>()
  for (const component of components) {
    const [name, parameters] = component
    const identifier = writeItem(component)
    const value = typeof name === 'string' && !lines.has(identifier) ? valueOf(name, parameters) : null
    if (value === null || !ONE_LINE.test(value)) return null
    lines.set(identifier, `${identifier}: ${value}\n`)
  }
  return `${[...lines.values()].join('')}"@signature-params": ${writeInnerList(input)}`
}
