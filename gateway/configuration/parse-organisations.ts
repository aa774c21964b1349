/** The objects that name who there is: units, purposes, officers. Each is undefined after reporting what is wrong with it. */
import { parseBinding } from '../domain/binding.ts'
import { parseOfficerId } from '../domain/officer-id.ts'
import { parsePurpose } from '../domain/purpose.ts'
import { parseUnitCode } from '../domain/unit-code.ts'
import type { OfficerDocument, PurposeDocument, UnitDocument } from './document.ts'
import type { Officer, PurposeEntry, Unit } from './objects.ts'
import { type Report, take } from './report.ts'

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
  if (!id || !key) return undefined
  return { id, name: officer.name, roles: officer.roles, key, disabled: officer.disabled ?? false }
}
