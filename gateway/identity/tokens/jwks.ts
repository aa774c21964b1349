import type { GatewayKeys, KeyUse } from '../signing-keys.ts'

const USES = ['tokens', 'assertions', 'answers'] as const satisfies readonly KeyUse[]

/** JWS names of our algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1). */
const ALG = { ES256: 'ES256', Ed25519: 'EdDSA' } as const

/** The public keys whose signatures are to be accepted, and those that are to come (RFC 7517 section 5). */
export function jwksOf(keys: GatewayKeys): { readonly keys: readonly Record<string, unknown>[] } {
  const published = USES.flatMap(use => keys.published(use))
  return {
    keys: published.map(({ id, algorithm, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid: id,
      use: 'sig',
      alg: ALG[algorithm],
    })),
  }
}
