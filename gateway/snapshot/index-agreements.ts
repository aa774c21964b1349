import type { Agreement, OperationGrant, Service } from '../configuration/objects.ts'
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

/**
 * The agreements by consumer and then by one number for operation and purpose; at the operation's own number whether there is any.
 * Services, operations and purposes are few and their maps stay in the processor's cache. With 100,000 agreements a look-up reads
 * cold memory, about 0.1 µs a line: so there is one small map a consumer, and what decide() reads lies in one object.
 */
export function indexAgreements(services: readonly Service[], agreements: readonly Agreement[]): Lookups {
  const purposes = ordinals(agreements.flatMap(agreement => agreement.purposes))
  const operations = indexOperations(services, purposes.size + 1)
  const consumers = new Map<SystemId, Map<number, Granted>>()
  const oneTerms = sharer<Terms>()
  const states = new Map(services.map(({ id, suspended, maintenance }) => [id, { suspended, maintenance }]))

  const termsOf = (agreement: Agreement): Terms => {
    const service = states.get(agreement.service)
    if (service === undefined) throw new TypeError(`a cross-checked configuration has ${agreement.service}`)
    const { suspended, ceiling, hours } = agreement
    return oneTerms({ suspended, ceiling, hours, awake: wakingHours(agreement), service })
  }
  const add = (agreement: Agreement, terms: Terms, grant: OperationGrant): void => {
    const base = operations.get(agreement.service)?.get(grant.name)?.base
    if (base === undefined) throw new TypeError(`a cross-checked configuration has ${agreement.service} ${grant.name}`)
    const { from, until, securityConfirmedUntil } = agreement
    const index = consumers.get(agreement.consumer) ?? new Map<number, Granted>()
    consumers.set(agreement.consumer, index)
    for (const key of [base, ...agreement.purposes.map(purpose => base + 1 + (purposes.get(purpose) ?? 0))])
      index.set(key, { from, until, securityConfirmedUntil, terms, agreement, grant, next: index.get(key) ?? null })
  }
  for (const agreement of agreements) {
    const terms = termsOf(agreement)
    for (const grant of agreement.operations) add(agreement, terms, grant)
  }

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

function indexOperations(
  services: readonly Service[],
  step: number,
): ReadonlyMap<ServiceId, ReadonlyMap<OperationName, Known>> {
  let base = -step
  return new Map(
    services.map(({ id, operations }) => [
      id,
      new Map(operations.map(({ name, classification }) => [name, { label: classification, base: (base += step) }])),
    ]),
  )
}

function ordinals(purposes: readonly Purpose[]): ReadonlyMap<Purpose, number> {
  return new Map([...new Set(purposes)].map((purpose, ordinal) => [purpose, ordinal]))
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
