import { describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { checkContentDigest, contentDigest } from '../../../gateway/exchange/check-content-digest.ts'
import { readMediaType } from '../../../gateway/exchange/read-media-type.ts'
import { formatReceipt } from '../../../gateway/exchange/receipt.ts'
import { problemReply } from '../../../gateway/exchange/reply.ts'
import { EXCHANGE, LANE } from '../record/facts.ts'
import { bodyOf, headersOf } from './world.ts'

const BODY = Buffer.from('{"hello": "world"}')
const of = (algorithm: string, body: Uint8Array = BODY) => createHash(algorithm).update(body).digest('base64')
// RFC 9530 section 2: the examples.
const SHA256 = 'X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE='

describe('Content-Digest (RFC 9530)', () => {
  it('of the example of the specification holds', () => {
    expect(contentDigest(BODY)).toBe(`sha-256=:${SHA256}:`)
    expect(checkContentDigest(`sha-256=:${SHA256}:`, BODY)).toBe('holds')
  })

  it.each([
    ['sha-512', `sha-512=:${of('sha512')}:`, 'holds'],
    ['both', `sha-256=:${SHA256}:, sha-512=:${of('sha512')}:`, 'holds'],
    ['both without a space', `sha-256=:${SHA256}:,sha-512=:${of('sha512')}:`, 'holds'],
    ['another body', `sha-256=:${of('sha256', Buffer.from('x'))}:`, 'differs'],
    // Every digest that is named has to hold.
    ['one right, one wrong', `sha-256=:${SHA256}:, sha-512=:${of('sha512', Buffer.from('x'))}:`, 'differs'],
    ['one wrong, one right', `sha-512=:${of('sha512', Buffer.from('x'))}:, sha-256=:${SHA256}:`, 'differs'],
    ['the same twice, one wrong', `sha-256=:${SHA256}:, sha-256=:${of('sha256', Buffer.from('x'))}:`, 'differs'],
    ['cut short', `sha-256=:${SHA256.slice(0, 40)}:`, 'differs'],
    ['of another algorithm', `sha-512=:${SHA256}:`, 'differs'],
    // A digest that cannot be checked is not one that holds.
    ['nothing', '', 'unreadable'],
    ['a deprecated algorithm', `md5=:${of('md5')}:`, 'unreadable'],
    ['a deprecated algorithm beside a good one', `sha-256=:${SHA256}:, md5=:${of('md5')}:`, 'unreadable'],
    ['capitals', `SHA-256=:${SHA256}:`, 'unreadable'],
    ['no colons', `sha-256=${SHA256}`, 'unreadable'],
    ['an empty digest', 'sha-256=::', 'unreadable'],
    ['a comma at the end', `sha-256=:${SHA256}:,`, 'unreadable'],
    ['a parameter', `sha-256=:${SHA256}:;a=1`, 'unreadable'],
    ['base64url', `sha-256=:${SHA256.replaceAll('/', '_').replaceAll('+', '-')}-:`, 'unreadable'],
    ['too long', `sha-256=:${SHA256}:, `.repeat(20), 'unreadable'],
  ])('%s: %s', (_, header, outcome) => {
    expect(checkContentDigest(header, BODY)).toBe(outcome)
  })
})

describe('a media type (RFC 9110 section 8.3.1)', () => {
  it.each([
    ['application/json', 'application/json'],
    ['Application/JSON', 'application/json'],
    [' application/json ', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/json;charset="UTF-8"', 'application/json'],
    ['application/json ; Charset=UTF-8', 'application/json'],
    ['application/problem+json', 'application/problem+json'],
    ['multipart/form-data; boundary=abc', 'multipart/form-data'],
    // JSON is UTF-8: another charset is another reading of the same bytes.
    ['application/json; charset=utf-16', null],
    ['application/json; charset=utf-7', null],
    ['application/json; charset="utf-8', null],
    ['application/json; charset=utf-8; charset=utf-16', null],
    ['application/json, text/html', null],
    ['application', null],
    ['/', null],
    ['', null],
    ['application/json\r\nx: y', null],
    ['*/*', null],
    [`${'a'.repeat(65)}/b`, null],
  ])('%j is %s', (header, type) => {
    expect(readMediaType(header)).toBe(type)
  })

  it('is read in no time, however it was made to be slow', () => {
    const started = performance.now()
    readMediaType(`a/${'b'.repeat(64)}${' \t'.repeat(8000)}x`)
    expect(performance.now() - started).toBeLessThan(100)
  })
})

const receipt = {
  lane: LANE,
  index: 7,
  leafHash: new Uint8Array(32).fill(1),
  checkpoint: 'lienthong/x\n8\n',
  newestRevision: 0,
}

describe('a receipt', () => {
  it('is a dictionary of lane, index, leaf hash and checkpoint (RFC 8941 section 3.2)', () => {
    const [, lane, index, leaf, checkpoint] =
      /^lane="([^"]*)", index=(\d+), leaf=:([^:]*):, checkpoint=:([^:]*):$/.exec(formatReceipt(receipt)) ?? []
    expect([lane, index]).toEqual([LANE, '7'])
    expect(Buffer.from(leaf ?? '', 'base64')).toEqual(Buffer.alloc(32, 1))
    expect(Buffer.from(checkpoint ?? '', 'base64').toString()).toBe(receipt.checkpoint)
    // One header line, whatever the checkpoint holds.
    expect(formatReceipt(receipt)).toMatch(/^[\x20-\x7e]+$/)
  })
})

describe('a problem reply', () => {
  const arrived = { exchange: EXCHANGE, rawHeaders: ['Accept-Language', 'vi', 'accept-language', 'en'] }

  it('bears the headers of the contract', () => {
    const reply = problemReply({ code: 'rate-exceeded', retryAfter: 7 }, arrived, receipt, true)
    expect(Object.fromEntries(headersOf(reply))).toEqual({
      'exchange-id': EXCHANGE,
      'exchange-problem': 'rate-exceeded',
      'exchange-receipt': formatReceipt(receipt),
      'content-type': 'application/problem+json',
      'content-digest': contentDigest(reply.body),
      'cache-control': 'no-store',
      'retry-after': '7',
    })
    expect([reply.status, reply.close, reply.onUndelivered]).toEqual([429, true, null])
  })

  it('has no receipt and no Retry-After where there is none, and takes the first language named', () => {
    const reply = problemReply({ code: 'not-permitted' }, arrived, null, false)
    expect([headersOf(reply).has('exchange-receipt'), headersOf(reply).has('retry-after')]).toEqual([false, false])
    expect(bodyOf(reply).title).toBe('Hệ thống không được phép dùng thao tác này')
  })
})
