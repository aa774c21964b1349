import type { Binding } from '../domain/binding.ts'
import type { Digest } from '../domain/digest.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'

/** Microseconds. Nobody asks for a second factor more often than every fifteen minutes, or less often than once a working day. */
export const SESSION_IDLE = 15 * 60 * 1_000_000
export const SESSION_LASTS = 8 * 60 * 60 * 1_000_000
/** Of one officer at the same time: the newest stay. */
export const MOST_SESSIONS = 8

/** What an officer has by signing in with an authenticator. Its token is known to the browser alone. */
export interface Session {
  /** SHA-256 of the token. */
  readonly digest: Digest
  readonly officer: OfficerId
  /** Of the certificate over which it was opened; over another it is good for nothing. */
  readonly key: Binding
  /** Id of the credential that signed the sign-in: once it is no longer the officer's, the session is over. */
  readonly authenticator: string
  readonly openedAt: Instant
  readonly seenAt: Instant
}

/** Whether a session has ended by itself: idle too long, or open too long. */
export const isOver = ({ openedAt, seenAt }: Session, now: Instant): boolean =>
  now >= seenAt + SESSION_IDLE || now >= openedAt + SESSION_LASTS

/**
 * What the office needs to keep of sessions; `edge/postgres` provides it, so that every office process knows them. Each is one
 * statement or transaction, durable once resolved.
 */
export interface SessionStore {
  /** Keeps it. Those that are over, and this officer's oldest ones above MOST_SESSIONS, go. */
  open(session: Session): Promise<void>
  find(digest: Digest): Promise<Session | null>
  /** Used at this time; never earlier than it was. */
  touch(digest: Digest, at: Instant): Promise<void>
  /** There is none of it from now on; ending one that is not there is no error. */
  end(digest: Digest): Promise<void>
}

/** What a browser was asked to sign, and for what. */
export type ChallengePurpose = 'register' | 'sign-in'

export interface OpenChallenge {
  /** 32 random bytes, base64url. */
  readonly challenge: string
  readonly until: Instant
}

/** Challenges given out, one per officer and purpose. */
export interface ChallengeStore {
  /** Replaces an earlier one. */
  put(officer: OfficerId, purpose: ChallengePurpose, open: OpenChallenge): Promise<void>
  /** Gives it to one caller, once; null: there is none. Whether it is over is for the caller to see. */
  take(officer: OfficerId, purpose: ChallengePurpose): Promise<OpenChallenge | null>
}
