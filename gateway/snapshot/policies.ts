import type { ConfigurationDocument } from '../configuration/document.ts'
import { locateInRevision } from '../configuration/locate.ts'
import { parseConfiguration } from '../configuration/parse-configuration.ts'
import type { Digest } from '../domain/digest.ts'
import { must } from '../domain/result.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import { compileSnapshot, type Snapshot } from './snapshot.ts'

/** Compiled ones that are kept: along a lane the revisions of its records only rise. */
const KEPT = 4

/** A revision that somebody has verified. */
export interface KnownRevision {
  readonly number: RevisionNumber
  readonly digest: Digest
  readonly document: ConfigurationDocument
}

/** Verified revisions, each compiled when it is asked for. They share what they have in common: memory grows with their edits. */
export class Policies<Newest extends KnownRevision = KnownRevision> {
  readonly newest: Newest
  readonly #known: readonly KnownRevision[]
  readonly #compiled = new Map<number, Snapshot>()

  /** All of them from the genesis on, in order; the last one as its reader has it. */
  constructor(known: readonly KnownRevision[], newest: Newest) {
    this.#known = known
    this.newest = newest
  }

  /** What a revision decides by; null: there is none of this number. */
  policyOf(number: number): Snapshot | null {
    const present = this.#compiled.get(number)
    if (present) return present
    const known = this.#known[number]
    if (!known) return null
    const configuration = must(parseConfiguration(known.document, locateInRevision(known.number)))
    const [oldest] = this.#compiled.keys()
    if (oldest !== undefined && this.#compiled.size >= KEPT) this.#compiled.delete(oldest)
    const snapshot = compileSnapshot(configuration, known.number, known.digest)
    this.#compiled.set(number, snapshot)
    return snapshot
  }
}
