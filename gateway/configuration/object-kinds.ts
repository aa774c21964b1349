import type { ConfigurationDocument } from './document.ts'

export type ListName = Exclude<keyof ConfigurationDocument, 'genesis'>

/** The kinds of objects that a change may edit: the list that holds them, and the member that identifies one. */
export const OBJECT_KINDS = {
  unit: { list: 'units', id: 'code' },
  system: { list: 'systems', id: 'id' },
  issuer: { list: 'issuers', id: 'name' },
  purpose: { list: 'purposes', id: 'code' },
  officer: { list: 'officers', id: 'id' },
  service: { list: 'services', id: 'id' },
  agreement: { list: 'agreements', id: 'id' },
  guardrail: { list: 'guardrails', id: 'id' },
  witness: { list: 'witnesses', id: 'name' },
  'time-authority': { list: 'timeAuthorities', id: 'name' },
  setting: { list: 'settings', id: 'id' },
  'alert-rule': { list: 'alertRules', id: 'id' },
} as const satisfies Record<string, { readonly list: ListName; readonly id: string }>

export type ObjectKind = keyof typeof OBJECT_KINDS

export const isObjectKind = (text: unknown): text is ObjectKind =>
  typeof text === 'string' && Object.hasOwn(OBJECT_KINDS, text)

/** What identifies an object of this kind; undefined where the value names nothing. Attacker-controlled. */
export function idOf(kind: ObjectKind, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const id = (value as Readonly<Record<string, unknown>>)[OBJECT_KINDS[kind].id]
  return typeof id === 'string' ? id : undefined
}
