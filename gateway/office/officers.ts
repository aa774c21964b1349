import { activeSecurityOfficers, FEWEST_SECURITY_OFFICERS, isIdle, lastSeen } from '../control/officer-activity.ts'
import { formatInstant } from '../domain/instant.ts'
import { answer, type Handler } from './outcome.ts'
import { operationsOf } from './rights.ts'
import { showSession } from './sessions.ts'

export const readMe: Handler = ({ officer, newest, session }) =>
  answer({
    id: officer.id,
    name: officer.name,
    roles: officer.roles,
    units: officer.units,
    operations: operationsOf(officer.roles),
    authenticators: officer.authenticators.map(({ id }) => id),
    secondFactor: officer.secondFactor,
    session: session && showSession(session),
    revision: newest.number,
  })

export const listOfficers: Handler = async ({ newest, ports, now }) => {
  const { officers } = newest.configuration
  const seen = await ports.changes.activity()
  const active = activeSecurityOfficers(officers, seen, now).length
  return answer({
    officers: officers.map(officer => {
      const at = seen.get(officer.id)
      // Whoever has not been seen yet counts from now on.
      const idle = isIdle(officer, at ?? now, now)
      return {
        id: officer.id,
        name: officer.name,
        roles: officer.roles,
        units: officer.units,
        state: officer.disabled ? 'disabled' : idle ? 'idle' : 'active',
        seenAt: at === undefined ? null : formatInstant(lastSeen(officer, at, now)),
        authenticators: officer.authenticators.length,
      }
    }),
    activeSecurityOfficers: active,
    enough: active >= FEWEST_SECURITY_OFFICERS,
  })
}
