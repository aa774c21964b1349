import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { digestOf } from '../../gateway/domain/digest.ts'
import { excessOf } from '../../gateway/schema/compatibility/contains.ts'
import { compileSchema, type Validator } from '../../gateway/schema/compile-schema.ts'
import type { JsonObject, JsonValue } from '../../gateway/schema/json-value.ts'
import type { Schema } from '../../gateway/schema/schema-tree.ts'

/** Choices of one run, used up one by one: everything below is a function of them. */
class Dice {
  readonly #rolls: readonly number[]
  #next = 0
  constructor(rolls: readonly number[]) {
    this.#rolls = rolls
  }
  roll(sides: number): number {
    return (this.#rolls[this.#next++ % this.#rolls.length] ?? 0) % sides
  }
  one<T>(list: readonly T[]): T {
    return list[this.roll(list.length)] as T
  }
  sometimes<T extends object>(of: number, make: () => T): T | object {
    return this.roll(of) === 0 ? make() : {}
  }
}

const NAMES = ['a', 'b', 'c', 'd']
const WORDS = ['', 'a', 'ab', 'abc', 'abcde', '1', '12', '2026-11-22']

function anySchema(dice: Dice, depth: number): Schema {
  const kind = dice.roll(depth > 2 ? 4 : 10)
  switch (kind) {
    case 0:
      return {
        type: dice.roll(6) === 0 ? ['string', 'null'] : 'string',
        ...dice.sometimes(2, () => ({ maxLength: 1 + dice.roll(4) })),
        ...dice.sometimes(4, () => ({ minLength: dice.roll(3) })),
        ...dice.sometimes(5, () => ({ pattern: dice.one(['^[a-c]*$', '^[0-9]+$', 'a']) })),
        ...dice.sometimes(8, () => ({ format: 'date' })),
      }
    case 1:
      return {
        type: dice.one(['integer', 'number']),
        ...dice.sometimes(2, () => ({ minimum: dice.roll(4) })),
        ...dice.sometimes(3, () => ({ maximum: 3 + dice.roll(5) })),
        ...dice.sometimes(5, () => ({ exclusiveMinimum: dice.roll(3) })),
        ...dice.sometimes(5, () => ({ exclusiveMaximum: 4 + dice.roll(3) })),
        ...dice.sometimes(5, () => ({ multipleOf: dice.one([1, 2, 4, 0.5]) })),
      }
    case 2:
      return { enum: dice.one<readonly JsonValue[]>([['a'], ['a', 'ab'], [1, 2], [null, 'a'], [1, 'ab', true]]) }
    case 3:
      return dice.one<Schema>([{ type: 'boolean' }, { type: 'null' }, true, { const: 'a' }, { $ref: '#/$defs/self' }])
    case 4:
      return {
        type: 'array',
        items: anySchema(dice, depth + 1),
        ...dice.sometimes(2, () => ({ maxItems: 1 + dice.roll(3) })),
        ...dice.sometimes(4, () => ({ minItems: dice.roll(2) })),
        ...dice.sometimes(5, () => ({ uniqueItems: true })),
        ...dice.sometimes(6, () => ({ contains: { type: 'string' } })),
      }
    case 5:
      return {
        type: 'array',
        prefixItems: [anySchema(dice, depth + 1), anySchema(dice, depth + 1)],
        items: dice.roll(2) === 0 ? false : anySchema(dice, depth + 1),
        minItems: 2,
      }
    case 6:
      return { [dice.one(['anyOf', 'oneOf', 'allOf'])]: [anySchema(dice, depth + 1), anySchema(dice, depth + 1)] }
    default: {
      const names = NAMES.filter(() => dice.roll(2) === 0)
      return {
        type: 'object',
        properties: Object.fromEntries(names.map(name => [name, anySchema(dice, depth + 1)])),
        ...dice.sometimes(2, () => ({ required: names.filter(() => dice.roll(2) === 0) })),
        ...dice.one<object>([
          { additionalProperties: false },
          { additionalProperties: false },
          { additionalProperties: true },
          { additionalProperties: { type: 'string' } },
          { unevaluatedProperties: false },
          {},
        ]),
        ...dice.sometimes(6, () => ({ patternProperties: { '^[c-d]$': { type: 'integer' } } })),
        ...dice.sometimes(6, () => ({ maxProperties: 1 + dice.roll(3) })),
        ...dice.sometimes(8, () => ({ dependentRequired: { a: ['b'] } })),
      }
    }
  }
}

/** The same, changed in some places: bounds moved, members and branches added and taken away. */
function changed(schema: Schema, dice: Dice): Schema {
  if (typeof schema === 'boolean') return schema
  if (dice.roll(25) === 0) return anySchema(dice, 2)
  const result: Record<string, JsonValue> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (dice.roll(25) === 0 && keyword !== 'type') continue
    result[keyword] = changedKeyword(keyword, value, dice)
  }
  return result
}

function changedKeyword(keyword: string, value: JsonValue, dice: Dice): JsonValue {
  if (typeof value === 'number') return dice.roll(3) === 0 ? Math.max(0, value + dice.one([-1, 1, 1])) : value
  if (keyword === 'type') return dice.roll(10) === 0 && value === 'integer' ? 'number' : value
  if (keyword === 'properties' || keyword === '$defs') {
    const entries = Object.entries(value as JsonObject).filter(() => keyword === '$defs' || dice.roll(10) > 0)
    const more = dice.roll(8) === 0 && keyword === 'properties' ? [['d', anySchema(dice, 3)] as const] : []
    return Object.fromEntries([
      ...entries.map(([name, inner]) => [name, changed(inner as Schema, dice)] as const),
      ...more,
    ])
  }
  if (['anyOf', 'oneOf', 'allOf', 'prefixItems'].includes(keyword))
    return (value as Schema[]).map(inner => changed(inner, dice))
  if (keyword === 'enum') return dice.roll(4) === 0 ? [...(value as JsonValue[]), 'abc'] : value
  if (keyword === 'required') return (value as JsonValue[]).filter(() => dice.roll(5) > 0)
  if (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    ['items', 'additionalProperties'].includes(keyword)
  )
    return changed(value as Schema, dice)
  return value
}

/** A value that may fit: made along the schema, at its bounds and beside them. */
function someValue(schema: Schema, root: JsonObject, dice: Dice, depth = 0): JsonValue {
  if (typeof schema === 'boolean' || depth > 6 || dice.roll(15) === 0)
    return dice.one<JsonValue>(['a', 'abcde', 1, 0, 2.5, null, true, [], {}, { a: 1 }, ['a'], '2026-11-22'])
  if (schema.$ref !== undefined) return someValue((root.$defs as JsonObject).self as Schema, root, dice, depth + 1)
  if (Array.isArray(schema.enum)) return dice.one(schema.enum as readonly JsonValue[])
  if (schema.const !== undefined) return schema.const
  for (const keyword of ['anyOf', 'oneOf', 'allOf'])
    if (Array.isArray(schema[keyword])) return someValue(dice.one(schema[keyword] as Schema[]), root, dice, depth + 1)
  if (schema.type === 'array') {
    const prefix = (schema.prefixItems ?? []) as Schema[]
    const length = Math.max(dice.roll(4), Number(schema.minItems ?? 0))
    return Array.from({ length }, (_, i) =>
      someValue(prefix[i] ?? ((schema.items ?? true) as Schema), root, dice, depth + 1),
    )
  }
  if (schema.type === 'object') {
    const described = (schema.properties ?? {}) as Readonly<Record<string, Schema>>
    const required = (schema.required ?? []) as readonly string[]
    const others = (schema.additionalProperties ?? true) as Schema
    const names = NAMES.filter(name =>
      required.includes(name) ? dice.roll(12) > 0 : dice.roll(name in described ? 2 : 5) === 0,
    )
    return Object.fromEntries(
      names.map(name => [
        name,
        someValue(described[name] ?? (others === false ? true : others), root, dice, depth + 1),
      ]),
    )
  }
  if (schema.type === 'integer') return dice.roll(12)
  if (schema.type === 'number') return dice.roll(24) / 2
  if (schema.type === 'boolean') return dice.roll(2) === 0
  if (schema.type === 'null') return null
  return dice.one(WORDS)
}

function validatorOf(schema: Schema): Validator | null {
  const text = JSON.stringify(schema)
  const compiled = compileSchema({ digest: digestOf(text), text })
  return compiled.ok ? compiled.value : null
}

const rooted = (schema: Schema, self: Schema): JsonObject => ({
  ...(typeof schema === 'boolean' ? {} : schema),
  $defs: { self },
})

const rolls = fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 60, maxLength: 120, size: 'max' })

describe('excessOf', () => {
  it('where it finds none, every value that the narrow schema allows is allowed by the wide one', () => {
    const tally = { proven: 0, changed: 0, values: 0, doubted: 0 }
    fc.assert(
      fc.property(rolls, made => {
        const dice = new Dice(made)
        const narrow = rooted(anySchema(dice, 0), anySchema(dice, 1))
        const wide = changed(narrow, dice) as JsonObject
        if (excessOf(narrow, wide).length > 0) return void tally.doubted++
        const [inner, outer] = [validatorOf(narrow), validatorOf(wide)]
        if (inner === null || outer === null) return
        tally.proven++
        if (JSON.stringify(narrow) !== JSON.stringify(wide)) tally.changed++
        for (let n = 0; n < 25; n++) {
          const value = someValue(narrow, narrow, dice)
          if (inner.check(value).length > 0) continue
          tally.values++
          if (outer.check(value).length > 0)
            throw new Error(`${JSON.stringify(value)} fits ${JSON.stringify(narrow)} and not ${JSON.stringify(wide)}`)
        }
      }),
      { numRuns: 1200 },
    )
    // Where all is doubted, or nothing was changed, or no value tried, nothing would be shown.
    expect(tally.changed).toBeGreaterThan(80)
    expect(tally.values).toBeGreaterThan(2000)
    expect(tally.doubted).toBeGreaterThan(200)
  })

  it('every schema contains itself', () => {
    fc.assert(
      fc.property(rolls, made => {
        const dice = new Dice(made)
        const schema = rooted(anySchema(dice, 0), anySchema(dice, 1))
        fc.pre(validatorOf(schema) !== null)
        expect(excessOf(schema, structuredClone<JsonObject>(schema))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
