import { isOver, type Session } from '../control/session.ts'
import type { Digest } from '../domain/digest.ts'
import type { Instant } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { Occurrence } from '../problems/problem.ts'
import type { Caller, OfficePorts } from './ports.ts'
import type { OperationId } from './rights.ts'
import { readSessionCookie } from './session-cookie.ts'

/** What a browser calls before it has a session. None of these changes anything but the session itself. */
const BEFORE: readonly OperationId[] = ['beginSession', 'openSession', 'beginAuthenticator', 'verifyAuthenticator']
/** What changes nothing (RFC 9110 section 9.2.1). */
const SAFE: readonly string[] = ['GET', 'HEAD']

export interface Asked {
  readonly method: string
  /** Null: none of the document's. */
  readonly operation: OperationId | null
  /** Of a header; one that came twice has both values, and fits nothing. */
  readonly header: (name: string) => string | undefined
}

/**
 * Whether a call comes from where it may, with the session that it needs; the session, if it has one.
 *
 * A browser adds a certificate to whatever another site makes it send, so a call of a browser has to come from our own origin, and
 * one that changes something needs a session. A call of a program needs none, unless its officer has a second factor. It is told
 * by `Origin` and `Sec-Fetch-Site`, which a page can neither set nor take away (Fetch section 2.2.2): programs leave both out.
 */
export async function checkSession(
  asked: Asked,
  caller: Caller,
  now: Instant,
  ports: Pick<OfficePorts, 'sessions' | 'changes'>,
): Promise<Result<Session | null, Occurrence>> {
  const cookie = readSessionCookie(asked.header('cookie'))
  if (!cookie.ok) return err({ code: 'header-invalid', detail: cookie.error })
  const fromBrowser =
    asked.header('origin') !== undefined || asked.header('sec-fetch-site') !== undefined || cookie.value !== null
  const stranger = fromBrowser ? strangerIn(asked, caller) : null
  if (stranger !== null) return err({ code: 'origin-refused', detail: stranger })
  const found = cookie.value === null ? null : await readSession(cookie.value, caller, now, ports)
  if (found === 'elsewhere')
    return err({ code: 'session-required', detail: 'The session belongs to another certificate: it has ended.' })
  if (asked.operation !== null && BEFORE.includes(asked.operation)) return ok(found)
  const needed = caller.officer.secondFactor || (fromBrowser && !SAFE.includes(asked.method))
  if (found === null && cookie.value !== null)
    return err({ code: 'session-required', detail: 'The session is over: sign in again.' })
  return found === null && needed ? err({ code: 'session-required' }) : ok(found)
}

/** What tells that a browser was sent here by another site; null: nothing does. */
function strangerIn({ method, header }: Asked, { newest }: Caller): string | null {
  const own = newest.document.genesis.office?.origin
  if (own === undefined) return 'The genesis names no office origin (genesis.yaml, office): no browser works here.'
  const origin = header('origin')
  if (origin !== undefined && origin !== own) return `Origin: only ${own} may call.`
  // With anything but GET and HEAD every browser sends it (Fetch section 3.1).
  if (origin === undefined && !SAFE.includes(method)) return `Origin: has to be ${own}.`
  const site = header('sec-fetch-site') ?? 'none'
  return site === 'same-origin' || site === 'none' ? null : 'Sec-Fetch-Site: another site made the browser call.'
}

/** Null: there is none, or none any more. One that comes over another certificate was stolen: it ends, and both officers are named. */
async function readSession(
  digest: Digest,
  { officer }: Caller,
  now: Instant,
  { sessions, changes }: Pick<OfficePorts, 'sessions' | 'changes'>,
): Promise<Session | 'elsewhere' | null> {
  const session = await sessions.find(digest)
  if (session === null) return null
  const isTheirs = officer.authenticators.some(({ id }) => id === session.authenticator)
  if (isOver(session, now) || (session.officer === officer.id && !isTheirs)) {
    await sessions.end(digest)
    return null
  }
  if (session.officer !== officer.id || session.key !== officer.key) {
    await sessions.end(digest)
    await changes.note({
      event: 'useSession',
      officer: session.officer,
      via: 'office',
      change: null,
      outcome: 'refused',
      reason: 'another-certificate',
      was: null,
      is: null,
      actedAt: now,
    })
    return 'elsewhere'
  }
  await sessions.touch(digest, now)
  return { ...session, seenAt: now }
}
