import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compilePattern } from '../../gateway/schema/pattern.ts'

const atom = fc.constantFrom(
  'a',
  'b',
  'é',
  '😀',
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '[ab]',
  '[^ab]',
  '[\\s\\d]',
  '[^\\S]',
  '[a-z\\-]',
  '[[^]',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\.',
  '\\/',
  '\\t',
  '\\x61',
  '\\p{L}',
  '\\P{Lu}',
  '[^]',
)
const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{0,}', '*?', '+?')
const { pattern } = fc.letrec<{ pattern: string }>(tie => ({
  pattern: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(atom, repeat).map(parts => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map(parts => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(?:${one}|${other})`),
    fc.tuple(tie('pattern'), repeat).map(([inner, times]) => `(${inner})${times}`),
    tie('pattern').map(inner => `^${inner}`),
    tie('pattern').map(inner => `${inner}$`),
    tie('pattern').map(inner => `\\b${inner}`),
  ),
}))
const text = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'z',
      'A',
      '1',
      '-',
      '[',
      '^',
      '.',
      '/',
      ' ',
      '\t',
      '\n',
      '\r',
      '\u00a0',
      '\u2028',
      '\ufeff',
      'é',
      'Đ',
      '😀',
      '\u0000',
    ),
    { maxLength: 8 },
  )
  .map(chars => chars.join(''))

it('finds what the native engine finds, in short texts where that one is harmless', () => {
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (source, texts) => {
      const compiled = compilePattern(source)
      if (!compiled.ok) throw new Error(`${source}: ${compiled.error}`)
      for (const candidate of texts)
        expect(compiled.value.test(candidate)).toBe(new RegExp(source, 'u').test(candidate))
    }),
    { numRuns: 800 },
  )
})
