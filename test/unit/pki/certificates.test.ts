import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { certificateSays } from '../../../gateway/pki/certificate-says.ts'
import { isDevelopmentCertificate, DEVELOPMENT_ORGANIZATION } from '../../../gateway/pki/development.ts'
import { bindingOfKey, type KeyType, makeKey } from '../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../gateway/pki/make-authority.ts'
import { newSerial } from '../../../gateway/pki/serial.ts'
import { openssl } from './openssl.ts'
import { chain, days, key, leaf, NOW, ORGANIZATION } from './world.ts'

const at = (date: Date) => Math.floor(date.getTime() / 1000)
const verify = (root: string, issuing: string, certificate: string, when: Date, purpose = 'sslclient') =>
  openssl(`verify -x509_strict -attime ${at(when)} -purpose ${purpose} -CAfile {ca} -untrusted {issuing} {leaf}`, {
    ca: root,
    issuing,
    leaf: certificate,
  })

describe('a chain', () => {
  const table: [KeyType, KeyType, KeyType][] = [
    ['p256', 'p256', 'p256'],
    ['p384', 'p384', 'p384'],
    ['ed25519', 'ed25519', 'ed25519'],
    ['rsa', 'rsa', 'rsa'], // signed by node-forge
    ['rsa', 'rsa', 'p256'], // RSA signature over an EC key
    ['p256', 'rsa', 'rsa'], // forge must read an authority's certificate that an EC key signed
    ['rsa', 'p384', 'rsa'],
  ]
  it.each(table)('of %s, %s, %s satisfies openssl', async (rootType, issuingType, leafType) => {
    const { root, issuing } = await chain(rootType, issuingType)
    const certificate = await leaf(issuing, { key: key(leafType, 2) })
    expect(verify(root.certificate, issuing.certificate, certificate, NOW)).toContain(': OK')
    const read = new X509Certificate(certificate)
    expect(read.verify(new X509Certificate(issuing.certificate).publicKey)).toBe(true)
    expect(read.checkPrivateKey(key(leafType, 2))).toBe(true)
  })
})

describe('what certificates say', () => {
  it.each(['p256', 'rsa'] as const)('%s', async type => {
    const { root, issuing } = await chain(type, type)
    const certificate = await leaf(issuing, { key: key(type, 2), crlUrl: 'http://localhost/crl.pem' })
    const show = (pem: string) => openssl('x509 -in {it} -noout -text -nameopt utf8,sep_comma_plus', { it: pem })

    expect(show(root.certificate)).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:1/)
    expect(show(issuing.certificate)).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    expect(show(issuing.certificate)).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/)
    const text = show(certificate)
    expect(text).toContain(`Issuer: O=${ORGANIZATION},CN=Cấp`)
    expect(text).toContain(`Subject: O=${ORGANIZATION},CN=G99.21/records`)
    expect(text).toContain('Not Before: Nov 22 01:02:03 2026 GMT')
    expect(text).toContain('Not After : Dec 22 01:02:03 2026 GMT')
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/)
    expect(text).toMatch(/Extended Key Usage:\s+TLS Web Client Authentication\n/)
    expect(text).toContain(
      'URI:urn:lienthong:system:G99.21/records, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    )
    expect(text).toContain('URI:http://localhost/crl.pem')
    const hex = (binding: string) => binding.toUpperCase().replace(/..(?=.)/g, '$&:')
    expect(text).toMatch(new RegExp(`Subject Key Identifier:\\s+${hex(bindingOfKey(key(type, 2)))}`))
    expect(text).toMatch(new RegExp(`Authority Key Identifier:\\s+${hex(bindingOfKey(issuing.key))}`))
  })

  it('GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5), with both libraries', async () => {
    for (const type of ['p256', 'rsa'] as const) {
      const { issuing } = await chain(type, type)
      const certificate = await leaf(issuing, { key: key(type, 2), notAfter: new Date('2050-01-01T00:00:00.999Z') })
      expect(openssl('asn1parse -in {it}', { it: certificate })).toContain('GENERALIZEDTIME   :20500101000000Z')
    }
  })

  it('a text that starts with # is a text, and names end at 64 characters', async () => {
    const { issuing } = await chain('p256', 'p256')
    const named = (commonName: string) =>
      leaf(issuing, { key: key('p256', 2), subject: { commonName, organization: 'x' } })
    expect(new X509Certificate(await named('#0500')).subject).toBe('O=x\nCN=\\#0500')
    await expect(named('x'.repeat(64))).resolves.toContain('BEGIN CERTIFICATE')
    await expect(named('x'.repeat(65))).rejects.toThrow('64')
    await expect(named('')).rejects.toThrow('64')
  })

  it('a serial number is positive and takes exactly 16 octets', () => {
    const serials = Array.from({ length: 500 }, newSerial)
    expect(serials.every(serial => /^[4-7][0-9a-f]{31}$/.test(serial))).toBe(true)
    expect(new Set(serials).size).toBe(500)
  })
})

describe('bad certificates can be made, and openssl refuses them', () => {
  it.each([
    ['expired', { notBefore: days(-3), notAfter: days(-1) }, 'has expired'],
    ['not yet valid', { notBefore: days(1) }, 'not yet valid'],
    ['for servers only', { usages: ['serverAuth'] as const }, 'purpose'],
  ])('%s', async (_, options, reason) => {
    const { root, issuing } = await chain('p256', 'p256')
    const certificate = await leaf(issuing, { key: key('p256', 2), ...options })
    expect(() => verify(root.certificate, issuing.certificate, certificate, NOW)).toThrow(reason)
  })

  it('of a foreign issuer with the same name', async () => {
    const { root, issuing } = await chain('p256', 'p256')
    const foreign = await makeAuthority({
      subject: { commonName: 'Cấp', organization: ORGANIZATION },
      key: makeKey(),
      issuer: null,
      notBefore: NOW,
      notAfter: days(1),
    })
    const certificate = await leaf(foreign, { key: key('p256', 2) })
    expect(() => verify(root.certificate, issuing.certificate, certificate, NOW)).toThrow()
  })

  it('two URIs, another key usage, none at all', async () => {
    const { issuing } = await chain('p256', 'p256')
    const two = await leaf(issuing, { key: key('p256', 2), uris: ['urn:a', 'urn:b'], keyUsages: ['keyAgreement'] })
    expect(new X509Certificate(two).subjectAltName).toMatch(/^URI:urn:a, URI:urn:b, /)
    expect(openssl('x509 -in {it} -noout -text', { it: two })).toMatch(/Key Usage: critical\s+Key Agreement\n/)
    const bare = new X509Certificate(
      await leaf(issuing, { key: key('p256', 2), uris: [], dnsNames: [], ips: [], usages: [] }),
    )
    expect(bare.subjectAltName).toBeUndefined()
    expect(bare.keyUsage).toBeUndefined()
  })

  it('a weak key only by its explicit option', async () => {
    const { issuing } = await chain('rsa', 'rsa')
    expect(() => makeKey('rsa', { bits: 1024 })).toThrow('2048')
    const weak = makeKey('rsa', { bits: 1024, weakForTests: true })
    await expect(leaf(issuing, { key: weak })).rejects.toThrow('weak')
    const certificate = await leaf(issuing, { key: weak, weakForTests: true })
    expect(new X509Certificate(certificate).publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024)
  })

  it('never one with an IP address or a date that is none', async () => {
    const { issuing } = await chain('p256', 'p256')
    await expect(leaf(issuing, { key: key('p256', 2), ips: ['localhost'] })).rejects.toThrow('localhost')
    await expect(leaf(issuing, { key: key('p256', 2), notAfter: new Date('never') })).rejects.toThrow('date')
  })
})

describe('certificateSays', () => {
  const subject = { commonName: 'G99.21/records', organization: ORGANIZATION }
  const content = { subject, uris: ['urn:a'], dnsNames: ['localhost'], ips: ['::1'], usages: ['clientAuth'] as const }
  it.each([
    ['the same', {}, true],
    ['another URI', { uris: ['urn:b'] }, false],
    ['one host more', { dnsNames: ['localhost', 'gateway'] }, false],
    ['one host less', { dnsNames: [] }, false],
    ['another usage', { usages: ['serverAuth'] as const }, false],
    ['another subject', { subject: { ...subject, commonName: 'x' } }, false],
    ['a distribution point', { crlUrl: 'http://localhost/' }, false],
  ])('%s', async (_, change, says) => {
    const { issuing } = await chain('rsa', 'rsa')
    const certificate = await leaf(issuing, { ...content, key: key('rsa', 2) })
    expect(certificateSays(certificate, { ...content, ...change })).toBe(says)
  })

  it('a certificate that says more', async () => {
    const { issuing } = await chain('p256', 'p256')
    const certificate = await leaf(issuing, { ...content, key: key('p256', 2), crlUrl: 'http://localhost/' })
    expect(certificateSays(certificate, content)).toBe(false)
  })
})

it('development certificates are known by their organisation, the issuer named or being one', async () => {
  const { issuing } = await chain('p256', 'p256')
  const authority = await makeAuthority({
    subject: { commonName: 'x', organization: DEVELOPMENT_ORGANIZATION },
    key: key('p256'),
    issuer: null,
    notBefore: NOW,
    notAfter: days(1),
  })
  expect(isDevelopmentCertificate(authority.certificate)).toBe(true)
  expect(isDevelopmentCertificate(await leaf(authority, { key: key('p256', 2) }))).toBe(true)
  expect(isDevelopmentCertificate(issuing.certificate)).toBe(false)
})
