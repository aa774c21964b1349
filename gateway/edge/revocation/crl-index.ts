import type { Binding } from '../../domain/binding.ts'
import { formatInstant, type Instant } from '../../domain/instant.ts'
import type { SignedCrl } from './read-crls.ts'
import type { ReadCrls } from './read-crls-aside.ts'
import { hasSerial } from './serial-table.ts'
import { SKEW_MICROS } from './skew.ts'

/** What one file or download of revocation lists turned out to hold. */
export interface CrlReport {
  /** Lists in use now, among those read. */
  readonly loaded: number
  readonly problems: readonly string[]
}

interface Held {
  readonly list: SignedCrl
  /** It was fresh when this process took it: only then may a grace follow behind its end. */
  readonly wasFresh: boolean
}

export interface Freshness {
  readonly until: Instant
  /** Whether a grace may follow. */
  readonly wasFresh: boolean
}

export interface CrlIndexOptions {
  readonly read: ReadCrls
  readonly now: () => Instant
  /** Told of each list that came into use, in order. */
  readonly onTaken?: (list: SignedCrl) => void
}

/**
 * Revoked certificates by issuer key and serial, from CRLs (RFC 5280 section 5) whose signature a registered authority's key made.
 * A list in use gives way only to a newer one of the same authority, wherever each came from; it is never forgotten.
 */
export class CrlIndex {
  readonly #options: CrlIndexOptions
  readonly #lists = new Map<Binding, Held>()

  constructor(options: CrlIndexOptions) {
    this.#options = options
  }

  /** Reads a file or download (PEM or DER) and takes each list that is newer than the one in use. `authorities`: DER public keys. */
  async load(bytes: Uint8Array, authorities: readonly Uint8Array[]): Promise<CrlReport> {
    const readings = await this.#options.read(bytes, authorities)
    const problems: string[] = []
    let loaded = 0
    for (const reading of readings) {
      const problem = reading.ok ? this.#offer(reading.value) : reading.error
      if (problem === null) loaded++
      else problems.push(problem)
    }
    return { loaded, problems }
  }

  /** Null: taken, or in use already. */
  #offer(list: SignedCrl): string | null {
    const now = this.#options.now()
    const held = this.#lists.get(list.signer)
    if (held?.list.digest === list.digest) return null
    const refusal = whyNoUse(list, now) ?? (held ? whyNotNewer(list, held.list) : null)
    if (refusal !== null) return `a list of ${list.issuer} ${refusal}`
    this.#lists.set(list.signer, { list, wasFresh: now < list.nextUpdate })
    this.#options.onTaken?.(list)
    return null
  }

  /**
   * What was revoked stays revoked, however old the list. `graceMicros`: for how long a list may serve on behind its nextUpdate.
   */
  statusOf(issuerKey: Binding, serial: string, at: Instant, graceMicros = 0): 'good' | 'revoked' | 'unknown' {
    const held = this.#lists.get(issuerKey)
    if (held === undefined) return 'unknown'
    const listed = hasSerial(held.list.serials, serial)
    if (listed === null) return 'unknown'
    if (listed) return 'revoked'
    return at < held.list.nextUpdate + (held.wasFresh ? graceMicros : 0) ? 'good' : 'unknown'
  }

  has(issuerKey: Binding): boolean {
    return this.#lists.has(issuerKey)
  }

  freshnessOf(issuerKey: Binding): Freshness | null {
    const held = this.#lists.get(issuerKey)
    return held ? { until: held.list.nextUpdate, wasFresh: held.wasFresh } : null
  }
}

function whyNoUse(list: SignedCrl, now: Instant): string | null {
  if (list.thisUpdate > now + SKEW_MICROS) return `that is not valid before ${formatInstant(list.thisUpdate)}`
  return list.nextUpdate <= list.thisUpdate ? 'whose time ends before it begins' : null
}

/**
 * RFC 5280 section 5.2.3: the number rises from each list to the next, so a number that is not above tells a replay. Without numbers
 * the dates have to tell it; a list without a number never follows one with.
 */
function whyNotNewer(list: SignedCrl, held: SignedCrl): string | null {
  if (list.number !== null && held.number !== null)
    return list.number > held.number
      ? null
      : `older than the one in use: number ${list.number} is not above ${held.number}`
  if (held.number !== null) return 'older than the one in use: it has no number, that one has'
  return list.thisUpdate > held.thisUpdate ? null : 'older than the one in use'
}
