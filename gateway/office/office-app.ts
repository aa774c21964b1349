import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { admitOfficer } from '../control/desk/admit-officer.ts'
import { type ChangeId, parseChangeId } from '../domain/change-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { catalogue } from '../problems/catalogue.ts'
import { codeOf } from '../problems/fault.ts'
import { languageOf, type Occurrence, problemBody } from '../problems/problem.ts'
import type { JsonValue } from '../schema/json-value.ts'
import { checkSession } from './check-session.ts'
import { inputChecks, type InputChecks } from './check-input.ts'
import { operations, type Operation } from './description.ts'
import { handlers } from './handlers.ts'
import { type Call, type Handler, type Outcome, refuse } from './outcome.ts'
import type { Caller, OfficePorts } from './ports.ts'
import { problemOfDesk } from './problem-of-desk.ts'
import { readBody } from './read-body.ts'
import { mayCall } from './rights.ts'
import { noSessionCookie } from './session-cookie.ts'

/** Of the record of a call that is none of ours. */
const UNKNOWN = 'unknown-operation'

/**
 * The office API: what schemas/office/openapi.json describes, and nothing else. Each call is: who, how often, may they, from where,
 * what do they say, do it, record it, answer; in this order.
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
    void respond(request, response, refuse(unreadable ? 'request-malformed' : codeOf(thrown)))
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
  const admitted = await ports.limits.admit(officer.id)
  if ('retryAfter' in admitted) {
    ports.countHeld(request, officer.id)
    const headers = { 'retry-after': String(admitted.retryAfter) }
    return respond(request, response, { ...refuse('officer-rate-exceeded'), headers })
  }
  try {
    await answerCall(request, response, served, identified.value, now, ports)
  } finally {
    admitted.release()
  }
}

async function answerCall(
  request: Request,
  response: Response,
  served: Served | null,
  caller: Caller,
  now: Instant,
  ports: OfficePorts,
): Promise<void> {
  const { officer } = caller
  const outcome = await outcomeOf(request, response, served, caller, now, ports).catch(thrown => {
    // What the change desk did before it broke it has recorded itself.
    ports.onFault(thrown)
    return refuse(codeOf(thrown))
  })
  const change = outcome.change ?? changeOf(request)
  if (outcome.kind === 'answer' && outcome.read !== undefined) await recordRead(outcome.read, officer.id, now, ports)
  else if (!outcome.recorded) await record(served?.operation.id ?? UNKNOWN, officer.id, change, outcome, now, ports)
  await respond(request, response, outcome)
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
  const header = (name: string): string | undefined => request.get(name)
  const asked = { method: request.method, operation: served?.operation.id ?? null, header }
  const session = await checkSession(asked, caller, now, ports)
  if (!session.ok) return withoutSession(session.error)
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
    session: session.value,
    operation: served.operation.id,
    header,
  }
  return served.handle(call)
}

/** A cookie that is good for nothing any more goes. */
const withoutSession = (occurrence: Occurrence): Outcome => ({
  kind: 'refused',
  occurrence,
  ...(occurrence.code === 'session-required' ? { headers: { 'set-cookie': noSessionCookie } } : {}),
})

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

/** Whoever reads the log is in it, before anything of it is answered. */
const recordRead = (what: string, reader: OfficerId, actedAt: Instant, { changes }: OfficePorts): Promise<void> =>
  changes.note({ kind: 'read', reader, via: 'office', what, actedAt })

function changeOf(request: Request): ChangeId | null {
  const { change } = request.params as Readonly<Record<string, unknown>>
  const parsed = typeof change === 'string' ? parseChangeId(change) : null
  return parsed?.ok ? parsed.value : null
}

function respond(request: Request, response: Response, outcome: Outcome): void | Promise<void> {
  if (response.headersSent) return void response.destroy()
  for (const [name, value] of Object.entries(outcome.headers ?? {})) response.setHeader(name, value)
  if (outcome.kind === 'answer') {
    response.status(outcome.status)
    if (typeof outcome.body === 'string') return void response.end(outcome.body)
    if (isStream(outcome.body)) return send(outcome.body, response)
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

const isStream = (body: unknown): body is AsyncIterable<string | Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

/** As fast as it is taken. One that breaks off ends without its end, so that nobody takes it for the whole. */
async function send(body: AsyncIterable<string | Uint8Array>, response: Response): Promise<void> {
  await pipeline(Readable.from(body), response).catch(() => void response.destroy())
}
