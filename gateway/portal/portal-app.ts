import type { KeyObject } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { parseExchangeId, parseRequestId } from '../domain/exchange-id.ts'
import { minuteOf } from '../domain/instant.ts'
import type { Result } from '../domain/result.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import { codeOf } from '../problems/fault.ts'
import { catalogueOf } from './catalogue.ts'
import type { ExchangeReader } from '../review/exchange-reader.ts'
import type { PackMaker } from '../review/pack/ports.ts'
import { type PackEndpoint, packEndpoint } from './pack.ts'
import { sendProblem as refuse } from './send-problem.ts'
import { showExchange } from './show-exchange.ts'
import { type Client, tokenEndpoint, type TokenOptions } from './token-endpoint.ts'
import { wellKnown } from './well-known.ts'

export interface PortalOptions {
  /** Who asks, by the key of the connection; the same checks as for an exchange. */
  readonly identify: (request: IncomingMessage) => Result<Client, ProblemCode>
  readonly reader: ExchangeReader
  readonly evidenceKey: KeyObject
  readonly packs: PackMaker
  /** Seconds to wait for a system that asks for packs too often, or null. */
  readonly heldFromPacks: PackEndpoint['held']
  readonly tokens: TokenOptions
  readonly onFault: (thrown: unknown) => void
}

/** Paths of the exchange listener that are the portal's, not exchanges. */
export const isPortalPath = (target: string): boolean =>
  /^\/(?:catalogue|exchanges|oauth2|\.well-known)(?:[/?]|$)/.test(target)

const MOST_EXCHANGES = 100

/** What a system may see beside its exchanges: the catalogue, and what became of its own calls. */
export function portalApp(options: PortalOptions): Express {
  const { identify, reader, evidenceKey, packs, heldFromPacks, tokens, onFault } = options
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

  app.get('/exchanges/:id/pack', packEndpoint({ identify, reader, packs, held: heldFromPacks, onFault }))

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
