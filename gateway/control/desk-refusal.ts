import type { Conflict } from '../configuration/edits.ts'
import type { ConfigurationError } from '../configuration/objects.ts'
import type { Instant } from '../domain/instant.ts'
import type { ChangeState } from './stored-change.ts'

/** Every way the change desk says no. Texts are for officers; they hold nothing of systems' data. */
export type DeskRefusal =
  | { readonly reason: 'not-found' }
  /** The change has another version by now. */
  | { readonly reason: 'stale'; readonly version: number }
  /** This act is none of a change in this state. */
  | { readonly reason: 'wrong-state'; readonly state: ChangeState }
  | { readonly reason: 'not-entitled'; readonly detail: string }
  | { readonly reason: 'officer-disabled' }
  /** Not seen for 45 days: two others may recover the officer. */
  | { readonly reason: 'officer-idle'; readonly seenAt: Instant }
  | { readonly reason: 'bad-signature'; readonly detail: string }
  /** Others changed the same objects since; or the edits fit nothing. */
  | { readonly reason: 'conflict'; readonly conflicts: readonly Conflict[] }
  /** The configuration that it would make does not hold together. */
  | { readonly reason: 'invalid'; readonly errors: readonly ConfigurationError[] }
  /** What was handed in is no change, or says nothing: no edits, no title. */
  | { readonly reason: 'malformed'; readonly detail: string }
  /** To be applied later. */
  | { readonly reason: 'not-due'; readonly applyAt: string }
  /** The stored revisions do not verify: nobody may build on them. */
  | { readonly reason: 'unverified' }
