import type { ExchangeId } from '../domain/exchange-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { ServiceId } from '../domain/service-id.ts'
import type { Result } from '../domain/result.ts'
import type { Use } from './find-unused.ts'

/** How often one consumer met one end of an exchange. */
export interface ServiceUse {
  readonly consumer: string | null
  readonly agreement: string | null
  readonly operation: string | null
  /** `response`, `refusal`, `fault`, `undelivered`, `unresolved`. */
  readonly kind: string
  /** Problem code; null: it went well. */
  readonly code: string | null
  readonly count: number
}

/** What ends an exchange whose provider answered, and whose answer did not cross. */
export const WITHHELD_CODES = ['response-invalid', 'response-unrecorded'] as const
const WITHHELD: ReadonlySet<string> = new Set(WITHHELD_CODES)
export const isWithheld = ({ code }: Pick<ServiceUse, 'code'>): boolean => code !== null && WITHHELD.has(code)

/** One answer that was withheld. */
export interface WithheldAnswer {
  readonly exchange: ExchangeId | null
  readonly at: Instant
  readonly consumer: string | null
  readonly agreement: string | null
  readonly operation: string | null
  readonly code: string
}

/** The newest first. */
export interface WithheldPage {
  readonly answers: readonly WithheldAnswer[]
  /** Where the next page starts; null: this is the last. */
  readonly cursor: string | null
}

/** What was permitted since some time, as far as the search index has come. */
export interface UseOfAgreements {
  readonly uses: readonly Use[]
  /** The oldest record that is searched; null: there is none. What was used before it cannot be known. */
  readonly oldest: Instant | null
  /** Records that the search index lacks yet. */
  readonly behind: number
}

/** What the office asks of the search index; `edge/postgres` provides it. Rejects where it takes too long. */
export interface UsageReader {
  /** Half-open. */
  usage(service: ServiceId, from: Instant, to: Instant): Promise<readonly ServiceUse[]>
  /** An error: the cursor is none of ours (it is attacker-controlled). */
  withheld(
    service: ServiceId,
    from: Instant,
    to: Instant,
    limit: number,
    cursor: string | null,
  ): Promise<Result<WithheldPage>>
  useOfAgreements(since: Instant): Promise<UseOfAgreements>
}
