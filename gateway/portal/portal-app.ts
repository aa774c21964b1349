import type { KeyObject } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { parseExchangeId, parseRequestId } from '../domain/exchange-id.ts'
import { minuteOf } from '../domain/instant.ts'
import type { Result } from '../domain/result.ts'
import { catalogue, type ProblemCode } from '../problems/catalogue.ts'
import { codeOf } from '../problems/fault.ts'
import { languageOf, problemBody } from '../problems/problem.ts'
import { catalogueOf } from './catalogue.ts'
import type { ExchangeReader } from '../review/exchange-reader.ts'
import { showExchange } from './show-exchange.ts'
import { type Client, tokenEndpoint, type TokenOptions } from './token-endpoint.ts'
import { wellKnown } from './well-known.ts'

export interface PortalOptions {
  /** Who asks, by the key of the connection; the same checks as for an exchange. */
  readonly identify: (request: IncomingMessage) => Result<Client, ProblemCode>
  readonly reader: ExchangeReader
  readonly evidenceKey: KeyObject
  readonly tokens: TokenOptions
  readonly onFault: (thrown: unknown) => void
}

/** Paths of the exchange listener that are the portal's, not exchanges. */
export const isPortalPath = (target: string): boolean =>
  /^\/(?:catalogue|exchanges|oauth2|\.well-known)(?:[/?]|$)/.test(target)

const MOST_EXCHANGES = 100

/** What a system may see beside its exchanges: the catalogue, and what became of its own calls. */
export function portalApp({ identify, reader, evidenceKey, tokens, onFault }: PortalOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } }))
  app.use((_request, response, next) => {
    response.setHeader('cache-control', 'no-store')
    next()
  })

  app.get('/catalogue', (request, response) => {
    const who = identify(request)
    if (!who.ok) return refuse(request, response, who.error)
    response.json(catalogueOf(who.value.system, who.value.snapshot, minuteOf(tokens.now())))
  })

  app.get('/exchanges', async (request, response) => {
    const who = identify(request)
    if (!who.ok) return refuse(request, response, who.error)
    const { requestId } = request.query
    const parsed = typeof requestId === 'string' ? parseRequestId(requestId) : null
    if (!parsed?.ok) return refuse(request, response, 'exchange-not-found')
    const exchanges = await reader.exchangesOf(who.value.system, parsed.value, MOST_EXCHANGES)
    response.json({ requestId: parsed.value, exchanges })
  })

  app.get('/exchanges/:id', async (request, response) => {
    const who = identify(request)
    if (!who.ok) return refuse(request, response, who.error)
    const exchange = parseExchangeId(request.params.id)
    const shown = exchange.ok
      ? showExchange(exchange.value, await reader.recordsOf(exchange.value), who.value.system, evidenceKey)
      : null
    if (shown === null) return refuse(request, response, 'exchange-not-found')
    response.json(shown)
  })

  const admit = (request: Request, response: Response, next: NextFunction): void => {
    const who = identify(request)
    if (who.ok) next()
    else refuse(request, response, who.error)
  }
  app.use('/oauth2/token', tokenEndpoint(identify, refuse, tokens))
  app.use('/.well-known', wellKnown(admit, tokens.issuer, tokens.keys))

  app.use((request, response) => refuse(request, response, 'not-permitted'))
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    onFault(thrown)
    refuse(request, response, codeOf(thrown))
  })
  return app
}

function refuse(request: Request, response: Response, code: ProblemCode): void {
  response
    .status(catalogue[code].status)
    .setHeader('exchange-problem', code)
    .type('application/problem+json')
    .send(problemBody({ code }, null, languageOf(request.get('accept-language'))))
}
