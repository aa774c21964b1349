import { describe, expect, it } from '@jest/globals'
import { createHash, createHmac, createSecretKey } from 'node:crypto'
import { parseExchangeId } from '../../../gateway/domain/exchange-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { commit, commitmentKey } from '../../../gateway/record/commitment.ts'
import { EXCHANGE } from './facts.ts'

const SECRET = Buffer.alloc(32, 7)
const evidenceKey = createSecretKey(SECRET)
const other = must(parseExchangeId('01936b7e-4a2c-7def-8123-456789abcdee'))

describe('the key of a commitment', () => {
  it('is HMAC-SHA256 over exchange and direction', () => {
    const expected = createHmac('sha256', SECRET).update(`${EXCHANGE} request`, 'utf8').digest('hex')
    expect(commitmentKey(evidenceKey, EXCHANGE, 'request').toString('hex')).toBe(expected)
  })

  it('is another one for each exchange, direction and gateway', () => {
    const keys = [
      commitmentKey(evidenceKey, EXCHANGE, 'request'),
      commitmentKey(evidenceKey, EXCHANGE, 'response'),
      commitmentKey(evidenceKey, other, 'request'),
      commitmentKey(createSecretKey(Buffer.alloc(32, 8)), EXCHANGE, 'request'),
    ]
    expect(new Set(keys.map(key => key.toString('hex'))).size).toBe(4)
  })
})

describe('a commitment', () => {
  const k = commitmentKey(evidenceKey, EXCHANGE, 'request')

  it('is SHA-256 over four parts, each behind its length in eight bytes', () => {
    const framed = [k, Buffer.from('POST'), Buffer.from('/verifications'), Buffer.from('{"a":"ồ"}')].flatMap(part => {
      const length = Buffer.alloc(8)
      length.writeBigUInt64BE(BigInt(part.length))
      return [length, part]
    })
    const expected = createHash('sha256').update(Buffer.concat(framed)).digest('hex')
    expect(commit(k, 'POST', '/verifications', Buffer.from('{"a":"ồ"}'))).toEqual({ commitment: expected, bytes: 11 })
  })

  it('is the published value of fixed inputs', () => {
    // Computed once with Python's hashlib. A change of it makes all older evidence worthless.
    const fixed = commit(Buffer.alloc(32), 'GET', '/a?b=c', Buffer.from('{}'))
    expect(fixed.commitment).toBe('8df510fc4c03062fdf072976958a47e5313c178c6e38a9eaa6b65e277991b2bf')
  })

  it.each<[string, [string, string, string], [string, string, string]]>([
    ['method and target', ['GET', '/a', ''], ['GE', 'T/a', '']],
    ['target and body', ['GET', '/a', 'b'], ['GET', '/ab', '']],
    ['nothing and something', ['GET', '', '/a'], ['GET', '/a', '']],
    ['length bytes in the text', ['GET', '/a', ''], ['GET', `/a${'\0'.repeat(8)}`, '']],
  ])('does not read alike when bytes move between %s', (_, a, b) => {
    const of = ([method, target, body]: [string, string, string]) =>
      commit(k, method, target, Buffer.from(body)).commitment
    expect(of(a)).not.toBe(of(b))
  })
})
