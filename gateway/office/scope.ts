import type { Officer } from '../configuration/objects.ts'
import type { ConfigurationDocument } from '../configuration/document.ts'
import { OBJECT_KINDS, type ObjectKind } from '../configuration/object-kinds.ts'
import type { StoredChange } from '../control/stored-change.ts'

type Fields = Readonly<Record<string, unknown>>

/** Whether an officer sees all of the configuration; else only what is of the own units. */
export const seesAll = ({ roles }: Officer): boolean => roles.some(role => role !== 'unit-administrator')

/** Whether an officer may read all of the log; else at most what is of the own units. */
export const readsWholeLog = ({ roles }: Officer): boolean =>
  roles.includes('security-officer') || roles.includes('auditor')

/** Whether this object is of a unit that the officer administrates, or of all. An agreement is of both its sides. */
export function seesObject(officer: Officer, kind: ObjectKind, value: unknown): boolean {
  return seesAll(officer) || isOfOwnUnits(officer, kind, value)
}

/** Whether it is of a unit that the officer administrates, or of all, whatever other roles the officer has. */
export function isOfOwnUnits(officer: Officer, kind: ObjectKind, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Fields
  const covers = (name: unknown): boolean => {
    const unit = String(name).split('/')[0] ?? ''
    return officer.units.some(own => unit === own || unit.startsWith(`${own}.`))
  }
  switch (kind) {
    case 'unit':
    case 'purpose':
    case 'issuer':
    case 'guardrail':
    case 'witness':
    case 'time-authority':
    case 'setting':
    case 'alert-rule':
      return true
    case 'system':
      return covers(fields.id)
    case 'service':
      return covers(fields.id) || covers(fields.provider)
    case 'agreement':
      return covers(fields.consumer) || covers(fields.service)
    case 'officer':
      return fields.id === officer.id
  }
}

/** Whether an officer sees a change: an own one, or one of which every object, as it was and as it shall be, may be seen. */
export function seesChange(
  officer: Officer,
  { authors, text }: StoredChange,
  document: ConfigurationDocument,
): boolean {
  if (seesAll(officer) || authors.includes(officer.id)) return true
  return text.edits.every(({ kind, id, value }) =>
    [presentOf(document, kind, id), value]
      .filter(object => object !== null)
      .every(object => seesObject(officer, kind, object)),
  )
}

/** The object of the newest revision; null: none. */
export function presentOf(document: ConfigurationDocument, kind: ObjectKind, id: string): object | null {
  const { list, id: member } = OBJECT_KINDS[kind]
  const objects: readonly object[] = document[list] ?? []
  return objects.find(object => (object as Fields)[member] === id) ?? null
}
