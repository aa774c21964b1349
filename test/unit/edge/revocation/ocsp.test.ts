import { beforeAll, describe, expect, it } from '@jest/globals'
import { askedIssuer } from '../../../../gateway/edge/revocation/ocsp/asked-issuer.ts'
import { checkResponse, type Question } from '../../../../gateway/edge/revocation/ocsp/check-response.ts'
import { makeRequest } from '../../../../gateway/edge/revocation/ocsp/make-request.ts'
import type { Authority } from '../../../../gateway/pki/sign-certificate.ts'
import { makeDelegate } from '../../../support/revocation/delegate.ts'
import {
  failedOcspResponse,
  makeOcspResponse,
  readOcspRequest,
  type ResponseWish,
} from '../../../support/revocation/ocsp-response.ts'
import { chain, days, key } from '../../pki/world.ts'
import { at } from './world.ts'

const SERIAL = '00c0ffee'
const NONCE = Buffer.alloc(32, 7)
const hours = (count: number): Date => days(1 + count / 24)

let root: Authority
let issuing: Authority
let question: Question
beforeAll(async () => {
  ;({ root, issuing } = await chain('p256', 'p256'))
  question = {
    issuer: askedIssuer(issuing.certificate),
    serial: SERIAL,
    nonce: NONCE,
    at: at(1),
    responderStatus: serial => (serial === '0777' ? 'good' : 'revoked'),
  }
})

const wish = (changes: Partial<ResponseWish> = {}): ResponseWish => ({
  issuer: issuing,
  serial: SERIAL,
  status: 'good',
  thisUpdate: hours(-1),
  nextUpdate: hours(1),
  nonce: NONCE,
  ...changes,
})
const check = (changes: Partial<ResponseWish> = {}, asked: Partial<Question> = {}) =>
  checkResponse(makeOcspResponse(wish(changes)), { ...question, ...asked })
const delegate = (changes: Partial<Parameters<typeof makeDelegate>[0]> = {}) =>
  makeDelegate({ issuer: issuing, key: key('p256', 5), notBefore: days(0), notAfter: days(9), ...changes })

describe('an OCSP request', () => {
  it('names the certificate and carries the nonce', () => {
    expect(readOcspRequest(makeRequest(question.issuer, SERIAL, NONCE))).toEqual({ serial: 'c0ffee', nonce: NONCE })
  })
})

describe('an OCSP response', () => {
  it.each(['good', 'revoked', 'unknown'] as const)('says %s', status => {
    expect(check({ status })).toMatchObject({ ok: true, value: { status } })
  })

  it('is relied on until nextUpdate; without one for a minute', () => {
    const second = (instant: number): number => Math.floor(instant / 1e6)
    const until = (changes: Partial<ResponseWish>): number => {
      const word = check(changes)
      return word.ok ? second(word.value.until) : 0
    }
    expect(until({})).toBe(second(hours(1).getTime() * 1000))
    expect(until({ thisUpdate: hours(-0.01), nextUpdate: null })).toBe(second(at(1)) + 60)
  })

  it('may leave out the nonce', () => {
    expect(check({ nonce: null }).ok).toBe(true)
  })

  it.each<[string, Partial<ResponseWish>, string]>([
    ['another nonce', { nonce: Buffer.alloc(32, 8) }, 'the nonce of another request'],
    ['another serial', { serial: '00c0ffef' }, 'nothing about the certificate'],
    ['a time that is over', { thisUpdate: hours(-3), nextUpdate: hours(-1) }, 'whose time is over'],
    ['a time that has not come', { thisUpdate: hours(1), nextUpdate: hours(2) }, 'of the future'],
    ['a making in the future', { producedAt: hours(1) }, 'of the future'],
    ['no end and an old beginning', { nextUpdate: null }, 'not recent'],
    ['a critical extension that nobody knows', { strange: 'response' }, 'critical extension'],
    ['a critical extension of its one answer', { strange: 'single' }, 'critical extension'],
    ['a signature of another key', { key: key('p256', 9) }, 'that its responder did not make'],
    ['a signature of a key of another kind', { key: key('p384', 0) }, 'that its responder did not make'],
  ])('is of no use with %s', (_, changes, why) => {
    expect(check(changes)).toEqual({ ok: false, error: expect.stringContaining(why) })
  })

  it('speaks of the issuer that was asked about alone', () => {
    const ofRoot = checkResponse(makeOcspResponse(wish({ issuer: root })), question)
    expect(ofRoot).toEqual({ ok: false, error: expect.stringContaining('did not come along') })
  })

  it.each(['named', 'keyed'] as const)('is about the certificate only if its issuer is %s right', part => {
    expect(check({ [part]: root })).toEqual({ ok: false, error: expect.stringContaining('nothing about') })
  })

  it('revokes even when its time is over', () => {
    expect(check({ status: 'revoked', thisUpdate: hours(-3), nextUpdate: hours(-1) }).ok).toBe(true)
  })

  it('may be signed by a delegated responder', async () => {
    expect(check({ key: key('p256', 5), delegate: await delegate() }).ok).toBe(true)
  })

  it.each<[string, Partial<Parameters<typeof makeDelegate>[0]>, string]>([
    ['without the usage', { usages: [] }, 'not for signing OCSP'],
    ['for TLS clients', { usages: ['1.3.6.1.5.5.7.3.2'] }, 'not for signing OCSP'],
    ['expired', { notAfter: hours(-1) }, 'not valid now'],
    ['not valid yet', { notBefore: hours(1) }, 'not valid now'],
    // RFC 6960 section 4.2.2.2.1: without ocsp-nocheck it has to be looked up.
    ['revoked', { noCheck: false, serial: '0666' }, 'is revoked'],
  ])('is of no use where the delegated responder is %s', async (_, changes, why) => {
    const answer = check({ key: key('p256', 5), delegate: await delegate(changes) })
    expect(answer).toEqual({ ok: false, error: expect.stringContaining(why) })
  })

  it('is good where a delegated responder without ocsp-nocheck is not revoked', async () => {
    expect(check({ key: key('p256', 5), delegate: await delegate({ noCheck: false }) }).ok).toBe(true)
  })

  it('is of no use where the responder was certified by another authority', async () => {
    const answer = check({ key: key('p256', 5), delegate: await delegate({ issuer: root }) })
    expect(answer).toEqual({ ok: false, error: expect.stringContaining('the issuer did not sign') })
  })

  it.each([
    [3, 'tryLater'],
    [6, 'unauthorized'],
  ])('that is none: status %i', (status, name) => {
    expect(checkResponse(failedOcspResponse(status), question)).toEqual({
      ok: false,
      error: `the responder says ${name}`,
    })
  })

  it('cut at any place, or with any byte changed, is never good', () => {
    const whole = makeOcspResponse(wish())
    for (let length = 0; length < whole.length; length++)
      expect(checkResponse(whole.subarray(0, length), question).ok).toBe(false)
    for (let place = 0; place < whole.length; place++) {
      const changed = Buffer.from(whole)
      changed[place] = (changed[place] ?? 0) ^ 0x11
      const { ok } = checkResponse(changed, question)
      // Parameters of an algorithm may differ without a difference.
      if (ok) expect(changed.equals(whole)).toBe(false)
      expect({ place, ok }).toEqual({ place, ok: false })
    }
  })
})
