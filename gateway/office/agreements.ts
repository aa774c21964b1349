import type { Agreement } from '../configuration/objects.ts'
import { formatInstant, instantOfMinute, minuteOf } from '../domain/instant.ts'
import { type Standing, standingsOf } from '../policy/agreement-standing.ts'
import { answer, type Handler, numberOf, PAGE } from './outcome.ts'
import { seesObject } from './scope.ts'

/** Agreements of the newest revision by what has to be done about them. */
export const listAgreements: Handler = call => {
  const { officer, newest, parameters, now } = call
  const limit = numberOf(call, 'limit', PAGE)
  const state = (parameters.state ?? null) as Standing | null
  const behind = typeof parameters.cursor === 'string' ? parameters.cursor : ''
  const minute = minuteOf(now)
  const left = newest.configuration.agreements
    .filter(agreement => agreement.id > behind && seesObject(officer, 'agreement', agreement))
    .map(agreement => ({ agreement, states: standingsOf(agreement, minute) }))
    .filter(({ states }) => state === null || states.includes(state))
    .sort((a, b) => (a.agreement.id < b.agreement.id ? -1 : 1))
  const page = left.slice(0, limit)
  return answer({
    revision: newest.number,
    agreements: page.map(({ agreement, states }) => ({ ...summarise(agreement), states })),
    cursor: left.length > limit ? (page.at(-1)?.agreement.id ?? null) : null,
  })
}

const summarise = ({ id, consumer, service, purposes, from, until, securityConfirmedUntil }: Agreement) => ({
  id,
  consumer,
  service,
  purposes,
  from: formatInstant(instantOfMinute(from)),
  until: formatInstant(instantOfMinute(until)),
  securityConfirmedUntil: formatInstant(instantOfMinute(securityConfirmedUntil)),
})
