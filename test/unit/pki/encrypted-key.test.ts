import { expect, it } from '@jest/globals'
import { decryptPrivateKey, encryptPrivateKey } from '../../../gateway/pki/encrypted-key.ts'
import { bindingOfKey, type KeyType } from '../../../gateway/pki/keys.ts'
import { openssl } from './openssl.ts'
import { key } from './world.ts'

it.each(['p256', 'p384', 'ed25519', 'rsa'] as KeyType[])('a %s key is read by openssl and by us', type => {
  const pem = encryptPrivateKey(key(type), 'mật khẩu dài lắm')
  expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  expect(openssl('pkey -in {key} -passin file:{pass} -pubout', { key: pem, pass: 'mật khẩu dài lắm\n' })).toContain(
    'PUBLIC KEY',
  )
  const opened = decryptPrivateKey(pem, 'mật khẩu dài lắm')
  expect(opened.ok && bindingOfKey(opened.value)).toBe(bindingOfKey(key(type)))
  expect(decryptPrivateKey(pem, 'mật khẩu khác').ok).toBe(false)
  expect(decryptPrivateKey('no key', 'x').ok).toBe(false)
})

it('derives with scrypt and encrypts with AES-256, with a salt of its own each time', () => {
  const [one, two] = [encryptPrivateKey(key('p256'), 'x'), encryptPrivateKey(key('p256'), 'x')]
  expect(one).not.toBe(two)
  const shown = openssl('asn1parse -in {key}', { key: one })
  expect(shown).toMatch(/:(id-)?scrypt/)
  expect(shown).toContain(':aes-256-cbc')
  // RFC 7914 section 7: N, r, p.
  expect(shown).toMatch(/INTEGER +:4000\n.*INTEGER +:08\n.*INTEGER +:05\n/)
})
