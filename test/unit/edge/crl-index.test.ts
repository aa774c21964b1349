import 'reflect-metadata'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { webcrypto } from 'node:crypto'
import { Extension, PemConverter, X509CrlGenerator, X509CrlReason } from '@peculiar/x509'
import { instantOfMillis, type Instant } from '../../../gateway/domain/instant.ts'
import { CrlIndex } from '../../../gateway/edge/keys/crl-index.ts'
import { bindingOfKey, makeKey, privateKeyPem } from '../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../gateway/pki/make-authority.ts'
import { makeCrl, type Revoked } from '../../../gateway/pki/make-crl.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'
import { chain, days, NOW, ORGANIZATION } from '../pki/world.ts'

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

const revoked = (...serials: readonly string[]): Revoked[] =>
  serials.map(serial => ({ serial, at: NOW, reason: 'keyCompromise' as const }))
const list = (authority: Authority, serials: readonly string[], from = 0, until = 7) =>
  makeCrl(authority, revoked(...serials), 1, days(from), days(until))
const trust = () => [issuing.certificate, root.certificate]
const at = (count: number): Instant => instantOfMillis(days(count).getTime())
const key = (authority: Authority) => bindingOfKey(authority.key)

async function indexOf(...texts: readonly string[]) {
  const index = new CrlIndex()
  const report = await index.load(texts.join('\n'), trust())
  return {
    index,
    report,
    status: (serial: string, when = 1, of = issuing) => index.statusOf(key(of), serial, at(when)),
  }
}

describe('the revocation index', () => {
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
    expect([report.loaded, index.staleAt]).toEqual([0, null])
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
    const { status, index } = await indexOf(list(issuing, ['0a'], 0, 7), list(root, [], 0, 3))
    expect([status('0b', 6.99), status('0b', 7.01), status('0a', 7.01)]).toEqual(['good', 'unknown', 'revoked'])
    expect(index.staleAt).toBe(Math.floor(at(3) / 1e6) * 1e6)
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
    const der = Buffer.from(list(issuing, ['0abcdef1']).replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const place = der.indexOf(Buffer.from('0abcdef1', 'hex'))
    der[place + 3] = 0xf2
    const pem = PemConverter.encode(Uint8Array.from(der).buffer, 'X509 CRL')
    const { status, report } = await indexOf(pem)
    expect([report.loaded, status('0abcdef1')]).toEqual([0, 'unknown'])
  })

  it.each([
    // RFC 5280 sections 5.2.4 and 5.2.5: a delta, and a list of some certificates only. Neither says what is good.
    ['delta CRL indicator', '2.5.29.27', '020101'],
    ['issuing distribution point', '2.5.29.28', '30038101ff'],
    ['an extension that nobody knows', '1.2.3.4', '0500'],
  ])('refuses a list with a critical extension: %s', async (_, oid, value) => {
    const { status, report } = await indexOf(await listWith(new Extension(oid, true, Buffer.from(value, 'hex'))))
    expect([report.loaded, status('0b')]).toEqual([0, 'unknown'])
    expect(report.problems).toEqual([expect.stringContaining('not whole')])
  })

  it('takes a list with an extension that is not critical', async () => {
    const { status } = await indexOf(await listWith(new Extension('1.2.3.4', false, Buffer.from('0500', 'hex'))))
    expect([status('0a'), status('0b')]).toEqual(['revoked', 'good'])
  })

  it.each([
    ['the newer first', [3, 0]],
    ['the older first', [0, 3]],
  ])('takes the newer of two lists of an issuer: %s', async (_, order) => {
    const lists = order.map(from => list(issuing, from === 3 ? ['0a'] : ['0b'], from, 10))
    const { status } = await indexOf(...lists)
    expect([status('0a', 4), status('0b', 4)]).toEqual(['revoked', 'good'])
  })

  it('takes a newer list when it comes, and counts that', async () => {
    const { index, status } = await indexOf(list(issuing, []))
    const before = index.epoch
    await index.load(list(issuing, ['0a'], 1, 8), trust())
    expect([status('0a'), index.epoch > before]).toEqual(['revoked', true])
  })

  it('does not take an older list put back: a revoked certificate would be good again', async () => {
    const { index, status } = await indexOf(list(issuing, ['0a'], 1, 8))
    const report = await index.load(list(issuing, [], 0, 7), trust())
    expect(status('0a')).toBe('revoked')
    expect(report.problems).toEqual(['a list older than the one in use'])
  })

  it('forgets an issuer whose list is no longer there', async () => {
    const { index, status } = await indexOf(list(issuing, ['0a']))
    await index.load('', trust())
    expect(status('0b')).toBe('unknown')
  })

  it('leaves everything as it is where a file cannot be read', async () => {
    const { index, status } = await indexOf(list(issuing, ['0a']))
    const { epoch } = index
    const broken = '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'
    await expect(index.load(broken, trust())).rejects.toThrow()
    expect([status('0a'), index.epoch]).toEqual(['revoked', epoch])
  })
})

/** A list of the issuing authority with an extension of its own. */
async function listWith(extension: Extension): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const pkcs8 = PemConverter.decodeFirst(privateKeyPem(issuing.key))
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  const crl = await X509CrlGenerator.create({
    issuer: 'CN=x',
    thisUpdate: NOW,
    nextUpdate: days(7),
    entries: [{ serialNumber: '0a', revocationDate: NOW, reason: X509CrlReason.keyCompromise }],
    extensions: [extension],
    signingAlgorithm: algorithm,
    signingKey: signingKey as never,
  })
  return PemConverter.encode(crl.rawData, 'X509 CRL')
}
