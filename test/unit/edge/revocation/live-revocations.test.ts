import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { X509Certificate } from 'node:crypto'
import type { Issuer, RevocationSources } from '../../../../gateway/configuration/objects.ts'
import { instantOfMillis } from '../../../../gateway/domain/instant.ts'
import { must } from '../../../../gateway/domain/result.ts'
import { LiveRevocations } from '../../../../gateway/edge/revocation/live-revocations.ts'
import { readCrls } from '../../../../gateway/edge/revocation/read-crls.ts'
import { type PeerCertificate, readPeerCertificate } from '../../../../gateway/identity/peer-certificate.ts'
import { bindingOfKey } from '../../../../gateway/pki/keys.ts'
import type { Authority } from '../../../../gateway/pki/sign-certificate.ts'
import { makeOcspResponse, type ResponseWish } from '../../../support/revocation/ocsp-response.ts'
import { startTestResponder, type TestResponder } from '../../../support/revocation/ocsp-responder.ts'
import { der, issuer } from '../../identity/world.ts'
import { chain, days, key, leaf, NOW } from '../../pki/world.ts'
import { list } from './world.ts'

let root: Authority
let issuing: Authority
let peer: PeerCertificate
let serial: string
beforeAll(async () => {
  ;({ root, issuing } = await chain('p256', 'p256'))
  const pem = await leaf(issuing, { key: key('p256', 2) })
  serial = new X509Certificate(pem).serialNumber.toLowerCase()
  peer = must(readPeerCertificate([der(pem), der(issuing.certificate), der(root.certificate)]))
})

const responders: TestResponder[] = []
afterEach(async () => {
  for (const responder of responders.splice(0)) await responder.close()
})

const minutes = (count: number): Date => new Date(NOW.getTime() + 3_600_000 + count * 60_000)

/** One issuer, its root, a clock at an hour behind NOW, and a responder whose word is `word.next`. */
async function world(wish: Partial<RevocationSources> & { asks?: boolean } = {}) {
  const clock = { minute: 0 }
  const now = () => instantOfMillis(minutes(clock.minute).getTime())
  const word: { next: Partial<ResponseWish> | null } = { next: {} }
  const responder = await startTestResponder(({ serial: asked, nonce }) =>
    word.next === null
      ? Buffer.from('nothing')
      : makeOcspResponse({
          issuer: issuing,
          serial: asked,
          nonce,
          status: 'good',
          thisUpdate: minutes(clock.minute),
          nextUpdate: minutes(clock.minute + 10),
          ...word.next,
        }),
  )
  responders.push(responder)
  const problems: string[] = []
  const live = new LiveRevocations({
    read: (bytes, authorities) => Promise.resolve(readCrls(bytes, authorities)),
    now,
    onChange: () => undefined,
    onTaken: () => undefined,
    onOcspProblem: (_issuer, why) => problems.push(why),
  })
  const { asks = true, ...revocation } = wish
  const registered: Issuer = issuer({
    certificates: [issuing.certificate, root.certificate],
    revocation: { crl: [], ocsp: asks ? responder.url : null, graceMillis: 0, ...revocation },
  })
  live.follow([registered])
  const load = (...lists: readonly string[]) => live.load(Buffer.from(lists.join('')))
  const status = () => live.statusOf(bindingOfKey(issuing.key), serial, now())
  return {
    live,
    clock,
    word,
    responder,
    problems,
    load,
    status,
    learn: () => live.learn(peer) ?? Promise.resolve(null),
  }
}

describe('what lists and responders say together', () => {
  const bad = () => list(issuing, [serial])
  const good = () => list(issuing, [])
  const stale = () => list(issuing, [], { from: -2, until: -1 })

  it.each<[string, (() => string) | null, Partial<ResponseWish> | null, readonly string[], string]>([
    // The list of the issuing authority (null: none), the responder's word (null: rubbish), its distribution points, the verdict.
    ['both good', good, {}, [], 'good'],
    ['the list revokes', bad, {}, [], 'revoked'],
    ['the responder revokes', good, { status: 'revoked' }, [], 'revoked'],
    ['the responder revokes, the list is stale', stale, { status: 'revoked' }, [], 'revoked'],
    ['the list revokes, the responder is silent', bad, null, [], 'revoked'],
    ['the list is good, the responder silent', good, null, [], 'unknown'],
    ['the list is good, the responder does not know', good, { status: 'unknown' }, [], 'unknown'],
    ['the list is stale, the responder good', stale, {}, [], 'unknown'],
    ['no list, and none is configured: the responder alone', null, {}, [], 'good'],
    ['no list, though one is configured', null, {}, ['http://localhost/list.crl'], 'unknown'],
    ['neither says anything', null, null, [], 'unknown'],
  ])('%s', async (_, own, answer, crl, verdict) => {
    const { load, word, status, learn } = await world({ crl })
    await load(own?.() ?? '', list(root, []))
    word.next = answer
    await learn()
    expect(status()).toBe(verdict)
  })

  it('says nothing of an authority that nobody registered', async () => {
    const { live, clock } = await world()
    expect(live.statusOf(bindingOfKey(key('p384')), serial, instantOfMillis(minutes(clock.minute).getTime()))).toBe(
      'unknown',
    )
  })
})

describe('a responder', () => {
  it('is not asked again while its word is good, nor on the path at all where there is none', async () => {
    const { live, responder, learn } = await world()
    await Promise.all([learn(), learn()])
    expect(live.learn(peer)).toBeNull()
    expect(responder.asked).toHaveLength(1)
    expect((await world({ asks: false })).live.learn(peer)).toBeNull()
  })

  it('is asked about certificates in use before its word ends, and its new word counts', async () => {
    const { live, clock, word, responder, status, learn } = await world()
    await learn()
    const { epoch } = live
    word.next = { status: 'revoked' }
    live.keepFresh([peer])
    expect(responder.asked).toHaveLength(1)
    clock.minute = 2
    live.keepFresh([peer])
    await live.learn(peer)
    expect([responder.asked.length, status(), live.epoch > epoch]).toEqual([2, 'revoked', true])
  })

  it('does not take back with an older word what it has said', async () => {
    const { live, clock, word, status, problems, learn } = await world()
    word.next = { status: 'revoked' }
    await learn()
    word.next = { thisUpdate: minutes(-5), nextUpdate: minutes(60) }
    clock.minute = 2
    live.keepFresh([peer])
    await live.learn(peer)
    expect([status(), problems]).toEqual(['revoked', ['an older response than the one before']])
  })

  it('that fails is left alone for a while, longer each time; its last word serves until its end and the grace', async () => {
    const { live, clock, word, responder, status, learn } = await world({ graceMillis: 5 * 60_000 })
    await learn()
    word.next = null
    const until = async (minute: number): Promise<string> => {
      clock.minute = minute
      live.keepFresh([peer])
      await live.learn(peer)
      return status()
    }
    expect(await until(9)).toBe('good')
    expect(await until(9.001)).toBe('good')
    expect(responder.asked).toHaveLength(2)
    expect([await until(14.9), await until(15.1)]).toEqual(['good', 'unknown'])
  })

  it('problems are told once', async () => {
    const { live, clock, word, problems } = await world()
    word.next = null
    for (const minute of [0, 5, 10]) {
      clock.minute = minute
      await live.learn(peer)
    }
    expect(problems).toHaveLength(1)
  })
})

describe('the epoch', () => {
  it('rises with each list that comes into use, and when an issuer can be told no more', async () => {
    const { live, clock, load } = await world({ asks: false })
    await load(list(issuing, [], { until: 1 }), list(root, []))
    const loaded = live.epoch
    expect(loaded).toBe(2)
    await load(list(issuing, [], { until: 1 }))
    live.keepFresh([])
    expect(live.epoch).toBe(loaded)
    clock.minute = (days(1).getTime() - minutes(0).getTime()) / 60_000 + 1
    live.keepFresh([])
    expect(live.epoch).toBe(loaded + 1)
    live.keepFresh([])
    expect(live.epoch).toBe(loaded + 1)
  })

  it('of a shared root the shortest grace counts', async () => {
    const { live } = await world({ asks: false })
    const sources = (graceMillis: number): RevocationSources => ({ crl: [], ocsp: null, graceMillis })
    const both = [
      issuer({ certificates: [issuing.certificate, root.certificate], revocation: sources(60_000) }),
      issuer({
        name: 'root-ca',
        key: bindingOfKey(root.key),
        certificates: [root.certificate],
        revocation: sources(1_000),
      }),
    ]
    for (const issuers of [both, both.toReversed()]) {
      const { authorities } = live.follow(issuers)
      expect(authorities.get(bindingOfKey(root.key))?.graceMicros).toBe(1_000_000)
      expect(authorities.get(bindingOfKey(issuing.key))?.graceMicros).toBe(60_000_000)
    }
  })
})
