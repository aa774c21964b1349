import type { SchemaText } from '../configuration/objects.ts'
import { isObject } from './json-value.ts'
import { compilePattern } from './pattern.ts'
import { parsePointer } from './pointer.ts'
import { isSchema, type Schema, schemasOfSamePlace, subschemas } from './schema-tree.ts'

/**
 * Whether a granted pointer names a field that values of the schema can have: so that a misspelt grant is found when it is
 * proposed, and not when a field is missing. Walks properties, items and their like through references and alternatives. What is
 * deliberately open (`additionalProperties: true`, `true`, a schema that says nothing) holds any field; where additionalProperties is absent,
 * no field is described.
 */
export function grantPointsSomewhere(pointer: string, schema: SchemaText): boolean {
  const tokens = parsePointer(pointer)
  const root: unknown = JSON.parse(schema.text)
  return tokens.ok && isSchema(root) && pointsInto(root, [root], tokens.value)
}

function pointsInto(root: Schema, heads: readonly Schema[], tokens: readonly string[]): boolean {
  let here = everywhere(root, heads)
  for (const token of tokens) {
    if (here.some(isOpen)) return true
    here = everywhere(
      root,
      here.flatMap(schema => below(schema, token)),
    )
    if (here.length === 0) return false
  }
  return here.length > 0
}

const everywhere = (root: Schema, heads: readonly Schema[]): Schema[] =>
  [...new Set(heads.flatMap(head => [...schemasOfSamePlace(root, head)]))].filter(schema => schema !== false)

const SAYS_NOTHING =
  /^(?:title|description|default|deprecated|examples?|readOnly|writeOnly|externalDocs|xml|\$comment|x-.*)$/

const isOpen = (schema: Schema): boolean =>
  schema === true || (isObject(schema) && Object.keys(schema).every(keyword => SAYS_NOTHING.test(keyword)))

function below(schema: Schema, token: string): Schema[] {
  const subs = subschemas(schema)
  if (token === '*') {
    return subs
      .filter(sub => sub.place === 'member' || (sub.place === 'item' && sub.keyword !== 'contains'))
      .map(sub => sub.schema)
  }
  const described = subs.filter(
    ({ keyword, name }) =>
      (keyword === 'properties' && name === token) || (keyword === 'patternProperties' && matches(name, token)),
  )
  if (described.length > 0) return described.map(sub => sub.schema)
  return subs
    .filter(sub => sub.keyword === 'additionalProperties' || sub.keyword === 'unevaluatedProperties')
    .map(sub => sub.schema)
}

function matches(source: string, token: string): boolean {
  const pattern = compilePattern(source)
  return pattern.ok && pattern.value.test(token)
}
