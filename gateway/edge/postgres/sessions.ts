import {
  type ChallengeStore,
  MOST_SESSIONS,
  type OpenChallenge,
  type Session,
  SESSION_IDLE,
  SESSION_LASTS,
  type SessionStore,
} from '../../control/session.ts'
import type { Database } from './database.ts'
import { durably } from './durably.ts'

/** Officers' sessions in PostgreSQL. */
export const sessionStore = (database: Database): SessionStore => ({
  open: ({ digest, officer, key, authenticator, openedAt, seenAt }) =>
    durably(database, async client => {
      await client.query('DELETE FROM office_session WHERE seen_at <= $1 OR opened_at <= $2', [
        openedAt - SESSION_IDLE,
        openedAt - SESSION_LASTS,
      ])
      await client.query(
        'INSERT INTO office_session (digest, officer, key, authenticator, opened_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6)',
        [digest, officer, key, authenticator, openedAt, seenAt],
      )
      await client.query(
        `DELETE FROM office_session WHERE digest IN (
           SELECT digest FROM office_session WHERE officer = $1 ORDER BY opened_at DESC, digest OFFSET $2)`,
        [officer, MOST_SESSIONS],
      )
    }),

  async find(digest) {
    const { rows } = await database.pool.query<Session>(
      `SELECT digest, officer, key, authenticator, opened_at AS "openedAt", seen_at AS "seenAt" FROM office_session WHERE digest = $1`,
      [digest],
    )
    return rows[0] ?? null
  },

  async touch(digest, at) {
    await database.pool.query('UPDATE office_session SET seen_at = greatest(seen_at, $2) WHERE digest = $1', [
      digest,
      at,
    ])
  },

  end: digest =>
    durably(database, async client => {
      await client.query('DELETE FROM office_session WHERE digest = $1', [digest])
    }),
})

/** Challenges in PostgreSQL: whoever begins at one office process may end at another. */
export const challengeStore = (database: Database): ChallengeStore => ({
  async put(officer, purpose, { challenge, until }) {
    await database.pool.query(
      `INSERT INTO office_challenge (officer, purpose, challenge, until) VALUES ($1, $2, $3, $4)
       ON CONFLICT (officer, purpose) DO UPDATE SET challenge = excluded.challenge, until = excluded.until`,
      [officer, purpose, challenge, until],
    )
  },

  async take(officer, purpose) {
    const { rows } = await database.pool.query<OpenChallenge>(
      'DELETE FROM office_challenge WHERE officer = $1 AND purpose = $2 RETURNING challenge, until',
      [officer, purpose],
    )
    return rows[0] ?? null
  },
})
