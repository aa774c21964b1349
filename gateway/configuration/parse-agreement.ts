import { parseClassification } from '../domain/classification.ts'
import { digestOf } from '../domain/digest.ts'
import type { Minute } from '../domain/instant.ts'
import { parseAgreementId, parsePurpose } from '../domain/purpose.ts'
import { parseSystemId } from '../domain/system-id.ts'
import { isDate, type KnowsZone, parseWindow } from './calendar.ts'
import { canonicalJson } from './canonical-json.ts'
import type { AgreementDocument } from './document.ts'
import type { Agreement, OperationGrant, PersonalData, Service } from './objects.ts'
import { parseActivation } from './parse-activation.ts'
import { parseHours } from './parse-hours.ts'
import { below } from './pointer.ts'
import { complete, quote, type Report, take } from './report.ts'

/** What an agreement is read with. */
export interface AgreementContext {
  /** Services by id. */
  readonly services: ReadonlyMap<string, Service>
  readonly knowsZone: KnowsZone
  /** The minute at which a security confirmation of some day lapses. */
  readonly confirmedUntil: (day: string) => Minute
}

/** An agreement; undefined after reporting what is wrong with it, or where its service is missing or wrong (told elsewhere). */
export function parseAgreement(
  agreement: AgreementDocument,
  pointer: string,
  context: AgreementContext,
  report: Report,
): Agreement | undefined {
  const id = take(parseAgreementId(agreement.id), `${pointer}/id`, report)
  const consumer = take(parseSystemId(agreement.consumer), `${pointer}/consumer`, report)
  const purposes = complete(
    agreement.purposes.map((code, index) => take(parsePurpose(code), `${pointer}/purposes/${index}`, report)),
  )
  const ceiling = take(parseClassification(agreement.ceiling), `${pointer}/ceiling`, report)
  const window = parseWindow(agreement.valid, `${pointer}/valid`, report)
  const hours = agreement.hours ? parseHours(agreement.hours, `${pointer}/hours`, context.knowsZone, report) : null
  const confirmed = isConfirmation(agreement, pointer, report)
  const activation = parseActivation(agreement, window, `${pointer}/activation`, report)
  const recertified = isRecertification(agreement, pointer, report)
  const service = context.services.get(agreement.service)
  const operations = service && parseGrants(agreement, service, `${pointer}/operations`, report)

  if (!id || !consumer || !purposes || !ceiling || !window || hours === undefined || !confirmed) return undefined
  if (activation === undefined || !recertified) return undefined
  if (!service || !operations || window.from === null || window.until === null) return undefined
  const { limits = {}, legalBasis, contacts, securityConfirmedOn, retentionAtConsumer, personalData } = agreement
  return {
    id,
    version: digestOf(canonicalJson(agreement)),
    consumer,
    service: service.id,
    purposes,
    operations,
    ceiling,
    suspended: agreement.suspended ?? false,
    from: window.from,
    until: window.until,
    hours,
    limits: {
      perMinute: limits.perMinute ?? null,
      concurrent: limits.concurrent ?? null,
      bytesPerDay: limits.bytesPerDay ?? null,
    },
    signature: agreement.signature ?? 'none',
    token: agreement.token ?? 'none',
    dormant: agreement.dormant ?? false,
    activation,
    legalBasis,
    securityConfirmedOn,
    securityConfirmedUntil: context.confirmedUntil(securityConfirmedOn),
    recertifiedOn: agreement.recertifiedOn ?? null,
    contacts,
    retentionAtConsumer,
    personalData: personalData === undefined ? null : { ...NOTHING_WRITTEN, ...personalData },
  }
}

/** A day of the calendar that does not lie behind the agreement's end. How old it may be is the policy's matter: it has a clock. */
function isConfirmation(agreement: AgreementDocument, pointer: string, report: Report): boolean {
  const day = agreement.securityConfirmedOn
  const at = `${pointer}/securityConfirmedOn`
  if (!isDate(day)) report(at, `${quote(day)} is not a day of the calendar`)
  else if (day > agreement.valid.until.slice(0, 10))
    report(at, 'lies after the end of the agreement: a confirmation is given before')
  else return true
  return false
}

const NOTHING_WRITTEN: PersonalData = {
  subjects: null,
  securityMeasures: null,
  onwardTransfer: null,
  rightsContact: null,
  breachNotice: null,
}

/** Like a security confirmation, a day of the calendar that does not lie behind the agreement's end. */
function isRecertification(agreement: AgreementDocument, pointer: string, report: Report): boolean {
  const { recertifiedOn: day } = agreement
  if (day === undefined) return true
  const at = `${pointer}/recertifiedOn`
  if (!isDate(day)) report(at, `${quote(day)} is not a day of the calendar`)
  else if (day > agreement.valid.until.slice(0, 10)) report(at, 'lies after the end of the agreement')
  else return true
  return false
}

/** Every granted operation in the service's order; where none is named, all of them with all fields. */
function parseGrants(
  agreement: AgreementDocument,
  service: Service,
  pointer: string,
  report: Report,
): readonly OperationGrant[] | undefined {
  const { operations: grants } = agreement
  if (!grants) return service.operations.map(({ name }) => ({ name, request: null, response: null }))
  const offered = new Set<string>(service.operations.map(({ name }) => name))
  const unknown = Object.keys(grants).filter(name => !offered.has(name))
  const some = [...offered].slice(0, 10).join(', ')
  for (const name of unknown)
    report(
      below(pointer, name),
      `${service.id} has no operation ${quote(name)}; it has ${some}${offered.size > 10 ? ', …' : ''}`,
    )
  if (unknown.length > 0) return undefined
  return service.operations
    .filter(({ name }) => Object.hasOwn(grants, name))
    .map(({ name }) => ({ name, request: grants[name]?.request ?? null, response: grants[name]?.response ?? null }))
}
