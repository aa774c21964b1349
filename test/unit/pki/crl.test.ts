import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { makeCrl, REVOCATION_REASONS, type RevocationReason } from '../../../gateway/pki/make-crl.ts'
import { X509Crl, X509Certificate as PeculiarCertificate } from '../../../gateway/pki/peculiar.ts'
import { openssl } from './openssl.ts'
import { chain, days, key, leaf, NOW, ORGANIZATION } from './world.ts'

describe('a CRL', () => {
  it.each(['p256', 'p384', 'ed25519', 'rsa'] as const)(
    'signed with %s satisfies openssl and @peculiar/x509',
    async type => {
      const { issuing } = await chain(type, type)
      const crl = makeCrl(issuing, [{ serial: '80FF', at: NOW, reason: 'keyCompromise' }], 258, NOW, days(7))
      const text = openssl('crl -in {crl} -noout -text -nameopt utf8,sep_comma_plus', { crl })
      expect(text).toContain(`Issuer: O=${ORGANIZATION},CN=Cấp`)
      expect(text).toContain('Last Update: Nov 22 01:02:03 2026 GMT')
      expect(text).toContain('Next Update: Nov 29 01:02:03 2026 GMT')
      expect(text).toMatch(/X509v3 CRL Number:\s+258\n/)
      expect(text).toContain('Authority Key Identifier')
      expect(text).toMatch(/Serial Number: 80FF\n\s+Revocation Date: Nov 22 01:02:03 2026 GMT/)
      expect(text).toContain('Key Compromise')
      const read = new X509Crl(crl)
      expect(await read.verify({ publicKey: new PeculiarCertificate(issuing.certificate) })).toBe(true)
    },
  )

  it('makes openssl refuse what it names, and only that', async () => {
    const { root, issuing } = await chain('p256', 'p256')
    const revoked = await leaf(issuing, { key: key('p256', 2) })
    const other = await leaf(issuing, { key: key('p256', 2) })
    const serial = new X509Certificate(revoked).serialNumber
    const crl = makeCrl(issuing, [{ serial, at: NOW, reason: 'superseded' }], 1, NOW, days(7))
    const check = (certificate: string) =>
      openssl(
        `verify -attime ${Math.floor(NOW.getTime() / 1000)} -crl_check -CAfile {ca} -untrusted {issuing} -CRLfile {crl} {leaf}`,
        { ca: root.certificate, issuing: issuing.certificate, crl, leaf: certificate },
      )
    expect(check(other)).toContain('OK')
    expect(() => check(revoked)).toThrow('revoked')
  })

  it('has no list when nothing is revoked (RFC 5280 section 5.1.2.6)', async () => {
    const { issuing } = await chain('p256', 'p256')
    const crl = makeCrl(issuing, [], 0, NOW, days(7))
    expect(openssl('crl -in {crl} -noout -text', { crl })).toContain('No Revoked Certificates')
    expect(openssl('asn1parse -in {crl}', { crl })).not.toMatch(/l= {3}0 cons: SEQUENCE/)
  })

  it('leaves `unspecified` out, without an empty list of extensions (RFC 5280 sections 5.1, 5.3.1)', async () => {
    const { issuing } = await chain('p256', 'p256')
    const crl = makeCrl(issuing, [{ serial: '01', at: NOW, reason: 'unspecified' }], 1, NOW, days(7))
    expect(openssl('crl -in {crl} -noout -text', { crl })).not.toContain('Reason')
    expect(openssl('asn1parse -in {crl}', { crl })).not.toMatch(/l= {3}0 cons: SEQUENCE/)
  })

  it('reads back every reason', async () => {
    const { issuing } = await chain('p256', 'p256')
    const reasons = Object.keys(REVOCATION_REASONS) as RevocationReason[]
    const revoked = reasons.map((reason, index) => ({ serial: `a${index}`, at: NOW, reason }))
    const read = new X509Crl(makeCrl(issuing, revoked, 1, NOW, days(7)))
    expect(read.entries.map(entry => entry.reason ?? 0)).toEqual(reasons.map(reason => REVOCATION_REASONS[reason]))
  })

  it('takes twenty thousand entries without slowing down', async () => {
    const { issuing } = await chain('p256', 'p256')
    const revoked = Array.from({ length: 20_000 }, (_, index) => ({
      serial: (index + 1).toString(16),
      at: NOW,
      reason: 'superseded' as const,
    }))
    const started = performance.now()
    const crl = makeCrl(issuing, revoked, 1, NOW, days(7))
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(openssl('crl -in {crl} -noout -crlnumber', { crl })).toContain('1')
  })

  it.each([
    ['a serial twice, written differently', [{ serial: 'ab' }, { serial: '00AB' }], 'twice'],
    ['no hexadecimal', [{ serial: 'xyz' }], 'hex'],
    ['more than 20 octets', [{ serial: 'a'.repeat(41) }], 'hex'],
  ])('refuses %s', async (_, serials, reason) => {
    const { issuing } = await chain('p256', 'p256')
    const revoked = serials.map(({ serial }) => ({ serial, at: NOW, reason: 'superseded' as const }))
    expect(() => makeCrl(issuing, revoked, 1, NOW, days(7))).toThrow(reason)
  })
})
