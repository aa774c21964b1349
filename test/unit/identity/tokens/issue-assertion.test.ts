import { describe, expect, it } from '@jest/globals'
import { hash } from 'node:crypto'
import { parsePurpose } from '../../../../gateway/domain/purpose.ts'
import { must } from '../../../../gateway/domain/result.ts'
import { TokenChecker } from '../../../../gateway/identity/tokens/check-token.ts'
import { issueAssertion } from '../../../../gateway/identity/tokens/issue-assertion.ts'
import { jwksOf } from '../../../../gateway/identity/tokens/jwks.ts'
import { KeysInMemory, newSigningKey } from '../../../support/signing-keys.ts'
import { EXCHANGE } from '../../record/facts.ts'
import { agreement, bearer, ISSUER, NOW, partsOf, SECONDS, system } from './world.ts'

const request = {
  exchange: EXCHANGE,
  provider: system('G99.10/data-centre'),
  consumer: system('G99.21/records'),
  method: 'POST',
  target: '/identity/v1/verifications?detail=1',
  body: Buffer.from('{"citizenNumber":"001203000001"}'),
  agreement: agreement('records-identity'),
  purpose: must(parsePurpose('identity-check')),
  at: NOW,
}
const keys = new KeysInMemory()

describe('an assertion', () => {
  it('says what was decided, for a minute, without target or body', async () => {
    const text = await issueAssertion(request, ISSUER, keys.current('assertions'))
    const iat = NOW / SECONDS
    expect(partsOf(text)).toEqual({
      header: { alg: 'ES256', typ: 'lienthong-assertion+jwt', kid: keys.current('assertions').id },
      claims: {
        iss: ISSUER,
        aud: 'G99.10/data-centre',
        sub: 'G99.21/records',
        jti: EXCHANGE,
        iat,
        exp: iat + 60,
        htm: 'POST',
        target: hash('sha256', '/identity/v1/verifications?detail=1', 'base64url'),
        body: hash('sha256', request.body, 'base64url'),
        agreement: 'records-identity',
        purpose: 'identity-check',
      },
    })
    expect(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()).not.toContain('0012030')
  })

  it('is no access token, whichever key signed it', async () => {
    const text = await issueAssertion(request, ISSUER, keys.current('tokens'))
    expect(new TokenChecker(() => ISSUER, keys).check(text, bearer(), NOW)).toEqual({ ok: false, error: 'wrong-type' })
  })

  it('is not signed with a key of another algorithm', async () => {
    const ed25519 = { ...newSigningKey('assertions'), algorithm: 'Ed25519' } as const
    await expect(issueAssertion(request, ISSUER, ed25519)).rejects.toThrow('ES256')
  })
})

describe('the key set', () => {
  it('holds public keys of every use, old ones too, and nothing private', () => {
    keys.rotate('tokens')
    const { keys: shown } = jwksOf(keys)
    const ids = (['tokens', 'assertions', 'answers'] as const).flatMap(use => keys.published(use).map(({ id }) => id))
    expect(shown.map(({ kid }) => kid)).toEqual(ids)
    expect(ids).toHaveLength(4)
    for (const key of shown) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })
})
