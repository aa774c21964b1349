import { formatInstant, type Instant } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { parseServiceId, type ServiceId } from '../domain/service-id.ts'
import type { Officer } from '../configuration/objects.ts'
import { findUnused } from '../review/find-unused.ts'
import { isWithheld } from '../review/usage-of-service.ts'
import { answer, type Call, type Handler, numberOf, type Outcome, PAGE, refuse, textOf } from './outcome.ts'
import { invalid, readTimeRange, type TimeRange } from './read-time.ts'
import { isOfOwnUnits, presentOf, readsWholeLog } from './scope.ts'

/** Unless told. */
const DAYS = 30
const DAY_MICROS = 86_400_000_000
/** Of each list; all are counted. */
const MOST_LISTED = 1000

/** Who used a service, under which agreement, with which outcome. */
export const readUsage: Handler = async call => {
  const asked = readAsked(call)
  if (!asked.ok) return asked.error
  const { service, from, to } = asked.value
  const uses = await call.ports.usage.usage(service, from, to)
  const [all, withheld] = [uses, uses.filter(isWithheld)].map(list => list.reduce((sum, { count }) => sum + count, 0))
  const usage = { service, ...inWords({ from, to }), exchanges: all, withheld, uses: uses.slice(0, MOST_LISTED) }
  return { ...answer(usage), read: whatOf('usage', asked.value) }
}

/** The answers of its provider that did not cross, one by one. */
export const readWithheld: Handler = async call => {
  const asked = readAsked(call)
  if (!asked.ok) return asked.error
  const { service, from, to } = asked.value
  const cursor = typeof call.parameters.cursor === 'string' ? call.parameters.cursor : null
  const page = await call.ports.usage.withheld(service, from, to, numberOf(call, 'limit', PAGE), cursor)
  if (!page.ok) return { kind: 'refused', occurrence: invalid('/cursor', page.error) }
  const answers = page.value.answers.map(({ at, ...rest }) => ({ at: formatInstant(at), ...rest }))
  const withheld = { service, ...inWords({ from, to }), answers, cursor: page.value.cursor }
  return { ...answer(withheld), read: whatOf('withheld answers', asked.value) }
}

/** Agreements and granted fields that no permitted exchange has used. */
export const listUnused: Handler = async call => {
  const { newest, officer, now } = call
  const days = numberOf(call, 'days', DAYS)
  const since = (now - days * DAY_MICROS) as Instant
  const { uses, oldest, behind } = await call.ports.usage.useOfAgreements(since)
  const found = findUnused(newest.configuration, uses, since, now)
  const agreements = found.agreements.filter(agreement => isOwn(officer, agreement))
  const consumers = new Map(newest.configuration.agreements.map(({ id, consumer }) => [id, consumer]))
  const grants = found.grants.filter(grant =>
    isOwn(officer, { consumer: consumers.get(grant.agreement), service: grant.service }),
  )
  const operations = found.operations.filter(({ service }) => isOwnService(call, service))
  const unused = {
    days,
    since: formatInstant(since),
    oldest: oldest === null ? null : formatInstant(oldest),
    behind,
    counts: { agreements: agreements.length, grants: grants.length, operations: operations.length },
    agreements: agreements.slice(0, MOST_LISTED),
    grants: grants.slice(0, MOST_LISTED),
    operations: operations.slice(0, MOST_LISTED),
  }
  return { ...answer(unused), read: `use of agreements since ${formatInstant(since)}` }
}

const isOwn = (
  officer: Officer,
  agreement: { readonly consumer: string | undefined; readonly service: string },
): boolean => readsWholeLog(officer) || isOfOwnUnits(officer, 'agreement', agreement)

/** Its owner asks: the unit of the service, or that of the system that provides it. */
function isOwnService({ officer, newest }: Call, service: ServiceId): boolean {
  if (readsWholeLog(officer)) return true
  const registered = presentOf(newest.document, 'service', service)
  return registered !== null && isOfOwnUnits(officer, 'service', registered)
}

interface Asked extends TimeRange {
  readonly service: ServiceId
}

function readAsked(call: Call): Result<Asked, Outcome> {
  const service = parseServiceId(textOf(call, 'id'))
  // One that nobody may see looks like one that is not there; one of former times may still be asked about.
  if (!service.ok || !isOwnService(call, service.value)) return err(refuse('not-found'))
  const range = readTimeRange(call.parameters, call.now, DAYS)
  if (!range.ok) return err({ kind: 'refused', occurrence: range.error })
  return ok({ service: service.value, ...range.value })
}

/** As the record of the read says it. */
const whatOf = (name: string, { service, from, to }: Asked): string =>
  `${name} of ${service} from=${formatInstant(from)} to=${formatInstant(to)}`

const inWords = ({ from, to }: TimeRange) => ({ from: formatInstant(from), to: formatInstant(to) })
