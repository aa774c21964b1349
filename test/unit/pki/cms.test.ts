import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePackCertificate } from '../../../gateway/pki/cms-certificate.ts'
import { signDetached } from '../../../gateway/pki/cms-sign.ts'
import { verifyDetached } from '../../../gateway/pki/cms-verify.ts'
import { pemOf } from '../../../gateway/pki/pem.ts'
import { newSigningKey } from '../../support/signing-keys.ts'

const key = newSigningKey('packs')
const SIGNED_AT = new Date('2026-11-22T08:09:10Z')
const content = Buffer.from('<manifest>những gì đã trao đổi</manifest>')

describe('a CAdES signature', () => {
  let directory: string
  let certificate: Buffer
  let signature: Buffer
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-cms-'))
    certificate = await makePackCertificate({
      publicKey: key.publicKey,
      commonName: 'Lienthong evidence packs, gateway-1',
      notBefore: new Date('2026-01-01T00:00:00Z'),
      sign: data => key.sign(data),
    })
    signature = await signDetached(content, certificate, SIGNED_AT, data => key.sign(data))
    writeFileSync(join(directory, 'content'), content)
    writeFileSync(join(directory, 'signature.p7s'), signature)
    writeFileSync(join(directory, 'ca.pem'), pemOf('CERTIFICATE', certificate))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const openssl = (...words: string[]): string =>
    execFileSync('openssl', words, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const verifyWith = (...more: string[]): string =>
    openssl(
      ...['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'signature.p7s'],
      ...['-content', 'content', '-CAfile', 'ca.pem', '-out', 'verified', ...more],
    )

  it('verifies with openssl alone, as CAdES, and says what it should', () => {
    verifyWith()
    const printed = openssl('cms', '-cmsout', '-print', '-inform', 'DER', '-in', 'signature.p7s')
    for (const said of ['signingTime', 'messageDigest', 'id-smime-aa-signingCertificateV2', 'Nov 22 08:09:10 2026 GMT'])
      expect(printed).toContain(said)
  })

  it('has a certificate that openssl takes for its own issuer', () => {
    expect(openssl('verify', '-check_ss_sig', '-CAfile', 'ca.pem', 'ca.pem')).toContain('OK')
    expect(openssl('x509', '-in', 'ca.pem', '-noout', '-text')).toMatch(/Digital Signature, Non Repudiation/)
  })

  it('of other content does not verify with openssl', () => {
    writeFileSync(join(directory, 'content'), 'something else')
    expect(() => verifyWith()).toThrow()
    writeFileSync(join(directory, 'content'), content)
  })

  it('verifies with us, and names key and time', () => {
    const verified = verifyDetached(signature, content)
    if (!verified.ok) throw new Error(verified.error)
    expect(verified.value.signedAt).toEqual(SIGNED_AT)
    expect(verified.value.publicKey.equals(key.publicKey)).toBe(true)
    expect(verified.value.certificate.equals(certificate)).toBe(true)
  })

  it('is refused with any one bit changed, cut anywhere, or with a byte more', () => {
    for (let byte = 0; byte < signature.length; byte++) {
      const edited = Buffer.from(signature)
      edited[byte] = (edited[byte] ?? 0) ^ (1 << (byte % 8))
      expect([byte, verifyDetached(edited, content).ok]).toEqual([byte, false])
      expect([byte, verifyDetached(signature.subarray(0, byte), content).ok]).toEqual([byte, false])
    }
    expect(verifyDetached(Buffer.concat([signature, Buffer.of(0)]), content).ok).toBe(false)
    expect(verifyDetached(Buffer.alloc(20_000, 0x30), content).ok).toBe(false)
  })
})
