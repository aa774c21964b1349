import type { Agreement } from '../configuration/objects.ts'
import type { Minute } from '../domain/instant.ts'
import { agreementState } from './agreement-state.ts'

/** Where an agreement stands, for whoever has to see to it. One may be several at a time: `expiring` is also `in-force`. */
export const STANDINGS = [
  'not-begun',
  'in-force',
  'dormant',
  'suspended',
  /** Its security confirmation has lapsed: exchanges are refused until somebody confirms again. */
  'awaiting-confirmation',
  /** It, or its security confirmation, ends within 30 days. */
  'expiring',
  'ended',
] as const
export type Standing = (typeof STANDINGS)[number]

const SOON_MINUTES = 30 * 24 * 60

/** Pure: the state of agreement-state.ts, with what an officer has to do told apart. */
export function standingsOf(agreement: Agreement, minute: Minute): readonly Standing[] {
  const { suspended, until, securityConfirmedUntil } = agreement
  const state = agreementState(agreement, minute)
  if (state === 'ended') return ['ended']
  const standings: Standing[] = []
  if (state === 'draft') standings.push('not-begun')
  if (state === 'active') standings.push('in-force')
  if (state === 'dormant') standings.push('dormant')
  if (suspended) standings.push('suspended')
  if (minute >= securityConfirmedUntil) standings.push('awaiting-confirmation')
  const isSoon = (end: Minute): boolean => minute < end && end - minute <= SOON_MINUTES
  if (isSoon(until) || isSoon(securityConfirmedUntil)) standings.push('expiring')
  return standings
}
