import type { Agreement, Hours } from '../../../gateway/configuration/objects.ts'
import type { Classification } from '../../../gateway/domain/classification.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import type { Minute } from '../../../gateway/domain/instant.ts'
import { parseAgreementId, parsePurpose } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { GENESIS } from '../../../gateway/domain/revision-number.ts'
import {
  type OperationName,
  parseOperationName,
  parseServiceId,
  type ServiceId,
} from '../../../gateway/domain/service-id.ts'
import { parseSystemId, type SystemId } from '../../../gateway/domain/system-id.ts'
import { type Granted, type Policy, type Terms, wakingHours } from '../../../gateway/policy/decide.ts'
import type { DecisionInput } from '../../../gateway/policy/decision.ts'

export const CONSUMER = must(parseSystemId('G99.21/records'))
export const SERVICE = must(parseServiceId('G99.10/categories/v1'))
export const OPERATION = must(parseOperationName('listProvinces'))
export const PURPOSE = must(parsePurpose('reference-data'))
export const OTHER_PURPOSE = must(parsePurpose('supply'))

/** `2026-11-22T01:02` in UTC. */
export const minute = (text: string): Minute => (Date.parse(`${text}Z`) / 60_000) as Minute

export function agreement(changes: Partial<Agreement> = {}): Agreement {
  return {
    id: must(parseAgreementId('records-categories')),
    version: digestOf('records-categories'),
    consumer: CONSUMER,
    service: SERVICE,
    purposes: [PURPOSE],
    operations: [{ name: OPERATION, request: null, response: null }],
    ceiling: 'internal',
    suspended: false,
    from: minute('2026-01-01T00:00'),
    until: minute('2027-01-01T00:00'),
    hours: null,
    limits: { perMinute: null, concurrent: null, bytesPerDay: null },
    signature: 'none',
    token: 'none',
    legalBasis: { instrument: 'a', article: 'b' },
    securityConfirmedOn: '2026-10-01',
    contacts: { consumer: 'a', provider: 'b' },
    retentionAtConsumer: 'P90D',
    securityConfirmedUntil: minute('2027-04-01T00:00'),
    recertifiedOn: null,
    dormant: false,
    activation: null,
    personalData: null,
    ...changes,
  }
}

export const input = (changes: Partial<DecisionInput> = {}): DecisionInput => ({
  consumer: CONSUMER,
  service: SERVICE,
  operation: OPERATION,
  purpose: PURPOSE,
  declared: null,
  minute: minute('2026-06-01T00:00'),
  ...changes,
})

/** A policy of one operation; agreements are found by nothing but a walk through the list. */
export function policy(
  label: Classification | null,
  agreements: readonly Agreement[],
  forbiddenBy: Policy['forbiddenBy'] = () => null,
  state: Terms['service'] = { suspended: false, maintenance: [] },
): Policy {
  return {
    revision: GENESIS,
    forbiddenBy,
    labelOf: (service, operation) => (service === SERVICE && operation === OPERATION ? label : null),
    isAgreed: (consumer, service, operation) =>
      agreements.some(each => speaksOf(each, consumer, service, operation) !== undefined),
    agreementsFor(consumer, service, operation, purpose) {
      let found: Granted | null = null
      for (const each of agreements) {
        const grant = speaksOf(each, consumer, service, operation)
        if (!grant || !each.purposes.includes(purpose)) continue
        const { from, until, suspended, ceiling, hours, securityConfirmedUntil } = each
        const terms = { suspended, ceiling, hours, awake: wakingHours(each), service: state }
        found = { from, until, securityConfirmedUntil, terms, agreement: each, grant, next: found }
      }
      return found
    },
  }
}

function speaksOf(each: Agreement, consumer: SystemId, service: ServiceId, operation: OperationName) {
  if (each.consumer !== consumer || each.service !== service) return undefined
  return each.operations.find(({ name }) => name === operation)
}

export const hours = (changes: Partial<Hours> = {}): Hours => ({
  zone: 'Asia/Ho_Chi_Minh',
  days: [1, 2, 3, 4, 5],
  from: 7 * 60,
  until: 18 * 60,
  ...changes,
})
