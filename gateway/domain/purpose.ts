import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'
import { NAME } from './system-id.ts'

/** A code of the purpose catalogue: `reference-data`. */
export type Purpose = Brand<string, 'Purpose'>

/** A code, not a place to put a citizen number: a purpose is recorded as it came, also an unknown one. */
const LONG_NUMBER = /\d{9}/

export function parsePurpose(text: string): Result<Purpose> {
  return NAME.test(text) && !LONG_NUMBER.test(text)
    ? ok(text as Purpose)
    : err('a purpose is lower-case letters, digits and hyphens, like reference-data')
}

/** Names one agreement: `training-categories`. */
export type AgreementId = Brand<string, 'AgreementId'>

export function parseAgreementId(text: string): Result<AgreementId> {
  return NAME.test(text) ? ok(text as AgreementId) : err('an agreement id is lower-case letters, digits and hyphens')
}
