import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { admitOfficer } from '../control/desk/admit-officer.ts'
import { type ChangeId, parseChangeId } from '../domain/change-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { catalogue } from '../problems/catalogue.ts'
import { codeOf } from '../problems/fault.ts'
import { languageOf, type Occurrence, problemBody } from '../problems/problem.ts'
import type { JsonValue } from '../schema/json-value.ts'
import { inputChecks, type InputChecks } from './check-input.ts'
import { operations, type Operation } from './description.ts'
import { handlers } from './handlers.ts'
import { type Call, type Handler, type Outcome, refuse } from './outcome.ts'
import type { Caller, OfficePorts } from './ports.ts'
import { problemOfDesk } from './problem-of-desk.ts'
import { readBody } from './read-body.ts'
import { mayCall } from './rights.ts'

/** Of the record of a call that is none of ours. */
const UNKNOWN = 'unknown-operation'

/**
 * The office API: what schemas/office/openapi.json describes, and nothing else. Each call is: who, may they, what do they say, do
 * it, record it, answer; in this order.
 */
export function officeApp(ports: OfficePorts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('case sensitive routing', true)
  app.set('strict routing', true)
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], styleSrc: ["'self'"] } },
    }),
  )
  app.use((_request, response, next) => {
    response.setHeader('cache-control', 'no-store')
    next()
  })

  const handlerOf = handlers()
  for (const operation of operations) {
    const served = { operation, handle: handlerOf[operation.id], checks: inputChecks(operation) }
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app[operation.method](path, (request, response) => serve(request, response, served, ports))
  }
  app.use((request, response) => serve(request, response, null, ports))
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    // What Express itself cannot read: a path that is no text.
    const { status } = thrown as { status?: unknown }
    const unreadable = typeof status === 'number' && status < 500
    if (!unreadable) ports.onFault(thrown)
    respond(request, response, refuse(unreadable ? 'request-malformed' : codeOf(thrown)))
  })
  return app
}

interface Served {
  readonly operation: Operation
  readonly handle: Handler
  readonly checks: InputChecks
}

async function serve(request: Request, response: Response, served: Served | null, ports: OfficePorts): Promise<void> {
  const now = ports.now()
  const identified = await ports.identify(request)
  if (!identified.ok) {
    // Not an officer, or nobody can say: the connection is of no further use.
    response.setHeader('connection', 'close')
    return respond(request, response, refuse(identified.error))
  }
  const { officer } = identified.value
  const outcome = await outcomeOf(request, response, served, identified.value, now, ports)
  const change = outcome.change ?? changeOf(request)
  if (!outcome.recorded) await record(served?.operation.id ?? UNKNOWN, officer.id, change, outcome, now, ports)
  respond(request, response, outcome)
}

async function outcomeOf(
  request: Request,
  response: Response,
  served: Served | null,
  caller: Caller,
  now: Instant,
  ports: OfficePorts,
): Promise<Outcome> {
  const { officer, newest } = caller
  const { officers } = newest.configuration
  const admitted = await admitOfficer(officer.id, officers, id => ports.changes.seenAt(id, now), now)
  if (!admitted.ok) return { kind: 'refused', occurrence: problemOfDesk(admitted.error) }
  await ports.changes.touch(officer.id, now)
  if (served === null) return refuse('not-found')
  if (!mayCall(officer.roles, served.operation.id)) return refuse('not-entitled')
  const input = await readInput(request, response, served)
  if (!input.ok) return { kind: 'refused', occurrence: input.error }
  const call: Call = {
    ...caller,
    ...input.value,
    ports,
    now,
    operation: served.operation.id,
    header: name => request.get(name),
  }
  return served.handle(call)
}

interface Input {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly body: JsonValue
}

/** Parameters first: a body is only read for a call that has somewhere to go. */
async function readInput(
  request: Request,
  response: Response,
  { operation, checks }: Served,
): Promise<Result<Input, Occurrence>> {
  // One in the query of the same name as one of the path would vanish behind it.
  const twice = Object.keys(request.query).find(name => Object.hasOwn(request.params, name))
  if (twice !== undefined) return err({ code: 'request-invalid', detail: `${twice} is a part of the path` })
  const parameters = checks.parameters({ ...request.query, ...request.params })
  if (!parameters.ok) return err({ code: 'request-invalid', violations: parameters.error })
  if (operation.body === null) return ok({ parameters: parameters.value, body: null })
  const read = await readBody(request, response)
  if (!read.ok) return read
  const body = checks.body(read.value)
  return body.ok
    ? ok({ parameters: parameters.value, body: body.value })
    : err({ code: 'request-invalid', violations: body.error })
}

/** Durable before the answer: who read what, and what was refused. Values do not stand in it. */
const record = (
  event: string,
  officer: OfficerId,
  change: ChangeId | null,
  outcome: Outcome,
  actedAt: Instant,
  { changes }: OfficePorts,
): Promise<void> =>
  changes.note({
    event,
    officer,
    via: 'office',
    change,
    outcome: outcome.kind === 'answer' ? 'done' : 'refused',
    reason: outcome.kind === 'answer' ? null : outcome.occurrence.code,
    was: null,
    is: null,
    actedAt,
  })

function changeOf(request: Request): ChangeId | null {
  const { change } = request.params as Readonly<Record<string, unknown>>
  const parsed = typeof change === 'string' ? parseChangeId(change) : null
  return parsed?.ok ? parsed.value : null
}

function respond(request: Request, response: Response, outcome: Outcome): void {
  if (response.headersSent) return void response.destroy()
  if (outcome.kind === 'answer') {
    for (const [name, value] of Object.entries(outcome.headers ?? {})) response.setHeader(name, value)
    response.status(outcome.status)
    if (typeof outcome.body === 'string') return void response.end(outcome.body)
    return void response.json(outcome.body)
  }
  const { occurrence } = outcome
  // What was not read of a body would stand before the next request.
  if (!request.complete) response.setHeader('connection', 'close')
  response
    .status(catalogue[occurrence.code].status)
    .setHeader('exchange-problem', occurrence.code)
    .type('application/problem+json')
    .send(problemBody(occurrence, null, languageOf(request.get('accept-language'))))
}
