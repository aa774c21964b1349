import { describe, expect, it } from '@jest/globals'
import { isExactNumber } from '../../../gateway/schema/exact-number.ts'
import { readJson } from '../../../gateway/schema/read-json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const nested = (depth: number) => bytes('['.repeat(depth) + ']'.repeat(depth))

describe('readJson accepts what every party reads alike', () => {
  it.each<[string, string]>([
    ['null', 'null'],
    ['white space around', ' \t\r\n{ "a" : [ 1 , 2 ] }\n'],
    ['an empty object', '{}'],
    ['an empty name', '{"":0}'],
    ['the same name in two objects', '[{"a":1},{"a":2},{"a":{"a":1}}]'],
    ['a name that is a value elsewhere', '{"a":"b","b":"a"}'],
    ['names that differ in case', '{"a":1,"A":2}'],
    // Two spellings of é: the names differ, as the bytes do.
    ['names that differ in normalisation', '{"\u00e9":1,"e\u0301":2}'],
    ['an escaped name', '{"\\u0061":1,"b":2}'],
    ['an escaped quote and backslash at the end of a name', '{"a\\\\":1,"a\\"":2}'],
    ['a colon and brackets in a text', '{"a":":{[}]\\":{"}'],
    ['a pair of escaped surrogates', '["\\ud83d\\ude00","\\uD83D\\uDE00"]'],
    ['text that is not ASCII', '{"tên":"Thành phố Hồ Chí Minh 😀"}'],
    ['__proto__ as a value', '["__proto__"]'],
    ['constructor without prototype', '{"constructor":{"name":"Cty"},"prototype":1}'],
    ['prototype in an item of constructor', '{"constructor":[{"prototype":1}]}'],
    ['a name of eleven bytes that starts like constructor', '{"contributor":1}'],
    ['the highest integer', '[9007199254740991,-9007199254740991]'],
    ['minus zero', '-0'],
    ['a tenth, written in three ways', '[0.1,0.10,1e-1]'],
    ['seventeen digits that are the shortest', '[0.30000000000000004]'],
    ['exponents', '[1e20,1E+2,1.5e300,5e-324,0e5,0.0]'],
  ])('%s', (_, text) => {
    expect(readJson(bytes(text))).toEqual({ ok: true, value: JSON.parse(text) as unknown })
  })

  it('to the depth that is allowed', () => {
    expect(readJson(nested(32)).ok).toBe(true)
    expect(readJson(nested(3), { maxDepth: 3 }).ok).toBe(true)
    expect(readJson(bytes('1'), { maxDepth: 0 }).ok).toBe(true)
  })
})

describe('readJson refuses', () => {
  const table: [string, string, string, string?][] = [
    ['nothing at all', '', 'empty'],
    ['white space alone', ' ', 'syntax'],
    ['a comma too many', '[1,]', 'syntax'],
    ['a single quote', "{'a':1}", 'syntax'],
    ['a comment', '{/**/"a":1}', 'syntax'],
    ['a leading zero', '01', 'syntax'],
    ['a leading plus', '+1', 'syntax'],
    ['a bare decimal point', '1.', 'syntax'],
    ['NaN', 'NaN', 'syntax'],
    ['two documents', '{}{}', 'syntax'],
    ['a raw control character in a text', '"\u0001"', 'syntax'],
    ['an unknown escape', '"\\x41"', 'syntax'],
    ['a text without end', '"abc', 'syntax'],
    ['a backslash at the end', '"\\', 'syntax'],
    ['an escape without end', '"\\u', 'syntax'],
    ['a minus alone', '-', 'syntax'],
    ['a name given twice', '{"a":1,"a":2}', 'duplicate-key', '/a'],
    ['a name given twice with the same value', '{"a":1,"b":2,"a":1}', 'duplicate-key', '/a'],
    ['a name given twice, once escaped', '{"a":1,"\\u0061":2}', 'duplicate-key', '/a'],
    ['a name given twice below', '{"x":[0,{"a/b":1,"a\\/b":2}]}', 'duplicate-key', '/x/1/a~1b'],
    ['an empty name given twice', '{"":1,"":2}', 'duplicate-key', '/'],
    // An object that hides a duplicate and one with a member more must not balance.
    ['a duplicate beside other objects', '[{"a":1,"b":2},{"a":1,"a":2}]', 'duplicate-key', '/1/a'],
    ['a duplicate that hides containers', '{"a":{"b":1,"c":2},"a":1}', 'duplicate-key', '/a'],
    ['__proto__', '{"__proto__":1}', 'forbidden-key', '/__proto__'],
    ['__proto__, escaped', '{"a":{"\\u005f_proto__":{}}}', 'forbidden-key', '/a/__proto__'],
    ['prototype in constructor', '{"constructor":{"prototype":{}}}', 'forbidden-key', '/constructor/prototype'],
    [
      'prototype in constructor, escaped',
      '{"c\\u006fnstructor":{"prototyp\\u0065":1}}',
      'forbidden-key',
      '/constructor/prototype',
    ],
    ['2^53', '[0,9007199254740992]', 'unsafe-number', '/1'],
    ['an identifier of twenty digits', '{"id":12345678901234567890}', 'unsafe-number', '/id'],
    ['a decimal of twenty digits', '{"n":0.12345678901234567890}', 'unsafe-number', '/n'],
    ['an integer with decimals that a double rounds', '9007199254740993.0', 'unsafe-number', ''],
    ['an overflow', '[1e400]', 'unsafe-number', '/0'],
    ['an underflow', '[-1e-400]', 'unsafe-number', '/0'],
    ['a rounded subnormal', '[1.23456789e-320]', 'unsafe-number', '/0'],
    ['a number at the end of the text', '1e400', 'unsafe-number', ''],
    ['an unpaired high surrogate', '["\\ud800"]', 'lone-surrogate', '/0'],
    ['an unpaired low surrogate', '{"a":"x\\uDFFFy"}', 'lone-surrogate', '/a'],
    ['surrogates in the wrong order', '["\\ude00\\ud83d"]', 'lone-surrogate', '/0'],
    ['an unpaired surrogate in a name', '{"\\ud800":1}', 'lone-surrogate', '/'],
  ]
  // Jest fills a missing argument with a callback.
  it.each(table.map(([what, text, reason, pointer = null]) => [what, text, reason, pointer] as const))(
    '%s',
    (_, text, reason, pointer) => {
      const error = pointer === null ? { reason } : { reason, pointer }
      expect(readJson(bytes(text))).toEqual({ ok: false, error })
    },
  )

  it.each<[string, number[]]>([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x31]],
    ['a byte order mark of UTF-16', [0xff, 0xfe, 0x31, 0x00]],
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xc3, 0x22]],
    ['a code point above U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
  ])('%s', (_, raw) => {
    expect(readJson(Uint8Array.from(raw))).toEqual({ ok: false, error: { reason: 'not-utf8' } })
  })

  it('one level too many', () => {
    expect(readJson(nested(33))).toEqual({ ok: false, error: { reason: 'too-deep' } })
    expect(readJson(bytes('[{"a":{}}]'), { maxDepth: 2 })).toEqual({ ok: false, error: { reason: 'too-deep' } })
  })

  it('says no value, no control character and no long number in its pointer', () => {
    const name = `\u202e\u0007001099012345${'x'.repeat(5000)}`
    const answer = readJson(bytes(`{"${name.replace('\u0007', '\\u0007')}":{"a":"secret","a":1}}`))
    const pointer = answer.ok ? '' : (answer.error.pointer ?? '')
    expect(pointer).toMatch(/^\/…x+…$/)
    expect(pointer.length).toBeLessThanOrEqual(256)
  })
})

describe('readJson is linear in what it reads', () => {
  it.each<[string, Uint8Array]>([
    ['a megabyte of brackets', nested(1_000_000)],
    ['a number of a million digits', bytes(`[1${'0'.repeat(1_000_000)}1.5]`)],
    ['a million backslashes', bytes(`{"\\u0061":"${'\\\\'.repeat(500_000)}"}`)],
    ['names that all look suspect', bytes(`[${'{"__abcdefg":1},'.repeat(60_000)}1]`)],
  ])('%s', (_, body) => {
    const start = performance.now()
    readJson(body)
    expect(performance.now() - start).toBeLessThan(1500)
  })
})

describe('isExactNumber', () => {
  it.each<[string, boolean]>([
    ['0', true],
    ['1.50', true],
    ['123456789012345.6', true],
    ['1e308', true],
    ['1.7976931348623157e308', true],
    ['2.2250738585072014e-308', true],
    ['1e309', false],
    ['0.1000000000000000055', false],
    ['0.10000000000000001', false],
    [`0.${'0'.repeat(500)}`, false],
  ])('%s: %s', (literal, exact) => {
    expect(isExactNumber(literal)).toBe(exact)
  })
})
