import { describe, expect, it } from '@jest/globals'
import { compilePattern, patternEngine } from '../../../gateway/schema/pattern.ts'

const matches = (pattern: string, text: string): boolean => {
  const compiled = compilePattern(pattern)
  if (!compiled.ok) throw new Error(compiled.error)
  return compiled.value.test(text)
}

describe('a pattern is searched for, with the meaning of ECMA-262', () => {
  it.each<[string, string, boolean]>([
    // JSON Schema Validation section 6.3.3: patterns are not implicitly anchored.
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['^(?:abc)$', 'abc\n', false],
    ['^\\d{12}$', '001099012345', true],
    ['^\\d{12}$', '٠٠١٠٩٩٠١٢٣٤٥', false],
    ['^[\\p{L} ]+$', 'Nguyễn Văn An', true],
    ['^(?:\\p{Script=Latin}| )+$', 'Đà Nẵng', true],
    ['^.$', '😀', true],
    ['^(.)$', '😀', true],
    ['^(?:.)$', '\r', false],
    ['^(?:.)$', '\u2028', false],
    ['^(?:\\s)$', '\u00a0', true],
    ['^(?:\\s)$', '\ufeff', true],
    ['^(?:\\S)$', '\u3000', false],
    ['^(?:[^\\S])$', '\u3000', true],
    ['^(?:[\\s\\S])$', '\u0000', true],
    ['(?:\\bvia\\b)', 'sent via post', true],
    ['^(?:\\u00e9|\\u{1F600}|\\ud83d\\ude01|\\x41|\\cI)$', '😁', true],
    ['^(?:\\u00e9|\\u{1F600}|\\ud83d\\ude01|\\x41|\\cI)$', '\t', true],
    ['^(?:[[:alpha:])$', '[', true],
    ['^(?:[[:alpha:])$', 'b', false],
    ['^(?:[^^])$', '^', false],
    ['^(?:[\\^a])$', '^', true],
    ['^(?:[\\b])$', '\b', true],
    ['^(?:[^])$', '\n', true],
    ['[]', 'a', false],
    ['^(?<year>\\d{4})\\/(?:0[1-9]|1[0-2])$', '2026/11', true],
  ])('%s on %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })
})

describe('what cannot run in linear time is refused in words', () => {
  it.each<[string, RegExp]>([
    ['^(?=.*a)', /looks ahead or behind/],
    ['a(?!b)', /looks ahead or behind/],
    ['(?<=a)b', /looks ahead or behind/],
    ['(?<!a)b', /looks ahead or behind/],
    ['(a)\\1', /refers back to a group/],
    ['(?<n>a)\\k<n>', /refers back to a group/],
    ['(?i)a', /not a regular expression of ECMA-262/],
    ['a\\Z', /not a regular expression of ECMA-262/],
    ['(', /not a regular expression of ECMA-262/],
    ['a{1,2000}', /RE2 does not take.*repeat count/],
    ['(?:[ab]{400}c){2}[ab]{400}', /repeats too much/],
    ['a'.repeat(1025), /more than 1024 characters/],
  ])('%s', (pattern, message) => {
    expect(compilePattern(pattern)).toEqual({ ok: false, error: expect.stringMatching(message) })
  })
})

describe('hostile patterns end quickly', () => {
  const many = 'a'.repeat(100_000)
  it.each<[string, string]>([
    ['(a+)+$', `${many}b`],
    ['^(a+)+$', `${many}b`],
    ['^(a|aa)*$', `${many}b`],
    ['^(?:a?){30}a{30}$', many],
    // Two repeats over the same letters are not plain: the native engine would try 10^10 splits.
    ['^a*a*a*b$', many],
    ['^[a-z]*[0-9a-z]*[a-f]*$', `${many}!`],
    // Unanchored: every start is a new try for a backtracking engine.
    ['a*b', many],
  ])('%s', (pattern, text) => {
    const start = performance.now()
    matches(pattern, text)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

it('gives Ajv a name of its own for each pattern', () => {
  expect(String(patternEngine('^a$', 'u'))).not.toBe(String(patternEngine('^b$', 'u')))
})
