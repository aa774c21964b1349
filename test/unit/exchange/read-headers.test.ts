import { describe, expect, it } from '@jest/globals'
import { readHeaders, readLabel } from '../../../gateway/exchange/read-headers.ts'
import { must } from '../../../gateway/domain/result.ts'

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('the request headers', () => {
  it('are null where they did not come', () => {
    expect(must(readHeaders([]))).toEqual({
      purpose: null,
      requestId: null,
      mode: 'exchange',
      declared: null,
      idempotencyKey: null,
      traceparent: null,
      contentDigest: null,
      contentType: null,
      contentEncoding: null,
      authorization: null,
      signed: false,
      passedOn: [],
    })
  })

  it('are read whatever the case of their names', () => {
    const raw = [
      'EXCHANGE-purpose',
      'reference-data',
      'Request-ID',
      'order:1/2',
      'exchange-MODE',
      'check',
      'If-Match',
      '"1"',
    ]
    expect(must(readHeaders(raw))).toMatchObject({
      purpose: 'reference-data',
      requestId: 'order:1/2',
      mode: 'check',
      passedOn: ['if-match', '"1"'],
    })
  })

  it('that mean nothing to the gateway stop here', () => {
    const raw = ['Cookie', 'a', 'Cookie', 'b', 'X-Forwarded-For', '1.2.3.4', 'Exchange-Consumer', 'G99.10/data-centre']
    expect(must(readHeaders(raw)).passedOn).toEqual([])
  })

  const once = [
    ...['Exchange-Purpose', 'Request-Id', 'Exchange-Mode', 'Data-Classification', 'Idempotency-Key', 'traceparent'],
    ...['Content-Digest', 'Content-Type', 'Content-Encoding', 'Signature-Input', 'Signature', 'Authorization'],
    ...['Accept-Language', 'If-Match'],
  ]
  it.each(once.map(name => [name]))('%s twice is refused, also with the same value in other case', name => {
    const read = readHeaders([name, 'reference-data', 'Other', 'x', name.toUpperCase(), 'reference-data'])
    expect(read).toEqual({ ok: false, error: `${name.toLowerCase()} came twice` })
  })

  // Attacker-controlled: what is refused is named and never repeated.
  it.each([
    ['Exchange-Purpose', 'Reference Data'],
    ['Exchange-Purpose', 'a,b'],
    ['Exchange-Purpose', ''],
    ['Request-Id', '012345678901 NGUYEN'],
    ['Request-Id', 'x'.repeat(129)],
    ['Request-Id', ''],
    ['Exchange-Mode', 'dry'],
    ['Exchange-Mode', 'CHECK'],
    ['Data-Classification', 'secret'],
    ['Data-Classification', 'MAT'],
    ['Idempotency-Key', 'two words'],
    ['Idempotency-Key', 'x'.repeat(256)],
    ['Idempotency-Key', ''],
    ['If-Match', 'x'.repeat(1025)],
    ['Accept-Language', 'vi\u0001x'],
    ['Accept-Language', 'é'],
    ['Accept-Language', ''],
  ])('%s: %j is refused', (name, value) => {
    const read = readHeaders([name, value])
    if (read.ok) throw new TypeError('it was read')
    expect(read.error).toMatch(new RegExp(`^${name.toLowerCase()}: `))
    if (value.length > 3) expect(read.error).not.toContain(value)
  })

  it.each([
    [TRACE, TRACE],
    // W3C Trace Context section 4.3: what cannot be parsed is as if it had not come.
    ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', null],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, null],
    [`00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`, null],
    [`01${TRACE.slice(2)}`, null],
    [`${TRACE}-x`, null],
    ['x', null],
  ])('traceparent %s is %s', (value, read) => {
    expect(must(readHeaders(['traceparent', value])).traceparent).toBe(read)
  })

  it.each([
    ['public', 'public'],
    ['restricted', 'restricted'],
    ['mat', 'state-secret'],
    ['toi-mat', 'state-secret'],
    ['tuyet-mat', 'state-secret'],
  ])('the label %s is %s', (text, label) => {
    expect(must(readLabel(text))).toBe(label)
  })
})
