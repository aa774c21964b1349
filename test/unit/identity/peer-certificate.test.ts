import { describe, expect, it } from '@jest/globals'
import { createHash, X509Certificate } from 'node:crypto'
import { instantOfMillis } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { readPeerCertificate } from '../../../gateway/identity/peer-certificate.ts'
import { bindingOfKey } from '../../../gateway/pki/keys.ts'
import { days, key, leaf } from '../pki/world.ts'
import { der, ISSUING_KEY, LEAF_KEY, realChain, ROOT_KEY, START } from './world.ts'

const SAN = 'urn:lienthong:system:G99.21/records'

describe('readPeerCertificate', () => {
  it('reads key, names, dates and chain; the root is left out, since nobody can revoke it', async () => {
    const { peer, pem, issuing } = await realChain()
    expect(peer).toEqual({
      binding: LEAF_KEY(),
      fingerprint: createHash('sha256').update(der(pem)).digest('hex'),
      sanUris: [SAN],
      validFrom: START,
      // The leaf ends before the authorities.
      validUntil: instantOfMillis(Math.floor(days(30).getTime() / 1000) * 1000),
      chain: [
        { key: LEAF_KEY(), serial: new X509Certificate(pem).serialNumber.toLowerCase(), issuerKey: ISSUING_KEY() },
        {
          key: ISSUING_KEY(),
          serial: new X509Certificate(issuing.certificate).serialNumber.toLowerCase(),
          issuerKey: ROOT_KEY(),
        },
      ],
    })
  })

  it('ends with the first certificate of the chain to end, and begins with the last to begin', async () => {
    const { ders } = await realChain({ notBefore: days(5), notAfter: days(300) })
    const peer = must(readPeerCertificate(ders))
    const second = (date: Date) => instantOfMillis(Math.floor(date.getTime() / 1000) * 1000)
    expect([peer.validFrom, peer.validUntil]).toEqual([second(days(5)), second(days(90))])
  })

  it('says the same of a chain that it has read before, also with authorities of others in between', async () => {
    const { ders, peer } = await realChain()
    const { ders: others } = await realChain({ notAfter: days(10) })
    const [own, ...authorities] = ders
    for (const chain of [others, ders, [own!, ...others.slice(1)], ders]) readPeerCertificate(chain)
    expect(must(readPeerCertificate(ders))).toEqual(peer)
    // An authority that is read as a leaf, too.
    expect(must(readPeerCertificate(authorities)).binding).toBe(ISSUING_KEY())
  })

  it('knows no issuer of the last certificate of a chain without root', async () => {
    const { ders } = await realChain()
    expect(must(readPeerCertificate(ders.slice(0, 2))).chain.map(({ issuerKey }) => issuerKey)).toEqual([
      ISSUING_KEY(),
      null,
    ])
    expect(must(readPeerCertificate(ders.slice(0, 1))).chain).toHaveLength(1)
  })

  it('takes a self-signed leaf for a leaf, not for a root', async () => {
    const { ders } = await realChain()
    const alone = must(readPeerCertificate(ders.slice(2)))
    expect(alone.chain).toEqual([expect.objectContaining({ key: ROOT_KEY(), issuerKey: null })])
  })

  it.each(['p256', 'p384', 'ed25519', 'rsa'] as const)('reads the binding of a key of type %s', async type => {
    const { issuing } = await realChain()
    const pem = await leaf(issuing, { key: key(type, 3) })
    expect(must(readPeerCertificate([der(pem)])).binding).toBe(bindingOfKey(key(type, 3)))
  })

  it.each<[string, readonly string[], readonly string[]]>([
    ['none', [], []],
    ['two', [SAN, 'urn:lienthong:system:G99.10/data-centre'], [SAN, 'urn:lienthong:system:G99.10/data-centre']],
    // CVE-2021-44532: a delimiter inside a name must not make two names of it.
    ['one that plays two', [`urn:x, URI:${SAN}`], [`"urn:x\\u002c URI:${SAN}"`]],
    ['one that holds a DNS name', [`${SAN}, DNS:evil`], [`"${SAN}\\u002c DNS:evil"`]],
  ])('lists the URIs of a subjectAltName: %s', async (_, uris, expected) => {
    const { peer } = await realChain({ uris, dnsNames: ['URI.example'] })
    expect(peer.sanUris).toEqual(expected)
  })

  it('takes a DNS name for no URI', async () => {
    const { peer } = await realChain({ uris: [], dnsNames: ['localhost'], ips: [] })
    expect(peer.sanUris).toEqual([])
  })

  it.each<[string, (ders: readonly Uint8Array[]) => readonly Uint8Array[]]>([
    ['nothing', () => []],
    ['nine certificates', ([first = new Uint8Array()]) => Array.from({ length: 9 }, () => first)],
    ['no DER', () => [Buffer.from('-----BEGIN CERTIFICATE-----')]],
    ['an empty certificate', () => [new Uint8Array()]],
    ['a leaf cut short', ([first = new Uint8Array()]) => [first.subarray(0, first.length - 1)]],
    ['garbage above the leaf', ([first = new Uint8Array()]) => [first, Buffer.from('garbage')]],
  ])('refuses %s', async (_, change) => {
    const { ders } = await realChain()
    expect(readPeerCertificate(change(ders)).ok).toBe(false)
  })
})
