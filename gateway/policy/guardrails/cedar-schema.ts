import { CLASSIFICATIONS } from '../../domain/classification.ts'

/** By number, 0 Sunday to 6 Saturday. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** Members of the context that come of the minute. What no guardrail reads is not handed in, and is not part of a cached verdict. */
export const CALENDAR = ['weekday', 'minuteOfDay', 'workingHours'] as const
export type CalendarMember = (typeof CALENDAR)[number]

const listed = (names: readonly string[]): string => names.map(name => JSON.stringify(name)).join(', ')

/**
 * What guardrails see, in the schema language of Cedar: decide's input and nothing else. Labels, days, purposes and operations are
 * entities, not texts, so that a misspelt one is found when the policy is checked and does not quietly forbid nothing.
 */
export const CEDAR_SCHEMA = `
entity Unit in [Unit] = { attributes: Set<String> };
entity System in [Unit] = { unit: Unit };
entity Service = { provider: System };
entity Operation;
entity Purpose;
entity Classification enum [${listed([...CLASSIFICATIONS, 'state-secret'])}];
entity Weekday enum [${listed(WEEKDAYS)}];
action exchange appliesTo {
  principal: System,
  resource: Service,
  context: {
    operation: Operation,
    purpose: Purpose,
    classification: Classification,
    weekday: Weekday,
    minuteOfDay: Long,
    workingHours: Bool
  }
};
`
