import { differing } from '../configuration/align.ts'
import type { Agreement, Configuration, OperationGrant, Service } from '../configuration/objects.ts'
import type { Classification } from '../domain/classification.ts'
import type { Purpose } from '../domain/purpose.ts'
import type { OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import { type Granted, type Policy, type Terms, wakingHours } from '../policy/decide.ts'

type Lookups = Pick<Policy, 'labelOf' | 'isAgreed' | 'agreementsFor'>

interface Known {
  readonly label: Classification
  /** Of the operation among all: multiplied by the number of purposes, and one more. */
  readonly base: number
}

/** By one number for operation and purpose; at the operation's own number whether there is any. */
type OfConsumer = ReadonlyMap<number, Granted>

/** The agreements of one configuration, and what the index of the next one is made from. */
export interface AgreementIndex {
  readonly lookups: Lookups
  /** In the order of their ids. */
  readonly byConsumer: ReadonlyMap<SystemId, readonly Agreement[]>
  readonly numbers: Numbers
  readonly consumers: ReadonlyMap<SystemId, OfConsumer>
}

interface Numbers {
  readonly purposes: ReadonlyMap<Purpose, number>
  readonly operations: ReadonlyMap<ServiceId, ReadonlyMap<OperationName, Known>>
}

/** What the index is made of. */
type Lists = Pick<Configuration, 'services' | 'agreements' | 'purposes'>

/** A configuration that was indexed, from which the new one differs in a few objects. */
interface Indexed {
  readonly configuration: Lists
  readonly index: AgreementIndex
}

/**
 * The agreements by consumer and then by one number for operation and purpose.
 * Services, operations and purposes are few and their maps stay in the processor's cache. With 100,000 agreements a look-up reads
 * cold memory, about 0.1 µs a line: so there is one small map a consumer, and what decide() reads lies in one object.
 * Of a configuration with the same services and purposes as the one before, only consumers whose agreements changed are indexed.
 */
export function indexAgreements(configuration: Lists, before: Indexed | null): AgreementIndex {
  const { services, agreements, purposes } = configuration
  const isSame = before?.configuration.services === services && before.configuration.purposes === purposes
  const known = isSame ? before : null
  const numbers = known?.index.numbers ?? numbersOf(configuration)
  const termsOf = termsMaker(services)
  const add = (index: Map<number, Granted>, agreement: Agreement): void => {
    const { from, until, securityConfirmedUntil } = agreement
    const terms = termsOf(agreement)
    for (const grant of agreement.operations)
      for (const key of keysOf(agreement, grant, numbers))
        index.set(key, { from, until, securityConfirmedUntil, terms, agreement, grant, next: index.get(key) ?? null })
  }

  const changed = known && differing(agreements, known.configuration.agreements)
  const concerned = changed && new Set([...changed.added, ...changed.removed].map(({ consumer }) => consumer))
  const byConsumer = new Map(known?.index.byConsumer)
  const consumers = new Map(known?.index.consumers)
  for (const consumer of concerned ?? []) {
    byConsumer.delete(consumer)
    consumers.delete(consumer)
  }
  if (concerned?.size !== 0)
    for (const [consumer, group] of groupByConsumer(agreements, concerned)) {
      const index = new Map<number, Granted>()
      for (const agreement of group) add(index, agreement)
      byConsumer.set(consumer, group)
      consumers.set(consumer, index)
    }
  return { lookups: lookupsIn(numbers, consumers), byConsumer, numbers, consumers }
}

function lookupsIn({ purposes, operations }: Numbers, consumers: AgreementIndex['consumers']): Lookups {
  return {
    labelOf: (service, operation) => operations.get(service)?.get(operation)?.label ?? null,
    isAgreed(consumer, service, operation) {
      const base = operations.get(service)?.get(operation)?.base
      return base !== undefined && consumers.get(consumer)?.has(base) === true
    },
    agreementsFor(consumer, service, operation, purpose) {
      const base = operations.get(service)?.get(operation)?.base
      const ordinal = purposes.get(purpose)
      if (base === undefined || ordinal === undefined) return null
      return consumers.get(consumer)?.get(base + 1 + ordinal) ?? null
    },
  }
}

function keysOf(agreement: Agreement, grant: OperationGrant, { purposes, operations }: Numbers): readonly number[] {
  const base = operations.get(agreement.service)?.get(grant.name)?.base
  if (base === undefined) throw new TypeError(`a cross-checked configuration has ${agreement.service} ${grant.name}`)
  return [
    base,
    ...agreement.purposes.map(purpose => {
      const ordinal = purposes.get(purpose)
      if (ordinal === undefined) throw new TypeError(`a cross-checked configuration has the purpose ${purpose}`)
      return base + 1 + ordinal
    }),
  ]
}

function numbersOf({ services, purposes }: Lists): Numbers {
  const ordinals = new Map(purposes.map(({ code }, ordinal) => [code, ordinal]))
  const step = purposes.length + 1
  let base = -step
  const operations = new Map(
    services.map(service => [
      service.id,
      new Map(
        service.operations.map(({ name, classification }) => [name, { label: classification, base: (base += step) }]),
      ),
    ]),
  )
  return { purposes: ordinals, operations }
}

/** What decide() reads of an agreement; one object for all that say the same. */
function termsMaker(services: readonly Service[]): (agreement: Agreement) => Terms {
  const oneTerms = sharer<Terms>()
  const states = new Map<ServiceId, Pick<Service, 'suspended' | 'maintenance'>>()
  // Made when the first is asked for: often none is.
  const stateOf = (id: ServiceId): Pick<Service, 'suspended' | 'maintenance'> => {
    if (states.size === 0)
      for (const { id: each, suspended, maintenance } of services) states.set(each, { suspended, maintenance })
    const state = states.get(id)
    if (state === undefined) throw new TypeError(`a cross-checked configuration has ${id}`)
    return state
  }
  return agreement => {
    const { suspended, ceiling, hours } = agreement
    return oneTerms({ suspended, ceiling, hours, awake: wakingHours(agreement), service: stateOf(agreement.service) })
  }
}

/** Of these consumers; null: of all. */
function groupByConsumer(
  agreements: readonly Agreement[],
  consumers: ReadonlySet<SystemId> | null,
): ReadonlyMap<SystemId, readonly Agreement[]> {
  const groups = new Map<SystemId, Agreement[]>()
  for (const agreement of agreements) {
    if (consumers !== null && !consumers.has(agreement.consumer)) continue
    const group = groups.get(agreement.consumer)
    if (group) group.push(agreement)
    else groups.set(agreement.consumer, [agreement])
  }
  return groups
}

/** The first of all that say the same. */
function sharer<T>(): (value: T) => T {
  const first = new Map<string, T>()
  return value => {
    const text = JSON.stringify(value)
    const present = first.get(text) ?? value
    first.set(text, present)
    return present
  }
}
