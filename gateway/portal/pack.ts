import type { Request, RequestHandler, Response } from 'express'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseExchangeId } from '../domain/exchange-id.ts'
import type { Result } from '../domain/result.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { ExchangeReader } from '../review/exchange-reader.ts'
import { ASIC_E } from '../review/pack/pack-names.ts'
import type { PackMaker } from '../review/pack/ports.ts'
import { sendProblem } from './send-problem.ts'
import { roleIn } from './show-exchange.ts'
import type { Client } from './token-endpoint.ts'

export interface PackEndpoint {
  readonly identify: (request: IncomingMessage) => Result<Client, ProblemCode>
  readonly reader: ExchangeReader
  readonly packs: PackMaker
  /** Seconds to wait for a system that asks too often, or null. */
  readonly held: (system: SystemId) => Promise<number | null>
  readonly onFault: (thrown: unknown) => void
}

/** By then the control lane has named every head, where somebody writes it. */
const RETRY_SECONDS = 10

/**
 * `GET /exchanges/{id}/pack`: the evidence pack of an exchange for its parties, and for nobody else, as `/exchanges/{id}`. An answer
 * that breaks off is cut before its end: it does not verify.
 */
export function packEndpoint({ identify, reader, packs, held, onFault }: PackEndpoint): RequestHandler {
  return async (request: Request, response: Response) => {
    const who = identify(request)
    if (!who.ok) return sendProblem(request, response, who.error)
    const { system, snapshot } = who.value
    const wait = await held(system)
    if (wait !== null) {
      response.setHeader('retry-after', String(wait))
      return sendProblem(request, response, 'system-rate-exceeded')
    }
    const exchange = parseExchangeId(String(request.params.id))
    if (!exchange.ok || roleIn(await reader.recordsOf(exchange.value), system) === null)
      return sendProblem(request, response, 'exchange-not-found')
    const made = await packs.make({
      scope: { kind: 'exchange', exchange: exchange.value },
      withKeys: true,
      signingKey: id => snapshot.signingKey(id)?.pem ?? null,
    })
    if (!made.ok) {
      response.setHeader('retry-after', String(RETRY_SECONDS))
      return sendProblem(request, response, 'evidence-pending')
    }
    const { fileName, bytes } = made.value
    response.setHeader('content-type', ASIC_E).setHeader('content-disposition', `attachment; filename="${fileName}"`)
    await pipeline(Readable.from(bytes), response).catch((thrown: unknown) => {
      response.destroy()
      // Whoever goes away before the end is no fault of ours.
      if ((thrown as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') onFault(thrown)
    })
  }
}
