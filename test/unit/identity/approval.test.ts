import { describe, expect, it } from '@jest/globals'
import { createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { Officer } from '../../../gateway/configuration/objects.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { checkApproval, signApproval } from '../../../gateway/identity/approval.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import { key } from '../pki/world.ts'

const DIGEST = digestOf('revision 7')
const id = (name: string) => must(parseOfficerId(name))
const officer = (name: string, ofKey: KeyObject, disabled = false): Officer => ({
  id: id(name),
  name,
  roles: ['security-officer'],
  units: [],
  key: bindingOfKey(ofKey),
  disabled,
  recoveredOn: null,
  secondFactor: false,
  authenticators: [],
})

const one = key('p256')
const two = key('p256', 1)
const gone = key('p256', 2)
const ed = key('ed25519')
const stranger = makeKey('p256')
const OFFICERS = [
  officer('security-1', one),
  officer('security-2', two),
  officer('former-1', gone, true),
  officer('modern-1', ed),
  officer('large-1', key('p384')),
  officer('old-1', key('rsa')),
]

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwkOf = (of: KeyObject) => createPublicKey(of).export({ format: 'jwk' })
const header = (of: KeyObject) => ({ alg: 'ES256', typ: 'lienthong-approval+jwt', jwk: jwkOf(of) })
const claims = { sub: 'security-1', digest: DIGEST }

/** A JWS made by hand: what our own maker would not make. */
function token(head: object, payload: object, by: KeyObject = one): string {
  const text = `${encode(head)}.${encode(payload)}`
  const hash = by.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return `${text}.${sign(hash, Buffer.from(text), { key: by, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** RFC 8725 section 2.1: signed with the public key as if it were a secret. */
function confused(): string {
  const text = `${encode({ ...header(one), alg: 'HS256' })}.${encode(claims)}`
  const secret = createPublicKey(one).export({ type: 'spki', format: 'pem' })
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const check = (text: string) => {
  const checked = checkApproval(text, DIGEST, OFFICERS)
  return checked.ok ? checked.value.id : checked.error
}

describe('an approval', () => {
  it.each([
    ['security-1', one],
    ['security-2', two],
    ['large-1', key('p384')],
    ['old-1', key('rsa')],
  ])('of %s holds', (name, by) => {
    expect(check(signApproval(id(name), DIGEST, by))).toBe(name)
  })

  it('made by hand as it should be holds, so that the table below breaks one thing each', () => {
    expect(check(token(header(one), claims))).toBe('security-1')
  })

  it('is not made with a key that officers do not have', () => {
    expect(() => signApproval(id('modern-1'), DIGEST, ed)).toThrow('P-256')
  })

  it.each<[string, () => string, string]>([
    ['alg none', () => `${encode({ ...header(one), alg: 'none' })}.${encode(claims)}.`, 'does not hold'],
    ['HS256 with the public key', confused, 'does not hold'],
    ['alg RS256 for a P-256 key', () => token({ ...header(one), alg: 'RS256' }, claims), 'does not hold'],
    ['alg ES384 for a P-256 key', () => token({ ...header(one), alg: 'ES384' }, claims), 'does not hold'],
    // Each kind of key has one algorithm: the token does not choose.
    [
      'alg RS256 for an RSA key',
      () => token({ ...header(key('rsa')), alg: 'RS256' }, { ...claims, sub: 'old-1' }, key('rsa')),
      'does not hold',
    ],
    ['signed by another than the key in it', () => token(header(one), claims, two), 'does not hold'],
    ['another officer named', () => token(header(one), { ...claims, sub: 'security-2' }), 'another officer'],
    ['no officer named', () => token(header(one), { digest: DIGEST }), 'another officer'],
    ['an officer in a list', () => token(header(one), { ...claims, sub: ['security-1'] }), 'another officer'],
    ['an officer disabled', () => signApproval(id('former-1'), DIGEST, gone), 'no active officer'],
    ['a key that nobody registered', () => signApproval(id('security-1'), DIGEST, stranger), 'no active officer'],
    ['an Ed25519 key', () => token({ ...header(ed), alg: 'EdDSA' }, { ...claims, sub: 'modern-1' }, ed), 'kind of key'],
    ['typ of another token', () => token({ ...header(one), typ: 'JWT' }, claims), 'not an approval'],
    ['no typ', () => token({ alg: 'ES256', jwk: jwkOf(one) }, claims), 'not an approval'],
    [
      'crit, which nobody here understands',
      () => token({ ...header(one), crit: ['b64'], b64: true }, claims),
      'not an approval',
    ],
    ['another digest', () => token(header(one), { ...claims, digest: digestOf('revision 8') }), 'another text'],
    ['no digest', () => token(header(one), { sub: 'security-1' }), 'another text'],
    ['the digest in a list', () => token(header(one), { ...claims, digest: [DIGEST] }), 'another text'],
    // A revision verifies for ever: whether it does may not depend on the clock.
    ['an end in the future', () => token(header(one), { ...claims, exp: 4_102_444_800 }), 'no end'],
    ['an end in the past', () => token(header(one), { ...claims, exp: 1 }), 'no end'],
    ['a beginning in the future', () => token(header(one), { ...claims, nbf: 4_102_444_800 }), 'no end'],
    ['no key', () => token({ alg: 'ES256', typ: 'lienthong-approval+jwt' }, claims), 'no public key'],
    ['a symmetric key', () => token({ ...header(one), jwk: { kty: 'oct', k: 'AAAA' } }, claims), 'no public key'],
    [
      'a key that is none',
      () => token({ ...header(one), jwk: { kty: 'EC', crv: 'P-256', x: 'A', y: 'A' } }, claims),
      'no public key',
    ],
    [
      'a key by address',
      () => token({ alg: 'ES256', typ: 'x', jku: 'https://evil.example/keys' }, claims),
      'no public key',
    ],
    ['a token too long', () => token({ ...header(one), x: 'x'.repeat(8192) }, claims), 'too long'],
    ['a payload that is no object', () => token(header(one), 'text' as never), 'no end'],
    ['two parts', () => token(header(one), claims).split('.').slice(0, 2).join('.'), 'no public key'],
    ['nothing', () => '', 'no public key'],
  ])('with %s is refused', (_, make, reason) => {
    expect(check(make())).toContain(reason)
  })

  it('of an officer who is not on the list is refused', () => {
    expect(checkApproval(signApproval(id('security-1'), DIGEST, one), DIGEST, []).ok).toBe(false)
  })
})
