import { describe, expect, it } from '@jest/globals'
import { catalogue } from '../../../gateway/problems/catalogue.ts'
import { codeOf, Fault } from '../../../gateway/problems/fault.ts'
import { languageOf, problemBody } from '../../../gateway/problems/problem.ts'

const ID = '01936b7e-4a2c-7def-8123-456789abcdef'
const body = (...rendered: Parameters<typeof problemBody>) =>
  JSON.parse(problemBody(...rendered)) as Record<string, unknown>

describe('a problem body (RFC 9457 section 3.1)', () => {
  it('says what the catalogue says', () => {
    expect(body({ code: 'not-permitted' }, ID, 'en')).toEqual({
      type: 'urn:lienthong:problem:not-permitted',
      title: catalogue['not-permitted'].title.en,
      status: 403,
      detail: catalogue['not-permitted'].advice.en,
      instance: `/exchanges/${ID}`,
      code: 'not-permitted',
      exchangeId: ID,
    })
  })

  it('speaks Vietnamese when asked', () => {
    const { title, detail } = catalogue['not-permitted'] && body({ code: 'not-permitted' }, null, 'vi')
    expect([title, detail]).toEqual([catalogue['not-permitted'].title.vi, catalogue['not-permitted'].advice.vi])
  })

  it('names no exchange where there is none', () => {
    expect(Object.keys(body({ code: 'request-malformed' }, null, 'en'))).toEqual([
      'type',
      'title',
      'status',
      'detail',
      'code',
    ])
  })

  it('holds the detail and the violations of the occurrence', () => {
    const violations = [{ pointer: '/a', keyword: 'type', message: 'must be string' }]
    expect(body({ code: 'request-invalid', detail: 'Why.', violations }, ID, 'en')).toMatchObject({
      detail: 'Why.',
      violations,
    })
  })

  it('does not say how long to wait: Retry-After does', () => {
    expect(problemBody({ code: 'rate-exceeded', retryAfter: 77 }, ID, 'en')).not.toContain('77')
  })
})

describe('languageOf (RFC 9110 section 12.5.4)', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['vi', 'vi'],
    ['VI', 'vi'],
    ['vi-VN,vi;q=0.9,en-US;q=0.8', 'vi'],
    ['en-US,en;q=0.9,vi;q=0.8', 'en'],
    // As much as English: Vietnamese.
    ['en,vi', 'vi'],
    ['en;q=0.5, vi;q=0.5', 'vi'],
    // The best range of a language counts.
    ['vi;q=0.1, vi-VN;q=0.9, en;q=0.5', 'vi'],
    // Refused by q=0, or by something that is no number.
    ['vi;q=0', 'en'],
    ['vi;q=abc', 'en'],
    ['vi;q=-1', 'en'],
    // Languages that only begin alike.
    ['vie', 'en'],
    ['visaya', 'en'],
    ['fr, de', 'en'],
    ['*', 'en'],
    // Attacker-controlled: what is longer than any browser's is not read.
    [`${'fr,'.repeat(100)}vi`, 'en'],
  ])('%j is %s', (header, language) => {
    expect(languageOf(header)).toBe(language)
  })
})

describe('codeOf', () => {
  it('takes the code of a fault', () => {
    expect(codeOf(new Fault('audit-unavailable', 'connection to 10.0.0.1 lost'))).toBe('audit-unavailable')
  })

  it.each([
    [new Error('password=hunter2')],
    [new TypeError('x')],
    // A code that was not made by a Fault is somebody else's.
    [Object.assign(new Error('x'), { code: 'not-permitted' })],
    [{ code: 'not-permitted' }],
    ['text'],
    [null],
    [undefined],
  ])('calls %p internal', thrown => {
    expect(codeOf(thrown)).toBe('internal')
  })

  it('keeps what the operator learns apart from what the caller learns', () => {
    const fault = new Fault('audit-unavailable', 'host db-1 is down', new Error('ECONNREFUSED'))
    expect(problemBody({ code: codeOf(fault) }, null, 'en')).not.toMatch(/db-1|ECONN/)
    expect(fault.message).toBe('host db-1 is down')
  })
})
