import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import express, { type NextFunction, type Request, type Response, Router } from 'express'
import type { Agreement } from '../configuration/objects.ts'
import type { Digest } from '../domain/digest.ts'
import { type Instant, minuteOf } from '../domain/instant.ts'
import type { AgreementId } from '../domain/purpose.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { GatewayKeys } from '../identity/signing-keys.ts'
import { MOST_TOKEN_CHARACTERS } from '../identity/tokens/compact.ts'
import { issueToken, TOKEN_LIFETIME } from '../identity/tokens/issue-token.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { readForm, type TokenRequest } from './read-token-request.ts'

/** Who asks, over which certificate. */
export interface Client {
  readonly system: SystemId
  readonly certificate: Digest
  readonly snapshot: Snapshot
}

/** RFC 6749 section 5.2, as far as this grant needs it. */
export type TokenError = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope'

export interface TokenOptions {
  /** Our own address. */
  readonly issuer: () => string
  readonly keys: GatewayKeys
  readonly now: () => Instant
  /** The flat cap of a system over all it does: whole seconds to wait, or null. */
  readonly heldBack: (system: SystemId) => Promise<number | null>
  readonly onAnswer: (outcome: 'issued' | TokenError) => void
}

interface Refusal {
  readonly error: TokenError
  readonly description: string
}

/** Bytes of a form: names of agreements, and little else. */
const MOST_FORM = '8kb'

/**
 * `POST /oauth2/token`: the client credentials grant (RFC 6749 section 4.4) for clients that TLS has identified (RFC 8705 section
 * 2.1). `refuse` answers with a problem where it is no question of OAuth.
 */
export function tokenEndpoint(
  identify: (request: IncomingMessage) => Result<Client, ProblemCode>,
  refuse: (request: Request, response: Response, code: ProblemCode) => void,
  options: TokenOptions,
): Router {
  const deny = (response: Response, { error, description }: Refusal): void => {
    options.onAnswer(error)
    // RFC 6749 section 5.2: 400, and 401 where the client is not who it says.
    response.status(error === 'invalid_client' ? 401 : 400).json({ error, error_description: description })
  }
  const router = Router()
  router.use((request, response, next) => {
    // RFC 6749 section 5.1: both headers, whatever the answer.
    response.setHeader('cache-control', 'no-store').setHeader('pragma', 'no-cache')
    if (request.headers.expect !== undefined) response.writeContinue()
    next()
  })
  router.use(express.text({ type: 'application/x-www-form-urlencoded', limit: MOST_FORM, inflate: false }))

  router.post('/', async (request, response) => {
    const client = identify(request)
    if (!client.ok && client.error === 'policy-unavailable') return refuse(request, response, client.error)
    if (!client.ok) {
      response.setHeader('exchange-problem', client.error)
      return deny(response, {
        error: 'invalid_client',
        description: 'The certificate is not that of an active system.',
      })
    }
    const wait = await options.heldBack(client.value.system)
    if (wait !== null) {
      response.setHeader('retry-after', String(wait))
      return refuse(request, response, 'system-rate-exceeded')
    }
    const form = readForm(request.body, request.headers.authorization)
    if (!form.ok) return deny(response, { error: 'invalid_request', description: form.error })
    const at = options.now()
    const agreements = grant(form.value, client.value, at)
    if (!agreements.ok) return deny(response, agreements.error)
    const { system, certificate, snapshot } = client.value
    const issuer = options.issuer()
    const token = await issueToken(
      {
        issuer,
        client: system,
        certificate,
        agreements: agreements.value,
        revision: snapshot.revision,
        id: randomUUID(),
        at,
      },
      options.keys.current('tokens'),
    )
    if (token.length > MOST_TOKEN_CHARACTERS) return deny(response, TOO_MANY)
    options.onAnswer('issued')
    response.json({
      access_token: token,
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME,
      scope: agreements.value.join(' '),
    })
  })

  // A body that cannot be read as a form; what broke on our side goes on to the portal.
  router.use((thrown: unknown, _request: Request, response: Response, next: NextFunction) => {
    const { status } = thrown as { status?: unknown }
    if (typeof status !== 'number' || status >= 500 || response.headersSent) return next(thrown)
    deny(response, { error: 'invalid_request', description: 'The body cannot be read as a form.' })
  })
  return router
}

const TOO_MANY: Refusal = {
  error: 'invalid_scope',
  description: 'The scope is too long for one token: name fewer agreements.',
}

/** The agreements that a token is given for: those of the scope, or all that ask for one. */
function grant(form: TokenRequest, client: Client, at: Instant): Result<readonly AgreementId[], Refusal> {
  if (form.grantType !== 'client_credentials')
    return err({ error: 'unsupported_grant_type', description: 'The only grant_type is client_credentials.' })
  // RFC 8705 section 2: the certificate decides who it is; client_id has to say the same.
  if (form.clientId !== client.system)
    return err({ error: 'invalid_client', description: 'client_id is not the system that the certificate belongs to.' })
  const open = client.snapshot.agreementsOf(client.system).filter(agreement => asksForToken(agreement, at))
  const ids = open.map(({ id }) => id)
  if (form.scope === null)
    return ids.length > 0
      ? ok(ids)
      : err({ error: 'invalid_scope', description: 'No agreement of this system in force asks for a token.' })
  const wanted = new Set(form.scope.split(' '))
  const granted = ids.filter(id => wanted.has(id))
  return granted.length === wanted.size
    ? ok(granted)
    : err({
        error: 'invalid_scope',
        description: 'The scope names an agreement that is not of this system, not in force, or asks for no token.',
      })
}

function asksForToken({ token, suspended, from, until }: Agreement, at: Instant): boolean {
  const minute = minuteOf(at)
  return token === 'required' && !suspended && from <= minute && minute < until
}
