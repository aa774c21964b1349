import { describe, expect, it } from '@jest/globals'
import type { Parameter } from '../../../gateway/configuration/objects.ts'
import { checkParameters } from '../../../gateway/schema/check-parameters.ts'
import { Validators } from '../../../gateway/schema/validators.ts'
import { schemaText } from './schema-text.ts'

const parameter = (
  name: string,
  type: Parameter['type'],
  more: object = {},
  rest: Partial<Parameter> = {},
): Parameter => ({
  name,
  in: 'query',
  required: false,
  type,
  schema: schemaText({ type, ...more }),
  ...rest,
})
const operation = {
  parameters: [
    parameter('code', 'string', { pattern: '^.{1,20}$' }, { in: 'path', required: true }),
    parameter('code', 'string'),
    parameter('page', 'integer', { minimum: -5 }),
    parameter('ratio', 'number'),
    parameter('all', 'boolean'),
    parameter('tên/~', 'string', { maxLength: 5 }),
  ],
}
const validators = new Validators()
const check = (query: string, code = '01') => checkParameters(operation, new Map([['code', code]]), query, validators)

describe('checkParameters reads', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['no query', '', {}],
    ['an integer', 'page=12', { '/query/page': 12 }],
    ['minus zero as zero', 'page=-0', { '/query/page': 0 }],
    ['a number', 'ratio=-0.5e1', { '/query/ratio': -5 }],
    ['a boolean', 'all=true', { '/query/all': true }],
    ['a name that the path has too', 'code=x', { '/query/code': 'x' }],
    ['an empty text', 'code=', { '/query/code': '' }],
    ['an equals sign in a value', 'code=a=b', { '/query/code': 'a=b' }],
    // RFC 3986 knows no other meaning of +.
    ['a plus as a plus', 'code=a+b%20c%2B', { '/query/code': 'a+b c+' }],
    ['a name that is escaped', 'p%61ge=1', { '/query/page': 1 }],
    ['text that is not ASCII', 't%C3%AAn%2F~=%F0%9F%98%80', { '/query/tên~1~0': '😀' }],
  ])('%s', (_, query, expected) => {
    const answer = check(query)
    expect(answer.ok && Object.fromEntries(answer.value)).toEqual({ '/path/code': '01', ...expected })
  })
})

describe('checkParameters refuses', () => {
  it.each<[string, string, string, string]>([
    ['an undeclared parameter', 'pageSize=1', '/query/pageSize', 'undeclared'],
    ['a name in another case', 'Page=1', '/query/Page', 'undeclared'],
    ['a parameter given twice', 'page=1&page=1', '/query/page', 'repeated'],
    ['a parameter given twice, once escaped', 'page=1&p%61ge=2', '/query/page', 'repeated'],
    ['a citizen number as a name', '001099012345=1', '/query/…', 'undeclared'],
    ['a name without a value', 'page', '/query', 'encoding'],
    ['an empty name', '=1', '/query', 'encoding'],
    ['an empty pair', 'page=1&', '/query', 'encoding'],
    ['a raw semicolon', 'code=1;all=true', '/query/code', 'encoding'],
    ['a broken escape', 'code=%4', '/query/code', 'encoding'],
    ['an escape that is not hex', 'code=%zz', '/query/code', 'encoding'],
    ['an overlong slash', 'code=%c0%af', '/query/code', 'encoding'],
    ['a surrogate', 'code=%ed%a0%80', '/query/code', 'encoding'],
    ['NUL', 'code=%00', '/query/code', 'encoding'],
    ['a line end', 'code=a%0D%0Ab', '/query/code', 'encoding'],
    ['a control character of C1', 'code=%C2%85', '/query/code', 'encoding'],
    ['raw text that is not ASCII', 'code=ê', '/query/code', 'encoding'],
    ['a raw bracket', 'code=[1]', '/query/code', 'encoding'],
    ['a number sign', 'code=#', '/query/code', 'encoding'],
    ['a leading zero', 'page=01', '/query/page', 'type'],
    ['a plus sign', 'page=+1', '/query/page', 'type'],
    ['a space', 'page=%201', '/query/page', 'type'],
    ['a decimal', 'page=1.0', '/query/page', 'type'],
    ['an exponent for an integer', 'page=1e1', '/query/page', 'type'],
    ['an empty integer', 'page=', '/query/page', 'type'],
    ['an unsafe integer', 'page=9007199254740992', '/query/page', 'type'],
    ['hexadecimal', 'ratio=0x10', '/query/ratio', 'type'],
    ['Infinity', 'ratio=Infinity', '/query/ratio', 'type'],
    ['an overflow', 'ratio=1e400', '/query/ratio', 'type'],
    ['a boolean in capitals', 'all=True', '/query/all', 'type'],
    ['what the schema refuses', 'page=-6', '/query/page', 'minimum'],
    ['too long a query', `code=${'a'.repeat(9000)}`, '/query', 'encoding'],
  ])('%s', (_, query, pointer, keyword) => {
    expect(check(query)).toEqual({ ok: false, error: [{ pointer, keyword, message: expect.any(String) }] })
  })

  it.each<[string, string, string]>([
    ['a dot segment', '.', 'encoding'],
    ['an escaped dot segment', '%2e%2E', 'encoding'],
    ['an escaped slash', 'a%2Fb', 'encoding'],
    ['an escaped backslash', 'a%5Cb', 'encoding'],
    ['a matrix parameter', '01;v=1', 'encoding'],
    ['an escaped NUL', '01%00', 'encoding'],
    ['what the schema refuses', '', 'pattern'],
    ['too long a segment', 'a'.repeat(9000), 'encoding'],
  ])('%s in the path', (_, code, keyword) => {
    expect(check('', code)).toEqual({
      ok: false,
      error: [{ pointer: '/path/code', keyword, message: expect.any(String) }],
    })
  })

  it('a required one that is missing', () => {
    const answer = checkParameters(operation, new Map(), '', validators)
    expect(answer).toEqual({
      ok: false,
      error: [{ pointer: '/path/code', keyword: 'required', message: 'must be present' }],
    })
  })
})
