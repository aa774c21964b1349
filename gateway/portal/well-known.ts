import { type RequestHandler, Router } from 'express'
import type { GatewayKeys } from '../identity/signing-keys.ts'
import { jwksOf } from '../identity/tokens/jwks.ts'

/** Seconds. A next key is published for longer than that before it signs: whoever keeps the set has it by then. */
const MAX_AGE = 300

/** What a client or a provider has to know of this gateway, for any known system (`admit`): metadata and public keys. */
export function wellKnown(admit: RequestHandler, issuer: () => string, keys: GatewayKeys): Router {
  const router = Router()
  router.get(['/oauth-authorization-server', '/jwks.json'], admit, (_request, response, next) => {
    response.setHeader('cache-control', `private, max-age=${MAX_AGE}`)
    next()
  })
  router.get('/oauth-authorization-server', (_request, response) => void response.json(metadataOf(issuer())))
  router.get('/jwks.json', (_request, response) => void response.type('application/jwk-set+json').json(jwksOf(keys)))
  return router
}

/** RFC 8414 section 2, RFC 8705 sections 2.1.1 and 3.3. */
const metadataOf = (issuer: string): Record<string, unknown> => ({
  issuer,
  token_endpoint: `${issuer}/oauth2/token`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  // RFC 8414 section 2 demands the member; without an authorization endpoint there is no type.
  response_types_supported: [],
  grant_types_supported: ['client_credentials'],
  token_endpoint_auth_methods_supported: ['tls_client_auth'],
  tls_client_certificate_bound_access_tokens: true,
})
