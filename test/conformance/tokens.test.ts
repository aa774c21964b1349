import { describe, expect, it } from '@jest/globals'
import { createPrivateKey, createPublicKey, type JsonWebKey, sign, X509Certificate } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { digestOf } from '../../gateway/domain/digest.ts'
import { instant } from '../../gateway/domain/instant.ts'
import type { GatewayKey } from '../../gateway/identity/signing-keys.ts'
import { signCompact } from '../../gateway/identity/tokens/compact.ts'
import { jwksOf } from '../../gateway/identity/tokens/jwks.ts'
import { thumbprintOf } from '../../gateway/identity/tokens/thumbprint.ts'

/** RFC 7515 Appendix A.3, https://www.rfc-editor.org/rfc/rfc7515#appendix-A.3 (line breaks for display taken out). */
const A3 = {
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
  },
  claims: { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true },
  jws:
    'eyJhbGciOiJFUzI1NiJ9.' +
    'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
    'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
}

const publicOf = ({ d: _d, ...jwk }: JsonWebKey & { d?: string }) => createPublicKey({ key: jwk, format: 'jwk' })

describe('RFC 7515 Appendix A.3 (ES256)', () => {
  const key: GatewayKey = {
    use: 'tokens',
    id: 'a3',
    algorithm: 'ES256',
    publicKey: publicOf(A3.jwk),
    place: 'file',
    since: instant(0),
    sign: data =>
      sign('sha256', data, { key: createPrivateKey({ key: A3.jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }),
  }
  const options = { algorithms: ['ES256' as const], issuer: 'joe', clockTimestamp: 1300819379 }

  it('verifies with the library and the options that tokens are verified with', () => {
    expect(jwt.verify(A3.jws, key.publicKey, options)).toEqual(A3.claims)
    expect(() => jwt.verify(A3.jws, key.publicKey, { ...options, clockTimestamp: 1300819380 })).toThrow('jwt expired')
    expect(() => jwt.verify(A3.jws.replace('DtE', 'DtF'), key.publicKey, options)).toThrow('invalid signature')
  })

  it('what we sign with that key verifies the same way', async () => {
    const text = await signCompact('at+jwt', A3.claims, key)
    expect(jwt.verify(text, key.publicKey, options)).toEqual(A3.claims)
    expect(Buffer.from(text.split('.')[2] ?? '', 'base64url')).toHaveLength(64)
  })
})

/** RFC 8705 Appendix A, https://www.rfc-editor.org/rfc/rfc8705#appendix-A: a certificate, its `cnf` and its JWK. */
const RFC8705 = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----`,
  cnf: { 'x5t#S256': 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0' },
  jwk: {
    kty: 'EC',
    x: '1yfLHCpXqFjxCeHHHMVDTcLscpb07KUxudBmOMn8C7Q',
    y: '8_coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8',
    crv: 'P-256',
  },
}

describe('RFC 8705 Appendix A', () => {
  const certificate = new X509Certificate(RFC8705.certificate)

  it('the thumbprint of the certificate is that of the example', () => {
    expect(thumbprintOf(digestOf(certificate.raw))).toBe(RFC8705.cnf['x5t#S256'])
  })

  it('its key is published as the JWK of the example', () => {
    const shown = keySet({ id: 'k', algorithm: 'ES256', publicKey: certificate.publicKey })
    expect(shown).toEqual({ ...RFC8705.jwk, kid: 'k', use: 'sig', alg: 'ES256' })
  })
})

/** RFC 8037 Appendix A.2, https://www.rfc-editor.org/rfc/rfc8037#appendix-A.2: an Ed25519 public key. */
describe('RFC 8037 Appendix A.2', () => {
  it('an Ed25519 key is published as OKP with alg EdDSA (section 3.1)', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    expect(keySet({ id: 'k', algorithm: 'Ed25519', publicKey: publicOf(jwk) })).toEqual({
      ...jwk,
      kid: 'k',
      use: 'sig',
      alg: 'EdDSA',
    })
  })
})

/** The one key of a set that publishes it for answers. */
function keySet(key: Pick<GatewayKey, 'id' | 'algorithm' | 'publicKey'>): unknown {
  const current = (): GatewayKey => {
    throw new TypeError('nothing is signed here')
  }
  const published = (use: GatewayKey['use']) => (use === 'answers' ? [{ ...key, use }] : [])
  return jwksOf({ current, published }).keys[0]
}
