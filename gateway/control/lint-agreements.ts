import type { ConfigurationDocument } from '../configuration/document.ts'
import { inOrder, type Locate, placed } from '../configuration/locate.ts'
import type { Agreement, Configuration, ConfigurationError, PersonalData } from '../configuration/objects.ts'
import { dayOf, type Instant } from '../domain/instant.ts'
import { marksSubjects } from '../schema/find-subjects.ts'

/** What a written agreement on personal data has to say beside what every agreement says (Decree 356/2025, article 7.1). */
const DEMANDED = {
  subjects: 'whose data it is',
  securityMeasures: 'what the consumer does to protect it',
  onwardTransfer: 'whether the consumer may hand it on, true or false',
  rightsContact: 'whom the people concerned turn to with their rights',
  breachNotice: 'whom the consumer tells of a breach, and how soon',
} as const satisfies Record<keyof PersonalData, string>

const MEMBERS = Object.keys(DEMANDED) as readonly (keyof PersonalData)[]

/** No time zone is further ahead of UTC. */
const FURTHEST_AHEAD_MICROS = 14 * 3_600_000_000

/**
 * Agreements on services that mark people (`x-subject`) and do not say all that the law asks for; and security confirmations of a day
 * that is nowhere yet: one from the future would carry exchanges longer than 6 months. Not looked at when a revision is loaded:
 * another clock may be behind.
 */
export function lintAgreements(
  configuration: Pick<Configuration, 'services' | 'agreements'>,
  document: ConfigurationDocument,
  locate: Locate,
  now: Instant,
): readonly ConfigurationError[] {
  const today = dayOf((now + FURTHEST_AHEAD_MICROS) as Instant)
  const personal = new Set(configuration.services.filter(({ openapi }) => marksSubjects(openapi)).map(({ id }) => id))
  const indexes = new Map(document.agreements.map(({ id }, index) => [id, index]))
  const early = configuration.agreements
    .filter(({ securityConfirmedOn: day, recertifiedOn }) => day > today || (recertifiedOn ?? '') > today)
    .map(({ id, securityConfirmedOn: day }) => ({
      pointer: `/agreements/${indexes.get(id)}/${day > today ? 'securityConfirmedOn' : 'recertifiedOn'}`,
      reason: 'lies in the future: it tells what was done',
    }))
  const incomplete = configuration.agreements
    .filter(({ service }) => personal.has(service))
    .flatMap(agreement =>
      missingIn(agreement).map(member => ({
        pointer: `/agreements/${indexes.get(agreement.id)}/personalData`,
        reason: `${agreement.service} tells of people: personalData has to hold ${member}: ${DEMANDED[member]}`,
      })),
    )
  return inOrder(placed([...early, ...incomplete], locate))
}

const missingIn = ({ personalData }: Agreement): readonly (keyof PersonalData)[] =>
  MEMBERS.filter(member => (personalData?.[member] ?? null) === null)
