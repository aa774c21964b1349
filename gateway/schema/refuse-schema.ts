import { costOf } from './schema-cost.ts'
import { resolveReference, type Schema, subschemas } from './schema-tree.ts'

/** One thing wrong with a schema, and where in it (JSON Pointer). */
export interface SchemaFault {
  readonly pointer: string
  readonly message: string
}

/** As deep as values may be (`readJson`). */
export const MAX_DEPTH = 32
const MAX_SUBSCHEMAS = 5_000
/** Subschemas applied to one place of a value; honest schemas stay under a hundred. */
const MAX_COST = 10_000

/** Named by one object: Ajv nests its code a level for each, and 1,000 exhaust the stack (300 take 0.2 s to compile). */
const MAX_MEMBERS = 300
/** Of a whole schema that looks at what was not evaluated: the time to compile that grows with the square of them. */
const MAX_MEMBERS_WATCHED = 500

const REFUSED: Readonly<Record<string, string>> = {
  $anchor: 'name it under $defs and refer to it as #/$defs/…',
  $dynamicAnchor: 'write $ref',
  $dynamicRef: 'write $ref',
  $recursiveAnchor: 'write $ref',
  $recursiveRef: 'write $ref',
  $vocabulary: 'the vocabularies are fixed',
  $async: 'a check never waits',
  dependencies: 'write dependentRequired or dependentSchemas',
}

// Every JavaScript object answers to these names: a check for such a member would see what the value does not hold.
const isInherited = (name: string): boolean => name in Object.prototype

/**
 * The hard limits: what would let a schema stall the gateway, reach outside itself, or be read differently by its checkers.
 * Empty when there is nothing. Beyond them `lintSchema` asks for good order.
 */
export function refuseSchema(root: Schema): readonly SchemaFault[] {
  const faults: SchemaFault[] = []
  let count = 0
  let members = 0
  let watched = false
  const seen = new Map<Schema, string>()
  const visit = (schema: Schema, pointer: string, depth: number): void => {
    if (depth > MAX_DEPTH || ++count > MAX_SUBSCHEMAS) return
    seen.set(schema, pointer)
    if (typeof schema === 'object') {
      faults.push(...refuseKeywords(schema, pointer))
      members += Object.keys(schema.properties ?? {}).length
      watched ||= schema.unevaluatedProperties !== undefined || schema.unevaluatedItems !== undefined
    }
    if (depth === MAX_DEPTH && subschemas(schema).length > 0)
      faults.push({ pointer, message: `the schema nests deeper than ${MAX_DEPTH}` })
    for (const sub of subschemas(schema)) visit(sub.schema, pointer + sub.pointer, depth + 1)
  }
  visit(root, '', 0)
  if (count > MAX_SUBSCHEMAS)
    faults.push({ pointer: '', message: `the schema has more than ${MAX_SUBSCHEMAS} subschemas` })
  else faults.push(...refuseReferences(root, seen))
  if (watched && members > MAX_MEMBERS_WATCHED)
    faults.push({
      pointer: '',
      message: `the schema names ${members} members, at most ${MAX_MEMBERS_WATCHED} beside unevaluatedProperties or unevaluatedItems`,
    })
  // The cost of a faulty schema says nothing, and may be long in coming.
  if (faults.length > 0) return faults
  const cost = costOf(root, MAX_DEPTH)
  if (cost === Number.POSITIVE_INFINITY)
    return [{ pointer: '', message: 'the schema refers to itself for the same value, without end' }]
  if (cost > MAX_COST)
    return [
      {
        pointer: '',
        message: `the schema may apply more than ${MAX_COST} subschemas to one value: too many branches that meet again`,
      },
    ]
  return []
}

function refuseKeywords(schema: Exclude<Schema, boolean>, pointer: string): SchemaFault[] {
  const faults: SchemaFault[] = []
  const refuse = (keyword: string, message: string): void => {
    faults.push({ pointer: `${pointer}/${keyword}`, message })
  }
  for (const [keyword, advice] of Object.entries(REFUSED)) {
    if (Object.hasOwn(schema, keyword)) refuse(keyword, `${keyword} is not supported: ${advice}`)
  }
  const members = Object.keys(schema.properties ?? {}).length
  if (members > MAX_MEMBERS) refuse('properties', `an object names at most ${MAX_MEMBERS} members, not ${members}`)
  if (pointer !== '' && schema.$id !== undefined) refuse('$id', 'only the whole document may have an $id')
  for (const [keyword, name] of namedMembers(schema)) {
    if (isInherited(name)) refuse(keyword, `a member cannot be called ${name}: every object of JavaScript has one`)
  }
  return faults
}

/** A reference names a schema that was looked at: not, say, an example, which nothing has checked as a schema. */
function refuseReferences(root: Schema, seen: ReadonlyMap<Schema, string>): SchemaFault[] {
  const faults: SchemaFault[] = []
  for (const [schema, pointer] of seen) {
    if (typeof schema === 'boolean' || typeof schema.$ref !== 'string') continue
    const target = resolveReference(root, schema.$ref)
    const message = !target.ok
      ? target.error
      : seen.has(target.value.schema)
        ? null
        : 'the reference names something that is no schema'
    if (message !== null) faults.push({ pointer: `${pointer}/$ref`, message })
  }
  return faults
}

function namedMembers(schema: Exclude<Schema, boolean>): [keyword: string, name: string][] {
  const found: [string, string][] = []
  if (Array.isArray(schema.required)) for (const name of schema.required) found.push(['required', String(name)])
  for (const keyword of ['properties', 'dependentSchemas', 'dependentRequired'])
    for (const [name, needs] of Object.entries(schema[keyword] ?? {})) {
      found.push([keyword, name])
      if (keyword === 'dependentRequired' && Array.isArray(needs))
        for (const need of needs) found.push([keyword, String(need)])
    }
  return found
}
