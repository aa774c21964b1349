import type { ChangeId } from '../domain/change-id.ts'
import type { Digest } from '../domain/digest.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'

/** Requests that make something, kept so that repeating one makes nothing twice. */
export interface CreationStore {
  /**
   * Durable once resolved. Of equal (officer, key) within 24 hours the first one stands: what comes back is that one's digest and
   * the id of the change that it makes, or has made.
   */
  claim(request: Creation, at: Instant): Promise<Pick<Creation, 'digest' | 'change'>>
}

export interface Creation {
  readonly officer: OfficerId
  /** The caller's; bounded. */
  readonly key: string
  /** Of the operation and everything that it was given. */
  readonly digest: Digest
  readonly change: ChangeId
}
