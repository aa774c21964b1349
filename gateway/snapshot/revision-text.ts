import { canonicalJson } from '../configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../configuration/document.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'

/** A revision as it is stored: numbered, immutable, chained by digest to the one before. */
export interface StoredRevision {
  readonly number: RevisionNumber
  /** SHA-256 of `content`. */
  readonly digest: Digest
  readonly previous: Digest | null
  readonly content: string
}

/** The exact text of a revision. The genesis has no predecessor and no approvals: its digest is pinned instead. */
export function makeRevision(
  number: RevisionNumber,
  previous: Digest | null,
  document: ConfigurationDocument,
  approvals: readonly string[],
): StoredRevision {
  const content = canonicalJson({ v: 1, number, previous, document, approvals })
  return { number, previous, content, digest: digestOf(content) }
}

/** What officers sign: SHA-256 over the revision's text without the approvals. */
export const approvalDigest = (
  number: RevisionNumber,
  previous: Digest | null,
  document: ConfigurationDocument,
): Digest => digestOf(canonicalJson({ v: 1, number, previous, document }))
