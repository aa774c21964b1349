import type { ConfigurationDocument } from '../configuration/document.ts'
import type { Digest } from '../domain/digest.ts'
import type { Instant } from '../domain/instant.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { StoredRevision } from '../snapshot/revision-text.ts'
import { type RevisionRefusal, type VerifiedRevision, verifyGenesis, verifyNext } from '../snapshot/verify-revision.ts'
import { documentOf } from './document-of-revision.ts'
import type { RevisionSource } from './revision-source.ts'

export interface StoredRevisions {
  /** -1: there is none. */
  newest(): Promise<number>
  /** Revisions [from, to] in order; the store may answer with fewer. */
  read(from: number, to: number): Promise<readonly StoredRevision[]>
}

/** What this machine remembers: the pinned genesis, and the highest revision obeyed here. */
export interface Pinned {
  readonly genesis: Digest
  readonly highest: { readonly number: number; readonly digest: Digest } | null
}

/** Why the stored revisions cannot be built on, and from which one on. */
export interface BrokenChain extends RevisionRefusal {
  readonly number: number
}

/** The stored revisions verified one by one from the pinned genesis on, each with the keys of the one before. */
export class VerifiedRevisions implements RevisionSource {
  readonly #stored: StoredRevisions
  readonly #pinned: Pinned
  readonly #now: () => Instant
  #verified: VerifiedRevision | null = null
  #broken: BrokenChain | null = null

  constructor(stored: StoredRevisions, pinned: Pinned, now: () => Instant) {
    this.#stored = stored
    this.#pinned = pinned
    this.#now = now
  }

  /** What `newest` found wrong when it was last asked. */
  get broken(): BrokenChain | null {
    return this.#broken
  }

  async newest(): Promise<VerifiedRevision | null> {
    const newest = await this.#stored.newest()
    const { highest } = this.#pinned
    this.#broken =
      highest && newest < highest.number
        ? this.#brokenAt(newest, `revision ${highest.number} was obeyed here before: the database has been put back`)
        : newest < (this.#verified?.number ?? 0)
          ? this.#brokenAt(newest, 'revisions have gone from the store')
          : null
    for (let number = (this.#verified?.number ?? -1) + 1; number <= newest && this.#broken === null; number++)
      this.#broken = await this.#take(number)
    return this.#broken === null ? this.#verified : null
  }

  async documentAt(number: RevisionNumber): Promise<ConfigurationDocument | null> {
    return this.#verified && documentOf(number, this.#verified, (from, to) => this.#stored.read(from, to))
  }

  async #take(number: number): Promise<BrokenChain | null> {
    const [stored] = await this.#stored.read(number, number)
    if (!stored) return this.#brokenAt(number, 'missing in the store')
    const verified = this.#verified
      ? verifyNext(stored, this.#verified, this.#now())
      : verifyGenesis(stored, this.#pinned.genesis)
    if (!verified.ok) return { number, ...verified.error }
    const { highest } = this.#pinned
    if (highest?.number === number && highest.digest !== verified.value.digest)
      return this.#brokenAt(number, `another revision ${number} (${highest.digest}) was obeyed here before`)
    this.#verified = verified.value
    return null
  }

  #brokenAt(number: number, detail: string): BrokenChain {
    return { number, reason: 'chain-broken', detail }
  }
}
