import { describe, expect, it } from '@jest/globals'
import { isDescribed } from '../../../gateway/configuration/find-in-schema.ts'
import { tokensOf } from '../../../gateway/configuration/pointer.ts'

const text = { type: 'string' }
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const tree = {
  $ref: '#/$defs/Tree',
  $defs: { Tree: object({ value: text, children: { type: 'array', items: { $ref: '#/$defs/Tree' } } }) },
}
const circle = { $ref: '#/$defs/A', $defs: { A: { allOf: [{ $ref: '#/$defs/A' }] } } }

const rows: readonly (readonly [string, unknown, string, boolean])[] = [
  ['a property', object({ a: text }), '/a', true],
  ['no property', object({ a: text }), '/b', false],
  ['below a text', object({ a: text }), '/a/b', false],
  ['a property that may be anything', object({ a: true }), '/a', true],
  ['a forbidden property', object({ a: false }), '/a', false],
  ['a property of the prototype', object({ a: text }), '/constructor', false],
  ['the prototype itself', object({ a: text }), '/__proto__', false],
  ['a name with slash and tilde', object({ 'a/b~c': text }), '/a~1b~0c', true],
  ['items', object({ a: { type: 'array', items: object({ b: text }) } }), '/a/*/b', true],
  ['an item by number', object({ a: { type: 'array', items: object({ b: text }) } }), '/a/0/b', false],
  ['a star for an object', object({ a: text }), '/*', false],
  ['prefixItems', { prefixItems: [object({ a: text }), object({ b: text })] }, '/*/b', true],
  ['allOf', { allOf: [object({ a: text }), object({ b: text })] }, '/b', true],
  ['anyOf', { anyOf: [object({ a: text }), object({ b: text })] }, '/a', true],
  ['oneOf below oneOf', { oneOf: [{ oneOf: [object({ a: text })] }] }, '/a', true],
  ['then', { if: object({ a: text }), then: object({ b: text }) }, '/b', true],
  ['only the condition', { if: object({ a: text }), then: object({ b: text }) }, '/a', false],
  ['what must not be', { not: object({ a: text }) }, '/a', false],
  ['a map of objects', object({}, { additionalProperties: object({ a: text }) }), '/any/a', true],
  ['an open object', object({}, { additionalProperties: true }), '/any', false],
  ['a recursive schema, deep', tree, '/children/*/children/*/value', true],
  ['a recursive schema, elsewhere', tree, '/children/*/values', false],
  ['a circle', circle, '/a', false],
]

describe('a granted field', () => {
  it.each(rows)('%s', (_, schema, pointer, expected) => {
    expect(isDescribed(schema, tokensOf(pointer))).toBe(expected)
  })
})
