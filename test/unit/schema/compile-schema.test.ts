import { describe, expect, it } from '@jest/globals'
import { compileSchema } from '../../../gateway/schema/compile-schema.ts'
import type { JsonValue } from '../../../gateway/schema/json-value.ts'
import { Validators } from '../../../gateway/schema/validators.ts'
import { schemaText } from './schema-text.ts'

const check = (schema: unknown, value: JsonValue) => {
  const compiled = compileSchema(schemaText(schema))
  if (!compiled.ok) throw new Error(compiled.error)
  return compiled.value.check(value)
}
const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
})

const members = (count: number, prefix = 'm') =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, true]))

describe('violations name the place and the keyword, never the value', () => {
  it.each<[string, unknown, JsonValue, string, string]>([
    ['type', closed({ a: { type: 'string' } }), { a: 1 }, '/a', 'type'],
    ['null is allowed by a union only', closed({ a: { type: ['string', 'null'] } }), { a: null }, '', ''],
    ['additionalProperties', closed({ a: true }), { 'x/~y': 'secret' }, '/x~1~0y', 'additionalProperties'],
    ['required', closed({ a: true }, { required: ['a'] }), {}, '/a', 'required'],
    [
      'dependentRequired',
      closed({ a: true, b: true }, { dependentRequired: { a: ['b'] } }),
      { a: 1 },
      '/b',
      'dependentRequired',
    ],
    ['pattern', closed({ a: { type: 'string', pattern: '^\\d{12}$' } }), { a: '1' }, '/a', 'pattern'],
    ['format', closed({ a: { type: 'string', format: 'date' } }), { a: '2026-02-30' }, '/a', 'format'],
    ['enum', closed({ a: { enum: ['x', 'y'] } }), { a: 'z' }, '/a', 'enum'],
    ['maxItems', { type: 'array', maxItems: 1, items: true }, [1, 2], '', 'maxItems'],
    ['items', { type: 'array', items: { type: 'integer' } }, [1, 'x'], '/1', 'type'],
    [
      'uniqueItems',
      { type: 'array', uniqueItems: true, items: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      '',
      'uniqueItems',
    ],
    ['multipleOf in decimals', { type: 'number', multipleOf: 0.01 }, 19.99, '', ''],
    ['multipleOf', { type: 'number', multipleOf: 0.01 }, 19.999, '', 'multipleOf'],
    [
      'propertyNames',
      { type: 'object', propertyNames: { pattern: '^[a-z]{1,5}$', type: 'string' } },
      { A: 1 },
      '/A',
      'pattern',
    ],
    ['false', { type: 'object', properties: { a: false } }, { a: 1 }, '/a', 'false schema'],
    ['true as a whole schema', true, { a: 1 }, '', ''],
    ['false as a whole schema', false, 1, '', 'false schema'],
    ['a reference', { $ref: '#/$defs/a', $defs: { a: { type: 'integer' } } }, 'x', '', 'type'],
  ])('%s', (_, schema, value, pointer, keyword) => {
    const found = check(schema, value)
    if (keyword === '') expect(found).toEqual([])
    else expect(found[0]).toEqual({ pointer, keyword, message: expect.any(String) })
    expect(JSON.stringify(found)).not.toContain('secret')
  })

  it('are cleaned: no control character, no citizen number, bounded', () => {
    const [violation] = check(closed({}), { [`001099012345\u001b[31m\u202e${'y'.repeat(9000)}`]: 1 })
    expect(violation?.pointer).toMatch(/^\/…\[31my+…$/)
    expect(violation?.pointer.length).toBeLessThanOrEqual(256)
  })

  it('are at most 16', () => {
    const anyOf = Array.from({ length: 40 }, (_, i) => ({ const: i }))
    expect(check({ anyOf }, 'x')).toHaveLength(16)
  })
})

describe('what other checkers get wrong', () => {
  it('keeps two patterns of one schema apart', () => {
    const schema = closed({ a: { type: 'string', pattern: '^(?:a)$' }, b: { type: 'string', pattern: '^(?:b)$' } })
    expect(check(schema, { a: 'a', b: 'b' })).toEqual([])
    expect(check(schema, { a: 'a', b: 'a' })).toHaveLength(1)
  })

  // Ajv keeps evaluated members in a plain object, which answers to these names.
  it.each(['toString', 'constructor', 'valueOf', 'hasOwnProperty'])(
    'does not take %s for an evaluated member',
    name => {
      const branch = (type: string) => ({ type: 'object', properties: { a: { type } } })
      const schema = { type: 'object', anyOf: [branch('string'), branch('integer')], unevaluatedProperties: false }
      expect(check(schema, { a: 'x' })).toEqual([])
      expect(check(schema, { a: 'x', [name]: 'smuggled' })).toEqual([
        { pointer: `/${name}`, keyword: 'unevaluatedProperties', message: 'is not described' },
      ])
    },
  )

  it('compares values with a member called valueOf without failing', () => {
    expect(check({ enum: [{ a: 1 }] }, { valueOf: 1 })).toHaveLength(1)
    expect(check({ type: 'array', uniqueItems: true, items: true }, [{ valueOf: 1 }, { valueOf: 2 }])).toEqual([])
  })

  it('finds equal items in linear time', () => {
    const items = Array.from({ length: 50_000 }, (_, i) => ({ i }))
    const start = performance.now()
    expect(check({ type: 'array', uniqueItems: true, items: true }, items)).toEqual([])
    expect(check({ type: 'array', uniqueItems: true, items: true }, ['__proto__', '__proto__'])).toHaveLength(1)
    expect(
      check({ type: 'array', uniqueItems: true, items: true }, ['1', 1, true, 'true', null, 'null', '[]', []]),
    ).toEqual([])
    expect(performance.now() - start).toBeLessThan(1500)
  })
})

describe('a schema does not compile', () => {
  const doubling = {
    $defs: Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `d${i}`,
        i === 19 ? true : { anyOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    ),
    $ref: '#/$defs/d0',
  }
  it.each<[string, unknown, RegExp]>([
    ['with an unknown keyword', { type: 'string', maxLenght: 3 }, /unknown keyword/],
    ['with an unknown format', { type: 'string', format: 'citizen-number' }, /unknown format/],
    ['with a keyword that its type makes idle', { type: 'string', minimum: 3 }, /strict/],
    ['with a value of the wrong kind', { type: 'text' }, /type/],
    ['with a reference that leaves it', { $ref: 'https://g99.example/schema.json' }, /leaves the document/],
    ['with a reference to a file', { $ref: 'other.json#/a' }, /leaves the document/],
    ['with a reference to nothing', { $ref: '#/$defs/a' }, /names nothing/],
    ['with a reference to an example', { examples: [{ type: 'string' }], $ref: '#/examples/0' }, /no schema/],
    ['with a dynamic reference', { $dynamicRef: '#a' }, /not supported/],
    ['with an inner $id', { properties: { a: { $id: 'https://g99.example/a' } }, type: 'object' }, /\$id/],
    ['of another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, /dialect/],
    ['that looks ahead', { type: 'string', pattern: '(?=a)' }, /looks ahead/],
    ['that looks ahead in a member name', { type: 'object', patternProperties: { '(?!a)': true } }, /looks ahead/],
    ['that refers to itself without end', { $ref: '#' }, /without end/],
    [
      'that refers to itself through alternatives',
      { $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, true] } }, $ref: '#/$defs/a' },
      /without end/,
    ],
    ['whose branches double', doubling, /too many branches/],
    [
      'whose branches double with each level',
      { type: 'object', properties: { a: { anyOf: [{ $ref: '#' }, { $ref: '#' }] } } },
      /too many branches/,
    ],
    [
      // Ajv nests a level of code for each: 1,000 exhaust the stack.
      'an object of 301 members',
      closed(members(301)),
      /at most 300 members/,
    ],
    [
      // 2,400 took 9 seconds to compile.
      'many members beside unevaluatedProperties',
      {
        type: 'object',
        unevaluatedProperties: false,
        allOf: [1, 2, 3].map(n => ({ properties: members(200, `g${n}`) })),
      },
      /names 600 members, at most 500/,
    ],
    [
      'that nests too deeply',
      Array.from({ length: 33 }).reduce<object>(inner => ({ type: 'array', items: inner }), {}),
      /nests deeper/,
    ],
    ['with a member that every object has', closed({ toString: { type: 'string' } }), /called toString/],
    [
      'that requires a member that every object has',
      { type: 'object', required: ['constructor'] },
      /called constructor/,
    ],
    ['that is no schema', 'string', /a schema is/],
  ])('%s', (_, schema, message) => {
    expect(compileSchema(schemaText(schema))).toEqual({ ok: false, error: expect.stringMatching(message) })
  })

  it.each<[string, unknown]>([
    [
      'annotations',
      {
        type: 'string',
        'x-subject': true,
        'x-classification': 'internal',
        examples: ['a'],
        deprecated: true,
        example: 'a',
      },
    ],
    ['one of two members', closed({ a: true, b: true }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] })],
    [
      'a tree',
      {
        $id: 'https://g99.example/tree',
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        ...closed({ children: { type: 'array', items: { $ref: '#' } } }),
      },
    ],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }], items: false, minItems: 1 }],
  ])('but %s does', (_, schema) => {
    expect(compileSchema(schemaText(schema)).ok).toBe(true)
  })
})

describe('Validators', () => {
  it('compiles a schema once and drops what no revision names', () => {
    const validators = new Validators()
    const [a, b] = [schemaText({ type: 'string' }), schemaText({ type: 'integer' })]
    const first = validators.get(a)
    expect(validators.get({ ...a })).toBe(first)
    expect(validators.get(b).digest).toBe(b.digest)
    validators.retain(new Set([b.digest]))
    expect(validators.size).toBe(1)
    expect(validators.get(a)).not.toBe(first)
  })

  it('throws for a schema that approval should not have let through', () => {
    expect(() => new Validators().get(schemaText({ type: 'text' }))).toThrow(/type/)
  })
})
