import { describe, expect, it } from '@jest/globals'
import { parseCanonicalTarget } from '../../../gateway/domain/canonical-path.ts'
import { must } from '../../../gateway/domain/result.ts'

describe('a canonical target', () => {
  it.each([
    ['/a', ['a'], null],
    ['/a?', ['a'], ''],
    [
      '/exchange/G99.10/categories/v1/provinces?page=2',
      ['exchange', 'G99.10', 'categories', 'v1', 'provinces'],
      'page=2',
    ],
    // Every pchar of RFC 3986 section 3.3 stands for itself.
    ["/A9-._~!$&'()*+,;=:@", ["A9-._~!$&'()*+,;=:@"], null],
    ['/h%C3%A0%20n%E1%BB%99i', ['h%C3%A0%20n%E1%BB%99i'], null],
    ['/100%25', ['100%25'], null],
    // Three dots are a name.
    ['/...', ['...'], null],
    // A query may hold what a path may not.
    ['/a?b=/../c?d%2F', ['a'], 'b=/../c?d%2F'],
  ])('reads %s', (raw, segments, query) => {
    expect(must(parseCanonicalTarget(raw))).toEqual({ segments, query })
  })

  it.each([
    // What a server behind us may read as another path.
    ['/a/%2E%2E/b', 'dot segments, encoded'],
    ['/a/../b', 'dot segment'],
    ['/a/.', 'dot segment at the end'],
    ['/a/.%2E/b', 'dot segment, half encoded'],
    ['/a%2Fb', 'encoded slash'],
    ['/a%5Cb', 'encoded backslash'],
    ['/a\\b', 'backslash'],
    ['/a%252Fb', 'encoded twice'],
    ['/a%25%32F', 'encoded twice, in pieces'],
    ['/a%2525', 'encoded three times'],
    ['/a%00', 'NUL'],
    ['/a\0', 'raw NUL'],
    ['/a%0D%0Ab', 'CR LF'],
    ['/a%7F', 'DEL'],
    ['/a%C0%AFb', 'overlong slash'],
    ['/%C0%AE%C0%AE/b', 'overlong dots'],
    ['/%E0%80%AF', 'overlong slash in three bytes'],
    ['/%ED%A0%80', 'half of a surrogate pair'],
    ['/%FF', 'no UTF-8'],
    ['/%C3', 'UTF-8 cut short'],
    // A second spelling of a path.
    ['/a%2fb', 'lower-case hex'],
    ['/h%c3%a0', 'lower-case hex of a letter'],
    ['/%61', 'an unreserved letter encoded'],
    ['/%2D', 'hyphen encoded'],
    ['/%7E', 'tilde encoded'],
    ['/all%3Aexport', 'colon encoded: a template may hold it as a literal'],
    ['/a%40b', 'at sign encoded'],
    ['/a%3Bb', 'semicolon encoded'],
    ['/a//b', 'empty segment'],
    ['//a', 'empty segment at the start'],
    ['/a/', 'slash at the end'],
    ['/', 'nothing but a slash'],
    ['', 'nothing'],
    // Not an origin form, or none that RFC 3986 knows.
    ['http://host/a', 'absolute form'],
    ['host:443', 'authority form'],
    ['*', 'asterisk form'],
    ['?a', 'query only'],
    ['/a#b', 'fragment'],
    ['/a?b#c', 'fragment behind the query'],
    ['/hà', 'raw Unicode'],
    ['/ａ', 'full-width letter'],
    ['/a b', 'space'],
    ['/a%', 'half an escape'],
    ['/a%4', 'half an escape'],
    ['/a%GG', 'no hex'],
    ['/a"b', 'quote'],
    ['/a{b}', 'braces'],
    ['/a?b=%0', 'half an escape in the query'],
    ['/a?b=%2f', 'lower-case hex in the query'],
    ['/a?b=é', 'raw Unicode in the query'],
    ['/a?b\n', 'a line end'],
    [`/${'a'.repeat(4096)}`, 'longer than 4,096 characters'],
  ])('refuses %j: %s', raw => {
    expect(parseCanonicalTarget(raw).ok).toBe(false)
  })

  it('takes exactly 4,096 characters', () => {
    expect(parseCanonicalTarget(`/${'a'.repeat(4095)}`).ok).toBe(true)
  })

  it('says why without repeating the path', () => {
    expect(JSON.stringify(parseCanonicalTarget('/012345678901%2F'))).not.toContain('0123')
  })
})
