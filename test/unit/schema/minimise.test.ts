import { describe, expect, it } from '@jest/globals'
import { compileGrant } from '../../../gateway/schema/grant.ts'
import { grantPointsSomewhere } from '../../../gateway/schema/grant-points-somewhere.ts'
import type { JsonValue } from '../../../gateway/schema/json-value.ts'
import { minimise, ungranted } from '../../../gateway/schema/minimise.ts'
import { schemaText } from './schema-text.ts'

const page = {
  items: [
    { code: '01', name: 'Hà Nội' },
    { code: '79', name: 'TP. Hồ Chí Minh' },
  ],
  page: 1,
  total: 34,
}

describe('minimise', () => {
  it.each<[string, JsonValue, string[], JsonValue]>([
    [
      'the agreement of the design',
      page,
      ['/items/*/code', '/total'],
      { items: [{ code: '01' }, { code: '79' }], total: 34 },
    ],
    ['nothing granted', page, [], {}],
    ['nothing granted of a list', [1, 2], [], []],
    ['nothing granted of a scalar', 'x', [], null],
    ['a whole subtree', { a: { b: 1, c: { d: 2 } }, e: 3 }, ['/a'], { a: { b: 1, c: { d: 2 } } }],
    // Containers on the way stay, so that the answer keeps its shape.
    ['a container in which nothing is granted', { items: [{ name: 'x' }, {}] }, ['/items/*/code'], { items: [{}, {}] }],
    // What is not on the way goes, however empty: its presence and length would tell something.
    ['a container that is not on the way', { a: 1, convictions: [{}, {}] }, ['/a'], { a: 1 }],
    [
      'a scalar where a container was expected',
      { a: 5, items: [1, { code: '01' }] },
      ['/a/b', '/items/*/code'],
      { items: [{ code: '01' }] },
    ],
    ['null where a container was expected', { a: null }, ['/a/b'], {}],
    ['a list where an object was expected', { a: [{ b: 1 }] }, ['/a/b'], { a: [] }],
    ['an index does not enter a list', { a: [1, 2] }, ['/a/0'], { a: [] }],
    ['* for members', { a: { x: 1, y: 2 }, b: { x: 3 } }, ['/*/x'], { a: { x: 1 }, b: { x: 3 } }],
    [
      '* and a name together',
      { a: { x: 1, y: 2, z: 3 }, b: { x: 1, y: 2 } },
      ['/*/x', '/a/y'],
      { a: { x: 1, y: 2 }, b: { x: 1 } },
    ],
    ['lists in lists', [[{ a: 1, b: 2 }], []], ['/*/*/a'], [[{ a: 1 }], []]],
    [
      'escaped names',
      { 'a/b': 1, 'c~d': 2, '~1': 3, '': 4, x: 5 },
      ['/a~1b', '/c~0d', '/~01', '/'],
      { 'a/b': 1, 'c~d': 2, '~1': 3, '': 4 },
    ],
    ['names that every object has', { constructor: 1, toString: 2 }, ['/toString'], { toString: 2 }],
    ['a wider grant swallows a narrower one', { a: { b: 1, c: 2 } }, ['/a/b', '/a'], { a: { b: 1, c: 2 } }],
  ])('%s', (_, value, grant, expected) => {
    const before = JSON.stringify(value)
    expect(minimise(value, compileGrant(grant))).toEqual(expected)
    expect(JSON.stringify(value)).toBe(before)
  })

  it('gives the same reference where nothing was removed, and shares what it did not touch', () => {
    for (const grant of [
      [''],
      ['/items', '/page', '/total'],
      ['/items/*/code', '/items/*/name', '/page', '/total'],
      ['/*'],
    ])
      expect(minimise(page, compileGrant(grant))).toBe(page)
    const empty = { items: [] }
    expect(minimise(empty, compileGrant(['/items/*/code']))).toBe(empty)
    expect((minimise(page, compileGrant(['/items'])) as typeof page).items).toBe(page.items)
  })

  it('does not take a text that is no pointer', () => {
    expect(() => compileGrant(['items'])).toThrow()
    expect(() => compileGrant(['/a~2'])).toThrow()
  })
})

describe('ungranted', () => {
  it.each<[string, JsonValue, string[], string | null]>([
    ['all granted', { a: 1, b: [{ c: 2 }] }, ['/a', '/b/*/c'], null],
    ['a field', { a: 1, b: 2 }, ['/a'], '/b'],
    ['a field of an item', { b: [{ c: 1 }, { c: 1, d: 2 }] }, ['/b/*/c'], '/b/1/d'],
    ['a container on the way', { a: {}, b: [] }, ['/a/x', '/b/*/y'], null],
    ['a container that is not on the way', { z: {} }, ['/a'], '/z'],
    ['a scalar where a container was expected', { a: 5 }, ['/a/x'], '/a'],
    ['a scalar document', 5, [], ''],
    ['an empty request', {}, [], null],
    ['a citizen number as a name', { '001099012345': 1 }, ['/a'], '/…'],
  ])('%s', (_, value, grant, expected) => {
    expect(ungranted(value, compileGrant(grant))).toBe(expected)
  })
})

describe('grantPointsSomewhere', () => {
  const schema = schemaText({
    type: 'object',
    additionalProperties: false,
    properties: {
      items: { type: 'array', items: { $ref: '#/$defs/province' } },
      total: { type: 'integer' },
      pair: { type: 'array', prefixItems: [{ type: 'object', properties: { left: { type: 'string' } } }] },
      either: { oneOf: [{ type: 'object', properties: { a: { type: 'string' } } }, { $ref: '#/$defs/province' }] },
      free: { type: 'object', additionalProperties: true },
      anything: true,
      map: { type: 'object', additionalProperties: { type: 'object', properties: { v: { type: 'string' } } } },
      coded: {
        type: 'object',
        patternProperties: { '^x-': { type: 'object', properties: { v: { type: 'string' } } } },
      },
      limited: { type: 'object', properties: { a: { type: 'string' } }, allOf: [{ minProperties: 1 }] },
      'a/b': { type: 'string' },
    },
    $defs: {
      province: {
        type: 'object',
        allOf: [{ type: 'object', properties: { code: { type: 'string' } } }],
        properties: { parts: { type: 'array', items: { $ref: '#/$defs/province' } } },
      },
    },
  })
  it.each<[string, boolean]>([
    ['', true],
    ['/total', true],
    ['/totl', false],
    ['/total/x', false],
    ['/items', true],
    ['/items/*', true],
    ['/items/*/code', true],
    ['/items/*/name', false],
    ['/items/code', false],
    ['/items/0/code', false],
    ['/items/*/parts/*/parts/*/code', true],
    ['/pair/*/left', true],
    ['/either/a', true],
    ['/either/code', true],
    ['/either/b', false],
    ['/free/x/y', true],
    ['/anything/x/*/y', true],
    ['/map/k/v', true],
    ['/map/*/v', true],
    ['/map/k/w', false],
    ['/coded/x-1/v', true],
    ['/coded/y-1/v', false],
    ['/limited/a', true],
    ['/limited/b', false],
    ['/a~1b', true],
    ['/a~2', false],
    ['total', false],
    ['/*', true],
  ])('%j: %s', (pointer, expected) => {
    expect(grantPointsSomewhere(pointer, schema)).toBe(expected)
  })
})
