import type { Agreement } from '../configuration/objects.ts'
import type { Minute } from '../domain/instant.ts'
import { covers, wakingHours } from './decide.ts'

/** Where an agreement is in its life, derived from its days and flags. */
export type AgreementState = 'draft' | 'active' | 'dormant' | 'suspended' | 'ended'

type Standing = Pick<Agreement, 'from' | 'until' | 'suspended' | 'dormant' | 'activation' | 'securityConfirmedUntil'>

/**
 * The state at a minute, by the checks of decide(): before its first day a draft (`Exchange-Mode: check` tries it all the same),
 * suspended by an officer or because its security confirmation is too old, dormant while it waits for an emergency. Hours, labels and
 * the service are another matter: they concern single exchanges.
 */
export function agreementState(agreement: Standing, minute: Minute): AgreementState {
  if (minute >= agreement.until) return 'ended'
  if (agreement.suspended) return 'suspended'
  if (minute < agreement.from) return 'draft'
  const awake = wakingHours(agreement)
  if (awake !== null && !covers(awake, minute)) return 'dormant'
  return minute >= agreement.securityConfirmedUntil ? 'suspended' : 'active'
}
