import { describe, expect, it } from '@jest/globals'
import { lintSchema } from '../../../gateway/schema/lint-schema.ts'
import { schemaText } from './schema-text.ts'

const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
})

describe('lintSchema finds nothing in', () => {
  it.each<[string, unknown]>([
    [
      'texts that are bounded',
      closed({
        a: { type: 'string', maxLength: 5 },
        b: { enum: ['x'] },
        c: { type: 'string', const: 'y' },
        d: { type: 'string', format: 'date' },
      }),
    ],
    [
      'a bound around alternatives',
      { type: ['string', 'null'], maxLength: 9, anyOf: [{ type: 'string' }, { type: 'null' }] },
    ],
    ['a bounded list', { type: 'array', maxItems: 5, items: { type: 'integer' } }],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'integer' }], minItems: 1, items: false }],
    ['an object open on purpose', { type: 'object', additionalProperties: true }],
    [
      'parts that unevaluatedProperties closes',
      {
        type: 'object',
        allOf: [{ $ref: '#/$defs/base' }],
        properties: { b: { type: 'integer' } },
        unevaluatedProperties: false,
        $defs: { base: { type: 'object', properties: { a: { type: 'integer' } } } },
      },
    ],
    [
      'one of two required',
      closed({ a: { type: 'integer' }, b: { type: 'integer' } }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }),
    ],
    ['a value where anything may stand', closed({ a: true })],
    [
      'conditions',
      closed({ a: { type: 'integer' } }, { if: { properties: { a: { type: 'string' } } }, then: { required: ['a'] } }),
    ],
  ])('%s', (_, schema) => {
    expect(lintSchema(schemaText(schema))).toEqual([])
  })
})

describe('lintSchema finds', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['a text without maxLength', closed({ a: { type: 'string' } }), '/properties/a', /maxLength/],
    ['a nullable text without maxLength', closed({ a: { type: ['string', 'null'] } }), '/properties/a', /maxLength/],
    [
      'a text that a format does not bound',
      closed({ a: { type: 'string', format: 'byte' } }),
      '/properties/a',
      /maxLength/,
    ],
    ['a text in an alternative', { anyOf: [{ type: 'string' }, { type: 'null' }] }, '/anyOf/0', /maxLength/],
    ['a list without maxItems', { type: 'array', items: { type: 'integer' } }, '', /maxItems/],
    ['a list without items', { type: 'array', maxItems: 3 }, '', /needs items/],
    [
      'an object that is neither closed nor open',
      { type: 'object', properties: { a: { type: 'integer' } } },
      '',
      /closed by/,
    ],
    [
      'a definition used where it is open',
      closed({ a: { $ref: '#/$defs/base' } }, { $defs: { base: { type: 'object', properties: {} } } }),
      '/$defs/base',
      /closed by/,
    ],
    ['an object in a list', { type: 'array', maxItems: 3, items: { type: 'object' } }, '/items', /closed by/],
    [
      'an object in a map',
      { type: 'object', additionalProperties: { type: 'string' } },
      '/additionalProperties',
      /maxLength/,
    ],
    ['a value of which nothing is said', closed({ a: { title: 'A' } }), '/properties/a', /nothing is said/],
    [
      'a required member that is misspelt',
      closed({ name: { type: 'integer' } }, { required: ['nmae'] }),
      '',
      /nmae is required/,
    ],
    ['what does not compile', closed({ a: { type: 'string', maxLenght: 5 } }), '', /unknown keyword/],
    ['what is no schema', closed({ a: { type: 'text' } }), '/properties/a/type', /must be/],
    [
      'a pattern that looks ahead',
      closed({ a: { type: 'string', maxLength: 5, pattern: '(?=a)' } }),
      '/properties/a/pattern',
      /looks ahead/,
    ],
    [
      'a pattern for names',
      { type: 'object', patternProperties: { '(a)\\1': true }, additionalProperties: false },
      '/patternProperties/(a)\\1',
      /refers back/,
    ],
    ['a reference that leaves', closed({ a: { $ref: 'b.json' } }), '/properties/a/$ref', /leaves the document/],
    [
      'nesting',
      Array.from({ length: 33 }).reduce<object>(inner => ({ type: 'array', maxItems: 1, items: inner }), {
        type: 'integer',
      }),
      '/items'.repeat(32),
      /nests deeper/,
    ],
  ])('%s', (_, schema, pointer, message) => {
    expect(lintSchema(schemaText(schema))).toEqual([{ pointer, message: expect.stringMatching(message) }])
  })
})
