import { describe, expect, it } from '@jest/globals'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { must } from '../../../gateway/domain/result.ts'
import {
  readSignatureAlgorithms,
  readTlsGroups,
  readTlsVersion,
} from '../../../gateway/edge/listener/read-tls-rules.ts'

/** Hybrid groups came with OpenSSL 3.5: Node 24, and late versions of Node 22. */
const [major = 0, minor = 0] = (process.versions.openssl ?? '').split('.').map(Number)
const hasHybrid = major > 3 || (major === 3 && minor >= 5)

describe('the TLS version', () => {
  it.each([
    [undefined, 'TLSv1.3'],
    ['1.3', 'TLSv1.3'],
    ['1.2', 'TLSv1.2'],
  ])('%s is %s', (text, version) => expect(readTlsVersion(text)).toEqual({ ok: true, value: version }))

  it.each(['', '1.1', '1.0', 'TLSv1.3', '1.30', ' 1.3'])('%j is none', text =>
    expect(readTlsVersion(text).ok).toBe(false),
  )
})

// Node 20: OpenSSL's complaint about a group that it lacks would be the answer to the next key that is read.
it('a group that the runtime lacks leaves nothing behind for who reads a key next', () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  expect(readTlsGroups(undefined).ok).toBe(true)
  expect(createPublicKey(pem).asymmetricKeyType).toBe('ed25519')
})

describe('groups', () => {
  it('unset: the hybrid one first where the runtime has it, and worth a second round trip; else the classic ones', () => {
    expect(readTlsGroups(undefined)).toEqual({
      ok: true,
      value: hasHybrid ? '*X25519MLKEM768/*X25519:P-256:P-384' : 'X25519:P-256:P-384',
    })
  })

  it.each(['X25519', 'P-384:P-256', 'X448:P-521'])('%s stays as it is', text =>
    expect(readTlsGroups(text)).toEqual({ ok: true, value: text }),
  )

  it.each([
    // Finite fields, small curves, OpenSSL's own syntax, other spellings.
    ...['', 'ffdhe2048', 'secp192r1', 'prime256v1', 'x25519', 'DEFAULT', '?X25519', 'X25519/P-256', '-X25519'],
    ...['X25519,P-256', 'X25519:', 'X25519:X25519', 'MLKEM768'],
  ])('%j is refused', text => expect(readTlsGroups(text).ok).toBe(false))

  const hybrid = hasHybrid ? it : it.skip
  hybrid.each([
    ['X25519MLKEM768', '*X25519MLKEM768'],
    ['X25519:X25519MLKEM768', '*X25519/*X25519MLKEM768'],
    ['SecP256r1MLKEM768:X25519MLKEM768:P-256:X25519', '*SecP256r1MLKEM768:X25519MLKEM768/*P-256:X25519'],
    ['X25519MLKEM768:X25519:SecP384r1MLKEM1024', '*X25519MLKEM768/*X25519/SecP384r1MLKEM1024'],
  ])('%s keeps its order', (text, groups) => {
    expect(must(readTlsGroups(text))).toBe(groups)
    expect(() => createSecureContext({ ecdhCurve: groups })).not.toThrow()
  })

  const classic = hasHybrid ? it.skip : it
  classic('a hybrid one that the runtime does not have is refused, naming its OpenSSL', () =>
    expect(readTlsGroups('X25519MLKEM768:X25519')).toEqual({
      ok: false,
      error: expect.stringContaining(`OpenSSL ${process.versions.openssl}`) as unknown as string,
    }),
  )
})

describe('signature algorithms', () => {
  it('unset: all that may be named, and this runtime takes them', () => {
    const all = must(readSignatureAlgorithms(undefined))
    expect(all.split(':')).toHaveLength(12)
    expect(() => createSecureContext({ sigalgs: all })).not.toThrow()
    for (const one of all.split(':')) expect(readSignatureAlgorithms(one)).toEqual({ ok: true, value: one })
  })

  it.each(['', 'rsa_pkcs1_sha1', 'ecdsa_sha1', 'RSA+SHA256', 'ed25519:ed25519', 'ed25519:'])('%j is refused', text =>
    expect(readSignatureAlgorithms(text).ok).toBe(false),
  )
})
