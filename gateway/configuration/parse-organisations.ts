/** The objects that name who there is: units, purposes, officers. Each is undefined after reporting what is wrong with it. */
import { parseBinding } from '../domain/binding.ts'
import { parseOfficerId } from '../domain/officer-id.ts'
import { parsePurpose } from '../domain/purpose.ts'
import { parseUnitCode } from '../domain/unit-code.ts'
import { isDate } from './calendar.ts'
import type { OfficerDocument, PurposeDocument, UnitDocument } from './document.ts'
import type { Officer, PurposeEntry, Unit } from './objects.ts'
import { parseAuthenticator } from './parse-authenticator.ts'
import { complete, quote, type Report, take } from './report.ts'

export function parseUnit(unit: UnitDocument, pointer: string, report: Report): Unit | undefined {
  const code = take(parseUnitCode(unit.code), `${pointer}/code`, report)
  return code && { code, name: unit.name, attributes: (unit.attributes ?? []).toSorted() }
}

export function parsePurposeEntry(purpose: PurposeDocument, pointer: string, report: Report): PurposeEntry | undefined {
  const code = take(parsePurpose(purpose.code), `${pointer}/code`, report)
  return code && { code, title: purpose.title }
}

export function parseOfficer(officer: OfficerDocument, pointer: string, report: Report): Officer | undefined {
  const id = take(parseOfficerId(officer.id), `${pointer}/id`, report)
  const key = take(parseBinding(officer.key), `${pointer}/key`, report)
  const units = complete(
    (officer.units ?? []).map((unit, index) => take(parseUnitCode(unit), `${pointer}/units/${index}`, report)),
  )
  const authenticators = complete(
    (officer.authenticators ?? []).map((authenticator, index) =>
      parseAuthenticator(authenticator, `${pointer}/authenticators/${index}`, report),
    ),
  )
  const { recoveredOn = null, disabled = false } = officer
  const secondFactor = officer.secondFactor === 'required'
  const recovered = recoveredOn === null || isDate(recoveredOn)
  if (!recovered) report(`${pointer}/recoveredOn`, `${quote(recoveredOn)} is not a day of the calendar`)
  if (!id || !key || !units || !authenticators || !recovered || !isScoped(officer, pointer, report)) return undefined
  const { name, roles } = officer
  return { id, name, roles, units, key, disabled, recoveredOn, authenticators, secondFactor }
}

/** Separation of duties: who reviews what others did has no part in doing it. */
function isScoped({ roles, units = [] }: OfficerDocument, pointer: string, report: Report): boolean {
  const administrates = roles.includes('unit-administrator')
  const alone = !roles.includes('auditor') || roles.every(role => role === 'auditor' || role === 'observer')
  if (administrates && units.length === 0) report(`${pointer}/units`, 'a unit administrator administrates some unit')
  if (!administrates && units.length > 0) report(`${pointer}/units`, 'only a unit administrator is bound to units')
  if (!alone) report(`${pointer}/roles`, 'an auditor has no other role: nobody reviews what they did themselves')
  return administrates === units.length > 0 && alone
}
