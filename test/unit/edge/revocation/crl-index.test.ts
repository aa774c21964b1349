import 'reflect-metadata'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { webcrypto } from 'node:crypto'
import { Extension, PemConverter, X509CrlGenerator, X509CrlReason } from '@peculiar/x509'
import { bindingOfKey, makeKey, privateKeyPem } from '../../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../../gateway/pki/make-authority.ts'
import type { Authority } from '../../../../gateway/pki/sign-certificate.ts'
import { chain, days, NOW, ORGANIZATION } from '../../pki/world.ts'
import { at, list, newIndex, spki } from './world.ts'

let root: Authority
let issuing: Authority
let stranger: Authority
/** Calls itself like the issuing authority. */
let impostor: Authority
beforeAll(async () => {
  ;({ root, issuing } = await chain('p256', 'p256'))
  stranger = (await chain('p384', 'p384')).root
  const subject = { commonName: 'Cấp', organization: ORGANIZATION }
  impostor = await makeAuthority({ subject, key: makeKey(), issuer: null, notBefore: NOW, notAfter: days(90) })
})

const trust = () => [issuing, root].map(spki)
const key = (authority: Authority) => bindingOfKey(authority.key)
const bytes = (...texts: readonly string[]): Uint8Array => Buffer.from(texts.join('\n'))
const der = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

async function indexOf(...texts: readonly string[]) {
  const { index, clock, taken } = newIndex()
  const report = await index.load(bytes(...texts), trust())
  return {
    index,
    clock,
    taken,
    report,
    load: (...more: readonly string[]) => index.load(bytes(...more), trust()),
    status: (serial: string, when = 1, of = issuing) => index.statusOf(key(of), serial, at(when)),
  }
}

describe('the index of revocation lists', () => {
  it('knows what is revoked, and what is not', async () => {
    const { status, report } = await indexOf(list(issuing, ['0a', '80ff']))
    expect([status('0a'), status('80ff'), status('0b')]).toEqual(['revoked', 'revoked', 'good'])
    expect(report).toEqual({ loaded: 1, problems: [] })
  })

  it.each([
    // Libraries write serial numbers in their own ways.
    ['80FF', '80ff'],
    ['0080ff', '80FF'],
    ['80ff', '0080ff'],
    ['01', '1'],
  ])('takes %s for %s', async (listed, asked) => {
    expect((await indexOf(list(issuing, [listed]))).status(asked)).toBe('revoked')
  })

  it('knows nothing without a list: unknown means no', async () => {
    const { status, index, report } = await indexOf('')
    expect(status('0b')).toBe('unknown')
    expect([report.loaded, index.freshnessOf(key(issuing))]).toEqual([0, null])
  })

  it('reads DER as well as PEM', async () => {
    const { index } = newIndex()
    const report = await index.load(der(list(issuing, ['0a'])), trust())
    expect([report, index.statusOf(key(issuing), '0a', at(1))]).toEqual([{ loaded: 1, problems: [] }, 'revoked'])
  })

  it('speaks of each issuer by its own list alone', async () => {
    const { status } = await indexOf(list(issuing, ['0a']), list(root, ['0b']))
    expect([status('0a'), status('0b'), status('0a', 1, root), status('0b', 1, root)]).toEqual([
      'revoked',
      'good',
      'good',
      'revoked',
    ])
    expect(status('0a', 1, stranger)).toBe('unknown')
  })

  it('does not know any more when a list is stale; what it revoked stays revoked', async () => {
    const { status, index } = await indexOf(list(issuing, ['0a'], { until: 7 }), list(root, [], { until: 3 }))
    expect([status('0b', 6.99), status('0b', 7.01), status('0a', 7.01)]).toEqual(['good', 'unknown', 'revoked'])
    expect([status('0b', 2.99, root), status('0b', 3.01, root)]).toEqual(['good', 'unknown'])
    expect(index.freshnessOf(key(root))).toEqual({ until: Math.floor(at(3) / 1e6) * 1e6, wasFresh: true })
  })

  it('lets a list that was fresh serve on for the grace, and one that came stale not at all', async () => {
    const hour = 3_600e6
    const { index } = await indexOf(list(issuing, ['0a'], { until: 2 }), list(root, [], { from: -2, until: 0.5 }))
    const status = (when: number, of: Authority) => index.statusOf(key(of), '0b', at(when), hour)
    expect([status(1.99, issuing), status(2 + 0.9 / 24, issuing), status(2 + 1.1 / 24, issuing)]).toEqual([
      'good',
      'good',
      'unknown',
    ])
    expect(status(0.51, root)).toBe('unknown')
  })

  it('refuses a list that no registered authority signed, whatever name it bears', async () => {
    const { status, report } = await indexOf(list(impostor, []), list(stranger, []))
    expect(status('0b')).toBe('unknown')
    expect(report.loaded).toBe(0)
    expect(report.problems).toEqual([
      expect.stringContaining('no registered'),
      expect.stringContaining('no registered'),
    ])
  })

  it('refuses a list that was changed', async () => {
    const changed = der(list(issuing, ['0abcdef1']))
    const place = changed.indexOf(Buffer.from('0abcdef1', 'hex'))
    changed[place + 3] = 0xf2
    const { index } = newIndex()
    const { loaded } = await index.load(changed, trust())
    expect([loaded, index.statusOf(key(issuing), '0abcdef1', at(1))]).toEqual([0, 'unknown'])
  })

  it.each([
    // RFC 5280 sections 5.2.4 and 5.2.5: a delta, and a list of some certificates only. Neither says what is good.
    ['delta CRL indicator', '2.5.29.27', true, '020101'],
    ['delta CRL indicator, not even critical', '2.5.29.27', false, '020101'],
    ['issuing distribution point', '2.5.29.28', true, '30038101ff'],
    ['issuing distribution point, not even critical', '2.5.29.28', false, '30038101ff'],
    ['an extension that nobody knows', '1.2.3.4', true, '0500'],
  ])('refuses a list with a critical extension: %s', async (_, oid, critical, value) => {
    const { status, report } = await indexOf(await listWith(new Extension(oid, critical, Buffer.from(value, 'hex'))))
    expect([report.loaded, status('0b')]).toEqual([0, 'unknown'])
    expect(report.problems).toEqual([expect.stringContaining('not whole')])
  })

  it('refuses a list that does not say until when it is good', async () => {
    const { report } = await indexOf(await listWith(new Extension('1.2.3.4', false, Buffer.from('0500', 'hex')), {}))
    expect(report).toEqual({ loaded: 0, problems: [expect.stringContaining('without nextUpdate')] })
  })

  it('refuses a list signed by way of SHA-1', async () => {
    const weak = await listWith(new Extension('1.2.3.4', false, Buffer.from('0500', 'hex')), { ...WEEK, hash: 'SHA-1' })
    const { status, report } = await indexOf(weak)
    expect([report.loaded, status('0b')]).toEqual([0, 'unknown'])
    expect(report.problems).toEqual([expect.stringContaining('too weak')])
  })

  it('takes a list with an extension that is not critical', async () => {
    const { status } = await indexOf(await listWith(new Extension('1.2.3.4', false, Buffer.from('0500', 'hex'))))
    expect([status('0a'), status('0b')]).toEqual(['revoked', 'good'])
  })

  it('refuses a list of the future, but not over a clock that differs by seconds', async () => {
    const early = await indexOf(list(issuing, [], { from: 1.1 }))
    expect([early.report.loaded, early.status('0b', 1.2)]).toEqual([0, 'unknown'])
    expect(early.report.problems).toEqual([expect.stringContaining('not valid before')])
    expect((await indexOf(list(issuing, [], { from: 1 + 30 / 86_400 }))).report.loaded).toBe(1)
  })

  it.each([
    ['the newer first', [3, 0]],
    ['the older first', [0, 3]],
  ])('takes the newer of two lists of an issuer: %s', async (_, order) => {
    const lists = order.map(number => list(issuing, number === 3 ? ['0a'] : ['0b'], { number, until: 10 }))
    const { status } = await indexOf(...lists)
    expect([status('0a'), status('0b')]).toEqual(['revoked', 'good'])
  })

  it('takes a newer list when it comes, and tells of it once', async () => {
    const { load, status, taken } = await indexOf(list(issuing, []))
    const next = list(issuing, ['0a'], { number: 2 })
    expect(await load(next)).toEqual({ loaded: 1, problems: [] })
    expect(await load(next)).toEqual({ loaded: 1, problems: [] })
    expect([status('0a'), taken()]).toEqual(['revoked', 2])
  })

  it.each([
    // What is put back, and what is in use: only a higher number follows (RFC 5280 section 5.2.3).
    ['a lower number', { number: 4 }, /number 4 is not above 5/],
    ['the same number', { number: 5 }, /number 5 is not above 5/],
    ['a lower number with a later date', { number: 4, from: 0.9, until: 30 }, /number 4 is not above 5/],
  ])('does not take an older list put back: %s', async (_, wish, why) => {
    const { load, status } = await indexOf(list(issuing, ['0a'], { number: 5 }))
    const { loaded, problems } = await load(list(issuing, [], wish))
    expect([status('0a'), loaded]).toEqual(['revoked', 0])
    expect(problems).toEqual([expect.stringMatching(why)])
  })

  it('does not take a list without a number in the place of one with', async () => {
    const { load, status } = await indexOf(list(issuing, ['0a', '0c']))
    const { problems } = await load(await listWith(new Extension('1.2.3.4', false, Buffer.from('0500', 'hex'))))
    expect(problems).toEqual([expect.stringContaining('it has no number')])
    expect(status('0c')).toBe('revoked')
  })

  it('keeps the list of an issuer whose file has gone: until it is stale', async () => {
    const { load, status } = await indexOf(list(issuing, ['0a']))
    await load('')
    expect([status('0a'), status('0b'), status('0b', 7.1)]).toEqual(['revoked', 'good', 'unknown'])
  })

  it('leaves everything as it is where a file cannot be read', async () => {
    const { load, status, taken } = await indexOf(list(issuing, ['0a']))
    const { loaded, problems } = await load('-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n')
    expect([loaded, problems]).toEqual([0, [expect.stringContaining('no revocation list')]])
    expect([status('0a'), taken()]).toEqual(['revoked', 1])
  })
})

const WEEK = { nextUpdate: days(7) }

/** A list of the issuing authority with an extension of its own. */
async function listWith(
  extension: Extension,
  { nextUpdate, hash = 'SHA-256' }: { nextUpdate?: Date; hash?: string } = WEEK,
): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash }
  const pkcs8 = PemConverter.decodeFirst(privateKeyPem(issuing.key))
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  const crl = await X509CrlGenerator.create({
    issuer: 'CN=x',
    thisUpdate: NOW,
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
    entries: [{ serialNumber: '0a', revocationDate: NOW, reason: X509CrlReason.keyCompromise }],
    extensions: [extension],
    signingAlgorithm: algorithm,
    signingKey: signingKey as never,
  })
  return PemConverter.encode(crl.rawData, 'X509 CRL')
}
