import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { explainJson } from '../../gateway/schema/explain-json.ts'
import type { JsonValue } from '../../gateway/schema/json-value.ts'
import { readJson } from '../../gateway/schema/read-json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

const name = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a', '__proto', 'constructor', '"\\', ''),
  )
  .filter(text => text !== '__proto__' && text !== 'prototype')
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  // JSON.stringify writes the shortest digits; -0 becomes 0, and a large integer without an exponent is no safe integer.
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(n => !Number.isInteger(n) || Number.isSafeInteger(n)),
  fc.string({ unit: 'binary' }),
)
const { value } = fc.letrec<{ value: JsonValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(name, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
}))

/** A spelling of the text in JSON, each character escaped or not as the numbers say. */
function spell(text: string, choices: readonly number[]): string {
  const units = [...text].map((char, i) => {
    const plain = JSON.stringify(char).slice(1, -1)
    if ((choices[i % choices.length] ?? 0) % 2 === 0) return plain
    return Array.from(
      { length: char.length },
      (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join('')
  })
  return `"${units.join('')}"`
}

it('agrees with JSON.parse on all that JSON.stringify writes', () => {
  fc.assert(
    fc.property(value, fc.constantFrom(0, 1, '\t'), (json, indent) => {
      const text = JSON.stringify(json, null, indent)
      expect(readJson(bytes(text))).toEqual({ ok: true, value: JSON.parse(text) as unknown })
    }),
    { numRuns: 300 },
  )
})

it('finds a name given twice, however each is spelt and wherever it stands', () => {
  const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(
      name,
      choices,
      choices,
      fc.array(value, { maxLength: 3 }),
      fc.nat({ max: 3 }),
      (key, one, other, between, depth) => {
        const members = [
          `${spell(key, one)}:1`,
          ...between.map((inner, i) => `${JSON.stringify(`between ${i}`)}:${JSON.stringify(inner)}`),
          `${spell(key, other)}:{}`,
        ]
        const text = `${'[0,{"x":'.repeat(depth)}{${members.join()}}${'}]'.repeat(depth)}`
        expect(readJson(bytes(text))).toMatchObject({ ok: false, error: { reason: 'duplicate-key' } })
      },
    ),
    { numRuns: 300 },
  )
})

// The cheap pass may cry wolf and must never miss: both ways of looking give one answer.
it('accepts exactly what the close look accepts', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u0061"',
    '"__proto__"',
    '"constructor"',
    '"prototype"',
    '"\\ud800"',
    '1',
    '1e5',
    '9007199254740993',
    '0.1',
    '-',
    ' ',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join('')),
    fc.array(fc.tuple(piece, piece), { maxLength: 4 }).map(pairs => `{${pairs.map(pair => pair.join(':')).join()}}`),
  )
  fc.assert(
    fc.property(text, candidate => {
      let parses = true
      try {
        JSON.parse(candidate)
      } catch {
        parses = false
      }
      const expected = parses && explainJson(candidate) === null
      expect(readJson(bytes(candidate)).ok).toBe(expected)
    }),
    { numRuns: 3000 },
  )
})

it('takes any bytes without failing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), raw => {
      const answer = readJson(raw)
      if (answer.ok) expect(answer.value).toEqual(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)))
    }),
    { numRuns: 2000 },
  )
})
