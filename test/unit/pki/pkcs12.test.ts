import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { spkiOf } from '../../../gateway/pki/keys.ts'
import { makePkcs12 } from '../../../gateway/pki/make-pkcs12.ts'
import { blocksOf } from '../../../gateway/pki/pem.ts'
import { openssl } from './openssl.ts'
import { chain, key, leaf } from './world.ts'

const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/

describe('a PKCS#12 file', () => {
  it.each(['p256', 'p384', 'ed25519', 'rsa'] as const)('with a %s key is imported by openssl', async type => {
    const { issuing } = await chain('p256', 'p256')
    const certificate = await leaf(issuing, { key: key(type, 2) })
    const file = makePkcs12(key(type, 2), certificate, [issuing.certificate], 'mật-khẩu', 'Hồ sơ')
    const text = openssl('pkcs12 -in {it} -passin pass:mật-khẩu -nodes', { it: file })

    // openssl shows the low bytes only: the name is looked for as it is stored, in UTF-16.
    expect(text).toContain('friendlyName: H')
    expect(file.includes(Buffer.from('Hồ sơ', 'utf16le').swap16())).toBe(true)
    expect(blocksOf('CERTIFICATE', text).map(pem => new X509Certificate(pem).fingerprint256)).toEqual(
      [certificate, issuing.certificate].map(pem => new X509Certificate(pem).fingerprint256),
    )
    expect(spkiOf(createPrivateKey(PRIVATE_KEY.exec(text)?.[0] ?? ''))).toEqual(spkiOf(key(type, 2)))
    expect(() => openssl('pkcs12 -in {it} -passin pass:other -nodes', { it: file })).toThrow('invalid password')
    expect(() => createSecureContext({ pfx: file, passphrase: 'mật-khẩu' })).not.toThrow()
  })

  it('uses no algorithm of the old kind, and its MAC notices a changed byte', async () => {
    const { issuing } = await chain('p256', 'p256')
    const certificate = await leaf(issuing, { key: key('p256', 2) })
    const file = makePkcs12(key('p256', 2), certificate, [], 'secret', 'name')
    const parsed = openssl('asn1parse -inform DER -in {it}', { it: file })
    expect(parsed).toContain(':sha256')
    const shown = openssl('pkcs12 -in {it} -passin pass:secret -nodes -legacy', { it: file })
    expect(shown).toContain('BEGIN CERTIFICATE')
    expect(file.includes(Buffer.from('2A864886F70D01050D', 'hex'))).toBe(true) // PBES2
    expect(file.includes(Buffer.from('60864801650304012A', 'hex'))).toBe(true) // AES-256-CBC
    const changed = Buffer.from(file)
    const place = changed.length >> 1
    changed[place] = (changed[place] ?? 0) ^ 1
    expect(() => openssl('pkcs12 -in {it} -passin pass:secret -nodes', { it: changed })).toThrow()
  })

  it('is not made for a certificate of another key', async () => {
    const { issuing } = await chain('p256', 'p256')
    const certificate = await leaf(issuing, { key: key('p256', 2) })
    expect(() => makePkcs12(key('p256', 3), certificate, [], 'secret', 'name')).toThrow('another key')
  })
})
