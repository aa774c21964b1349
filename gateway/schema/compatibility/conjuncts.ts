import { isObject, type JsonObject, type JsonValue } from '../json-value.ts'
import { referenced, type Schema } from '../schema-tree.ts'

/** The types of JSON Schema with `number` taken apart, so that types are a plain set: every integer is a number. */
export type Atom = 'null' | 'boolean' | 'object' | 'array' | 'string' | 'integer' | 'fraction'

const ATOMS: readonly Atom[] = ['null', 'boolean', 'object', 'array', 'string', 'integer', 'fraction']

/** The schemas that a value has to fit all at once: these, what they refer to, and the parts of their allOf. True ones say nothing. */
export function conjuncts(root: Schema, schemas: readonly Schema[]): readonly Schema[] {
  const found = new Set<Schema>()
  const visit = (schema: Schema): void => {
    if (schema === true || found.has(schema)) return
    found.add(schema)
    if (schema === false) return
    const target = referenced(root, schema)
    if (target !== undefined) visit(target)
    if (Array.isArray(schema.allOf)) for (const part of schema.allOf as Schema[]) visit(part)
  }
  for (const schema of schemas) visit(schema)
  return [...found]
}

export function atomsOf(type: JsonValue | undefined): ReadonlySet<Atom> {
  if (type === undefined) return new Set(ATOMS)
  const names = (Array.isArray(type) ? type : [type]) as readonly string[]
  return new Set(names.flatMap(name => (name === 'number' ? ['integer', 'fraction'] : [name])) as Atom[])
}

/** What types a value may have that fits all of these. */
export function typesOf(all: readonly Schema[]): ReadonlySet<Atom> {
  const objects = all.filter(isObject)
  const listed = valuesOf(objects)
  const possible = listed === null ? ATOMS : ATOMS.filter(atom => listed.some(value => atomOf(value) === atom))
  const said = objects.map(({ type }) => atomsOf(type))
  return new Set(possible.filter(atom => said.every(types => types.has(atom))))
}

function atomOf(value: JsonValue): Atom {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction'
  return typeof value as 'boolean' | 'object' | 'string'
}

/** The values that one of them lists (enum, const); null: none of them lists any. */
export function valuesOf(all: readonly JsonObject[]): readonly JsonValue[] | null {
  for (const one of all) {
    if (one.const !== undefined) return [one.const]
    if (Array.isArray(one.enum)) return one.enum as readonly JsonValue[]
  }
  return null
}

/** What all of them say of a member. What a pattern may say of it is left out: knowing less is safe here. */
export const memberSchemas = (all: readonly JsonObject[], name: string): readonly Schema[] =>
  all.flatMap(({ properties, patternProperties, additionalProperties }): readonly Schema[] => {
    if (isObject(properties) && Object.hasOwn(properties, name)) return [properties[name] as Schema]
    return patternProperties === undefined && additionalProperties !== undefined ? [additionalProperties as Schema] : []
  })

export const prefixLengthOf = ({ prefixItems }: JsonObject): number =>
  Array.isArray(prefixItems) ? prefixItems.length : 0

/** What all of them say of the item at an index; false where there is none so far out. */
export function itemSchemas(all: readonly JsonObject[], index: number): readonly Schema[] {
  if (all.some(({ maxItems }) => typeof maxItems === 'number' && maxItems <= index)) return [false]
  return all.flatMap((one): readonly Schema[] => {
    if (index < prefixLengthOf(one)) return [(one.prefixItems as Schema[])[index] ?? true]
    return one.items === undefined ? [] : [one.items as Schema]
  })
}
