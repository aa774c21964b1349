import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'
import { NAME } from './system-id.ts'

/** One natural person of the office side: `security-1`. */
export type OfficerId = Brand<string, 'OfficerId'>

export function parseOfficerId(text: string): Result<OfficerId> {
  return NAME.test(text)
    ? ok(text as OfficerId)
    : err('an officer is lower-case letters, digits and hyphens, like security-1')
}

export const officerSanOf = (id: OfficerId): string => `urn:lienthong:officer:${id}`

/** What an officer may do on the office side. */
export const ROLES = ['security-officer', 'unit-administrator', 'auditor', 'operator', 'observer'] as const
export type Role = (typeof ROLES)[number]
