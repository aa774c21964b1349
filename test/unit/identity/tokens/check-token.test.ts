import { beforeAll, describe, expect, it } from '@jest/globals'
import { createHmac, hash } from 'node:crypto'
import { digestOf } from '../../../../gateway/domain/digest.ts'
import { instant } from '../../../../gateway/domain/instant.ts'
import { TokenChecker, type TokenRefusal } from '../../../../gateway/identity/tokens/check-token.ts'
import { thumbprintOf } from '../../../../gateway/identity/tokens/thumbprint.ts'
import { KeysInMemory, newSigningKey } from '../../../support/signing-keys.ts'
import { agreement, bearer, ISSUER, NOW, partsOf, resigned, SECONDS, signTexts, system, token } from './world.ts'

const keys = new KeysInMemory()
const key = keys.current('tokens')
let good = ''
beforeAll(async () => {
  good = await token(key)
})
const checker = (): TokenChecker => new TokenChecker(() => ISSUER, keys)
const check = (text: string, changes = {}, at = NOW) => checker().check(text, bearer(changes), at)
const later = (seconds: number) => instant(NOW + seconds * SECONDS)

describe('a good token', () => {
  it('says who may use it, for which agreements, and until when', () => {
    expect(check(good)).toEqual({
      ok: true,
      value: {
        id: '2b0c6f6e-8c1e-4a37-9d3e-5f6a7b8c9d0e',
        key: key.id,
        client: 'G99.21/records',
        thumbprint: thumbprintOf(digestOf('certificate')),
        agreements: new Set(['records-categories', 'records-identity']),
        until: NOW / SECONDS + 305,
      },
    })
  })

  it('has the claims of RFC 9068 and RFC 8705', () => {
    const iat = NOW / SECONDS
    expect(partsOf(good)).toEqual({
      header: { alg: 'ES256', typ: 'at+jwt', kid: key.id },
      claims: {
        iss: ISSUER,
        sub: 'G99.21/records',
        client_id: 'G99.21/records',
        aud: `${ISSUER}/exchange`,
        iat,
        exp: iat + 300,
        jti: '2b0c6f6e-8c1e-4a37-9d3e-5f6a7b8c9d0e',
        scope: 'records-categories records-identity',
        cnf: { 'x5t#S256': hash('sha256', 'certificate', 'base64url') },
        revision: 3,
      },
    })
  })
})

const is = (error: TokenRefusal) => ({ ok: false, error })
const encoded = (text: string): string => Buffer.from(text).toString('base64url')
const textsOf = (text: string): readonly [string, string] => {
  const { header, claims } = partsOf(text)
  return [JSON.stringify(header), JSON.stringify(claims)]
}
const publicPem = (): string => String(key.publicKey.export({ type: 'spki', format: 'pem' }))
const hmac = (header: object, secret: string): string => {
  const input = `${encoded(JSON.stringify({ ...partsOf(good).header, ...header }))}.${good.split('.')[1]}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}
const differently = (header: object, claims: object = {}) => resigned(good, { ...header }, { ...claims }, key)

/** What, how it is made, how it is refused. All but those that say so carry a good signature of our own key. */
const mutations: readonly (readonly [string, () => string | Promise<string>, TokenRefusal])[] = [
  // RFC 8725 section 2.1: algorithms.
  ['alg none, no signature', () => `${encoded('{"alg":"none"}')}.${good.split('.')[1]}.`, 'malformed'],
  [
    'alg none, some signature',
    () => `${encoded('{"alg":"none","typ":"at+jwt"}')}.${good.split('.')[1]}.AAAA`,
    'unknown-key',
  ],
  ['alg none, our kid and a good signature', () => differently({ alg: 'none' }), 'not-verified'],
  ['HS256 with our public key (PEM) as the secret', () => hmac({ alg: 'HS256' }, publicPem()), 'not-verified'],
  ['ES256 in the header, an HMAC as the signature', () => hmac({}, publicPem()), 'not-verified'],
  ['RS256 in the header', () => differently({ alg: 'RS256' }), 'not-verified'],
  ['ES384 in the header', () => differently({ alg: 'ES384' }), 'not-verified'],
  [
    'a signature in DER',
    () => withSignature(bytes => Buffer.concat([Buffer.from([0x30, 0x44, 2, 32]), bytes])),
    'not-verified',
  ],
  ['a changed signature', () => withSignature(bytes => bytes.with(5, ((bytes[5] ?? 0) + 1) % 256)), 'not-verified'],
  ['a signature of zeros (CVE-2022-21449)', () => withSignature(() => new Uint8Array(64)), 'not-verified'],
  ['a signature in another encoding of the same bytes', () => padded(good), 'malformed'],
  // Keys.
  [
    'a key that is not ours, under our kid',
    async () => resigned(good, {}, {}, newSigningKey('tokens')),
    'not-verified',
  ],
  ['a key that is not ours, with its own kid', () => token(newSigningKey('tokens')), 'unknown-key'],
  ['a key of ours for another use', () => token(keys.current('assertions')), 'unknown-key'],
  ['a key in the header (jwk)', () => withOwnKey(), 'not-verified'],
  ['no kid', () => differently({ kid: undefined }), 'unknown-key'],
  ['a kid that is a path', () => differently({ kid: '../../keys/tokens.key' }), 'unknown-key'],
  // Types and extensions.
  ['typ JWT', () => differently({ typ: 'JWT' }), 'wrong-type'],
  ['no typ', () => differently({ typ: undefined }), 'wrong-type'],
  ['the typ of an assertion', () => differently({ typ: 'lienthong-assertion+jwt' }), 'wrong-type'],
  ['crit', () => differently({ crit: ['exp'], exp: 1 }), 'critical-extension'],
  ['crit that is empty', () => differently({ crit: [] }), 'critical-extension'],
  ['b64 false (RFC 7797)', () => differently({ b64: false, crit: ['b64'] }), 'critical-extension'],
  // Times.
  ['no exp', () => differently({}, { exp: undefined }), 'incomplete'],
  ['exp as text', () => differently({}, { exp: '9999999999' }), 'not-verified'],
  ['exp in the past', () => differently({}, { exp: NOW / SECONDS - 6 }), 'expired'],
  [
    'exp far ahead, but iat too old',
    () => differently({}, { iat: NOW / SECONDS - 306, exp: 9_999_999_999 }),
    'expired',
  ],
  ['no iat', () => differently({}, { iat: undefined }), 'not-verified'],
  ['iat with a fraction', () => differently({}, { iat: NOW / SECONDS - 0.5 }), 'incomplete'],
  ['iat ahead', () => differently({}, { iat: NOW / SECONDS + 6 }), 'from-the-future'],
  ['nbf ahead', () => differently({}, { nbf: NOW / SECONDS + 60 }), 'not-verified'],
  // Who made it, and whom it is for.
  ['another issuer', () => differently({}, { iss: 'https://other.example' }), 'not-verified'],
  ['no issuer', () => differently({}, { iss: undefined }), 'not-verified'],
  ['another audience', () => differently({}, { aud: 'https://other.example/exchange' }), 'not-verified'],
  ['our origin as the audience', () => differently({}, { aud: ISSUER }), 'not-verified'],
  [
    'more than one audience',
    () => differently({}, { aud: [`${ISSUER}/exchange`, 'https://other.example'] }),
    'incomplete',
  ],
  ['no audience', () => differently({}, { aud: undefined }), 'not-verified'],
  [
    'another system',
    () => differently({}, { sub: 'G99.23/training', client_id: 'G99.23/training' }),
    'of-another-system',
  ],
  ['sub and client_id that differ', () => differently({}, { client_id: 'G99.23/training' }), 'incomplete'],
  ['no jti', () => differently({}, { jti: undefined }), 'incomplete'],
  // The binding, and what it may be used for.
  ['no cnf', () => differently({}, { cnf: undefined }), 'incomplete'],
  ['cnf with another member only (RFC 7800 jwk)', () => differently({}, { cnf: { jwk: {} } }), 'incomplete'],
  ['cnf that is null', () => differently({}, { cnf: null }), 'incomplete'],
  [
    'cnf of another certificate',
    () => differently({}, { cnf: { 'x5t#S256': 'a'.repeat(43) } }),
    'of-another-certificate',
  ],
  [
    'cnf with the thumbprint in hex',
    () => differently({}, { cnf: { 'x5t#S256': digestOf('certificate') } }),
    'of-another-certificate',
  ],
  ['cnf with SHA-1 (x5t)', () => differently({}, { cnf: { x5t: 'a'.repeat(27) } }), 'incomplete'],
  ['another agreement', () => differently({}, { scope: 'records-identity' }), 'for-other-agreements'],
  [
    'an agreement whose name begins alike',
    () => differently({}, { scope: 'records-categories-2' }),
    'for-other-agreements',
  ],
  ['no scope', () => differently({}, { scope: undefined }), 'incomplete'],
  ['scope as a list', () => differently({}, { scope: ['records-categories'] }), 'incomplete'],
  // Texts that two readers would read differently.
  ['a claim twice', () => doubled('"sub":"G99.21/records"', 1), 'malformed'],
  ['a claim twice, the second escaped', () => doubled('"\\u0073ub":"G99.21/records"', 1), 'malformed'],
  ['cnf twice inside', () => replaced(1, '{"x5t#S256":', '{"x5t#S256":"a","x5t#S256":'), 'malformed'],
  ['a header member twice', () => doubled('"alg":"none"', 0), 'malformed'],
  ['spaces in the claims', () => replaced(1, '{"iss"', '{ "iss"'), 'malformed'],
  ['a number written otherwise', () => replaced(1, '"revision":3', '"revision":3.0'), 'malformed'],
  ['claims that are a list', () => signTexts(textsOf(good)[0], '[]', key), 'malformed'],
  ['claims that are no JSON', () => signTexts(textsOf(good)[0], 'iss=x', key), 'malformed'],
  // Shapes.
  ['nothing', () => '', 'malformed'],
  ['two parts', () => good.split('.').slice(0, 2).join('.'), 'malformed'],
  ['four parts', () => `${good}.AAAA`, 'malformed'],
  ['five parts (JWE)', () => 'a.b.c.d.e', 'malformed'],
  ['more than 4 KiB', () => differently({}, { more: 'x'.repeat(4096) }), 'too-long'],
]

function withSignature(change: (bytes: Uint8Array) => Uint8Array): string {
  const [header, claims, signature = ''] = good.split('.')
  return [header, claims, Buffer.from(change(Buffer.from(signature, 'base64url'))).toString('base64url')].join('.')
}

/** 64 bytes leave four bits of the last character unused: 15 other spellings mean the same. */
function padded(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(text.at(-1) ?? '')
  return text.slice(0, -1) + alphabet[last + 1]
}

async function withOwnKey(): Promise<string> {
  const own = newSigningKey('tokens')
  return resigned(good, { jwk: own.publicKey.export({ format: 'jwk' }) }, {}, own)
}

async function doubled(member: string, part: 0 | 1): Promise<string> {
  return replaced(part, '{', `{${member},`)
}

async function replaced(part: 0 | 1, from: string, to: string): Promise<string> {
  const texts = [...textsOf(good)] as [string, string]
  expect(texts[part]).toContain(from)
  texts[part] = texts[part].replace(from, to)
  return signTexts(...texts, key)
}

describe('a token that was changed', () => {
  it.each(mutations)('%s', async (_what, make, error) => {
    expect(check(await make())).toEqual(is(error))
  })

  it('and none of them is found good after a good one of the same checker', async () => {
    const one = checker()
    expect(one.check(good, bearer(), NOW).ok).toBe(true)
    for (const [what, make, error] of mutations)
      expect([what, one.check(await make(), bearer(), NOW)]).toEqual([what, is(error)])
  })
})

describe('a token that was found good before', () => {
  it('is refused to another system, certificate or agreement', () => {
    const one = checker()
    expect(one.check(good, bearer(), NOW).ok).toBe(true)
    expect(one.check(good, bearer({ certificate: digestOf('stolen with') }), NOW)).toEqual(is('of-another-certificate'))
    expect(one.check(good, bearer({ system: system('G99.23/training') }), NOW)).toEqual(is('of-another-system'))
    expect(one.check(good, bearer({ agreement: agreement('records-records') }), NOW)).toEqual(
      is('for-other-agreements'),
    )
    expect(one.check(good, bearer(), NOW).ok).toBe(true)
  })

  it('ends', () => {
    const one = checker()
    for (const [seconds, expected] of [
      [0, true],
      [304, true],
      [305, false],
      [9999, false],
    ] as const)
      expect([seconds, one.check(good, bearer(), later(seconds)).ok]).toEqual([seconds, expected])
    expect(one.check(good, bearer(), later(305))).toEqual(is('expired'))
    // The same without a memory.
    expect(check(good, {}, later(304)).ok).toBe(true)
    expect(check(good, {}, later(305))).toEqual(is('expired'))
  })

  it('goes with its key: good while that is published, refused once it is not', async () => {
    const rotating = new KeysInMemory()
    const one = new TokenChecker(() => ISSUER, rotating)
    const before = await token(rotating.current('tokens'))
    expect(one.check(before, bearer(), NOW).ok).toBe(true)
    rotating.rotate('tokens')
    const after = await token(rotating.current('tokens'))
    expect(one.check(before, bearer(), NOW).ok).toBe(true)
    expect(one.check(after, bearer(), NOW).ok).toBe(true)
    rotating.withdraw('tokens')
    expect(one.check(before, bearer(), NOW)).toEqual(is('unknown-key'))
    expect(one.check(after, bearer(), NOW).ok).toBe(true)
  })

  it('is verified once', () => {
    const asked: string[] = []
    const counting = new TokenChecker(() => {
      asked.push('')
      return ISSUER
    }, keys)
    counting.check(good, bearer(), NOW)
    counting.check(good, bearer(), NOW)
    expect(asked).toHaveLength(1)
  })
})
