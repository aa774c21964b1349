import { canonicalJson } from '../../configuration/canonical-json.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { type Atom, atomsOf, valuesOf } from './conjuncts.ts'

/** Whether what `all` say together makes sure that a keyword with this value holds, for values of these types. */
type Check = (all: readonly JsonObject[], wide: JsonValue, types: ReadonlySet<Atom>) => boolean

const numbers = (all: readonly JsonObject[], keyword: string): readonly number[] =>
  all.map(one => one[keyword]).filter(value => typeof value === 'number')

const highest = (all: readonly JsonObject[], keyword: string, least: number): number =>
  Math.max(least, ...numbers(all, keyword))
const lowest = (all: readonly JsonObject[], keyword: string): number => Math.min(Infinity, ...numbers(all, keyword))

const isNumber = (types: ReadonlySet<Atom>): boolean => types.has('integer') || types.has('fraction')

/** A keyword that counts and says nothing of values of other types. */
const atLeast =
  (keyword: string, type: Atom): Check =>
  (all, wide, types) =>
    !types.has(type) || highest(all, keyword, 0) >= Number(wide)
const atMost =
  (keyword: string, type: Atom): Check =>
  (all, wide, types) =>
    !types.has(type) || lowest(all, keyword) <= Number(wide)

/** The same text on both sides. Whether one pattern is part of another is not computed. */
const alike =
  (keyword: string, speaksOf: (types: ReadonlySet<Atom>) => boolean): Check =>
  (all, wide, types) =>
    !speaksOf(types) || all.some(one => one[keyword] === wide)

const listed: Check = (all, wide) => {
  const allowed = new Set((Array.isArray(wide) ? wide : [wide]).map(canonicalJson))
  return valuesOf(all)?.every(value => allowed.has(canonicalJson(value))) === true
}

/** Keywords of JSON Schema Validation 2020-12, section 6, that are looked at by themselves. */
export const CHECKS: Readonly<Record<string, Check>> = {
  type: (_all, wide, types) => [...types].every(atom => atomsOf(wide).has(atom)),
  enum: listed,
  const: (all, wide, types) => listed(all, [wide], types),
  multipleOf: (all, wide, types) =>
    !isNumber(types) ||
    (wide === 1 && !types.has('fraction')) ||
    // Only whole steps: 0.3 is no multiple of 0.1 in binary.
    numbers(all, 'multipleOf').some(
      step => step === wide || (Number.isInteger(step) && Number.isInteger(wide) && step % Number(wide) === 0),
    ),
  minimum: (all, wide, types) =>
    !isNumber(types) ||
    highest(all, 'minimum', -Infinity) >= Number(wide) ||
    highest(all, 'exclusiveMinimum', -Infinity) >= Number(wide),
  exclusiveMinimum: (all, wide, types) =>
    !isNumber(types) ||
    highest(all, 'minimum', -Infinity) > Number(wide) ||
    highest(all, 'exclusiveMinimum', -Infinity) >= Number(wide),
  maximum: (all, wide, types) =>
    !isNumber(types) || lowest(all, 'maximum') <= Number(wide) || lowest(all, 'exclusiveMaximum') <= Number(wide),
  exclusiveMaximum: (all, wide, types) =>
    !isNumber(types) || lowest(all, 'maximum') < Number(wide) || lowest(all, 'exclusiveMaximum') <= Number(wide),
  minLength: atLeast('minLength', 'string'),
  maxLength: atMost('maxLength', 'string'),
  pattern: alike('pattern', types => types.has('string')),
  format: alike('format', types => types.has('string') || isNumber(types)),
  minItems: atLeast('minItems', 'array'),
  maxItems: atMost('maxItems', 'array'),
  uniqueItems: (all, wide, types) =>
    wide === false || !types.has('array') || all.some(one => one.uniqueItems === true) || lowest(all, 'maxItems') <= 1,
  minProperties: (all, wide, types) =>
    !types.has('object') || Math.max(highest(all, 'minProperties', 0), requiredBy(all).size) >= Number(wide),
  maxProperties: atMost('maxProperties', 'object'),
  required: (all, wide, types) => {
    const required = requiredBy(all)
    return !types.has('object') || (wide as readonly string[]).every(name => required.has(name))
  },
}

const requiredBy = (all: readonly JsonObject[]): ReadonlySet<string> =>
  new Set(all.flatMap(({ required }) => (Array.isArray(required) ? (required as string[]) : [])))

/** Keywords that mean something only together. */
export const GROUPS: readonly (readonly string[])[] = [
  ['if', 'then', 'else'],
  ['contains', 'minContains', 'maxContains'],
]

/** Keywords whose meaning hangs on all others beside them. */
export const HANGING: ReadonlySet<string> = new Set(['unevaluatedProperties', 'unevaluatedItems'])
