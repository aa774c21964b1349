import { canonicalJson } from '../configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../configuration/document.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import { GENESIS, type RevisionNumber } from '../domain/revision-number.ts'
import type { SignedChange } from './change.ts'

/** A revision as it is stored: numbered, immutable, chained by digest to the one before. */
export interface StoredRevision {
  readonly number: RevisionNumber
  /** SHA-256 of `content`. */
  readonly digest: Digest
  readonly previous: Digest | null
  readonly content: string
  /** Of a genesis alone: the officers' signatures over its digest (sign-genesis.ts). They stand beside the text that they sign. */
  readonly signatures?: readonly string[] | null
}

/** The exact text of the genesis: it has no predecessor and no signatures, its digest is pinned instead. */
export function makeGenesis(document: ConfigurationDocument): StoredRevision {
  const content = canonicalJson({ v: 1, number: GENESIS, previous: null, document })
  return { number: GENESIS, previous: null, content, digest: digestOf(content) }
}

/** The exact text of a later revision: the change that makes it of the one before, and who signed that. */
export function makeRevision(number: RevisionNumber, previous: Digest, change: SignedChange): StoredRevision {
  const content = canonicalJson({ v: 1, number, previous, change })
  return { number, previous, content, digest: digestOf(content) }
}
