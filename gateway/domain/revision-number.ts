import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'

/** Number of a revision of the configuration; the genesis is 0. */
export type RevisionNumber = Brand<number, 'RevisionNumber'>

export const GENESIS = 0 as RevisionNumber

export function revisionNumber(value: number): Result<RevisionNumber> {
  return Number.isSafeInteger(value) && value >= 0 ? ok(value as RevisionNumber) : err('a revision is numbered from 0')
}
