import { formatInstant } from '../domain/instant.ts'
import type { DeskRefusal } from '../control/desk-refusal.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { Occurrence, Violation } from '../problems/problem.ts'

const codeOf = {
  'not-found': 'not-found',
  stale: 'change-stale',
  'wrong-state': 'change-state',
  'not-entitled': 'not-entitled',
  'officer-disabled': 'officer-disabled',
  'officer-idle': 'officer-idle',
  'bad-signature': 'change-signature-invalid',
  conflict: 'change-conflict',
  invalid: 'change-invalid',
  malformed: 'request-invalid',
  'not-due': 'change-state',
  unverified: 'policy-unavailable',
} as const satisfies Record<DeskRefusal['reason'], ProblemCode>

/** A list of errors is for a person to read. */
const MOST_VIOLATIONS = 1000

/** What an officer is told where the desk says no. Texts speak of the configuration, which officers write. */
export function problemOfDesk(refusal: DeskRefusal): Occurrence {
  const code = codeOf[refusal.reason]
  switch (refusal.reason) {
    case 'stale':
      return { code, detail: `It has version ${refusal.version} by now: read it again.` }
    case 'wrong-state':
      return { code, detail: `It is ${refusal.state}.` }
    case 'not-due':
      return { code, detail: `It is to be applied at ${refusal.applyAt}.` }
    case 'officer-idle':
      return { code, detail: `Last seen at ${formatInstant(refusal.seenAt)}.` }
    case 'not-entitled':
    case 'bad-signature':
    case 'malformed':
      return { code, detail: refusal.detail }
    case 'conflict':
      return { code, violations: refusal.conflicts.slice(0, MOST_VIOLATIONS).map(violationOfConflict) }
    case 'invalid':
      return {
        code,
        violations: refusal.errors
          .slice(0, MOST_VIOLATIONS)
          .map(({ pointer, reason }) => ({ pointer, keyword: 'configuration', message: reason })),
      }
    case 'not-found':
    case 'officer-disabled':
    case 'unverified':
      return { code }
  }
}

const WORDS = {
  changed: 'is not what the edit says it replaces: others changed it',
  twice: 'is edited twice',
  misnamed: 'names itself otherwise than the edit does',
  nothing: 'is not there, so it cannot be removed',
} as const

const violationOfConflict = ({
  kind,
  id,
  reason,
}: Extract<DeskRefusal, { reason: 'conflict' }>['conflicts'][number]): Violation => ({
  pointer: `/${kind}/${id.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  keyword: reason,
  message: WORDS[reason],
})
