import type { Agreement, Configuration, FieldGrant } from '../configuration/objects.ts'
import { type Instant, type Minute, minuteOf } from '../domain/instant.ts'
import type { AgreementId } from '../domain/purpose.ts'
import type { OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'

/** Permitted exchanges of a time, counted. */
export interface Use {
  readonly agreement: string
  readonly service: string
  readonly operation: string
  readonly count: number
}

interface UnusedAgreement {
  readonly agreement: AgreementId
  readonly consumer: SystemId
  readonly service: ServiceId
  readonly suspended: boolean
  /** It has been valid for less than the whole time. */
  readonly isYoung: boolean
}

/** Of an agreement that is used otherwise. */
interface UnusedGrant {
  readonly agreement: AgreementId
  readonly service: ServiceId
  readonly operation: OperationName
  /** The fields of its answer that were therefore never released under this agreement; null: all of them. */
  readonly fields: FieldGrant | null
  readonly isYoung: boolean
}

export interface Unused {
  readonly agreements: readonly UnusedAgreement[]
  readonly grants: readonly UnusedGrant[]
  /** Called by nobody, granted or not. */
  readonly operations: readonly { readonly service: ServiceId; readonly operation: OperationName }[]
}

/**
 * What nobody has used since some time, of what is valid now. About single fields of operations that are called nothing can be said:
 * records hold which set of fields was granted, never which of them an answer had (they hold no payload).
 */
export function findUnused(configuration: Configuration, uses: readonly Use[], since: Instant, now: Instant): Unused {
  const usedAgreements = new Set(uses.map(use => use.agreement))
  const usedGrants = new Set(uses.map(use => `${use.agreement} ${use.operation}`))
  const called = new Set(uses.map(use => `${use.service} ${use.operation}`))
  const begin = minuteOf(since)
  const valid = configuration.agreements.filter(agreement => isValid(agreement, minuteOf(now)))
  return {
    agreements: valid
      .filter(({ id }) => !usedAgreements.has(id))
      .map(({ id, consumer, service, suspended, from }) => ({
        agreement: id,
        consumer,
        service,
        suspended,
        isYoung: from > begin,
      })),
    grants: valid
      .filter(({ id }) => usedAgreements.has(id))
      .flatMap(({ id, service, operations, from }) =>
        operations
          .filter(({ name }) => !usedGrants.has(`${id} ${name}`))
          .map(({ name, response }) => ({
            agreement: id,
            service,
            operation: name,
            fields: response,
            isYoung: from > begin,
          })),
      ),
    operations: configuration.services.flatMap(({ id, operations }) =>
      operations
        .filter(({ name }) => !called.has(`${id} ${name}`))
        .map(({ name }) => ({ service: id, operation: name })),
    ),
  }
}

const isValid = ({ from, until }: Agreement, minute: Minute): boolean => from <= minute && minute < until
