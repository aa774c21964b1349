import { randomBytes } from 'node:crypto'
import { type Session, SESSION_IDLE, SESSION_LASTS } from '../control/session.ts'
import { must } from '../domain/result.ts'
import { parseDigest } from '../domain/digest.ts'
import { formatInstant, type Instant } from '../domain/instant.ts'
import { type Assertion, checkAssertion } from '../identity/check-assertion.ts'
import { assertionOptions, CHALLENGE_MICROS, NO_ORIGIN, originOf } from './assertion-options.ts'
import { answer, type Handler, refuse } from './outcome.ts'
import { newToken, noSessionCookie, sessionCookie } from './session-cookie.ts'

const CHALLENGE_BYTES = 32

/** What to hand to navigator.credentials.get(), to sign in. */
export const beginSession: Handler = async call => {
  const origin = originOf(call)
  if (!origin) return refuse('not-found', NO_ORIGIN)
  if (call.officer.authenticators.length === 0) return refuse('sign-in-refused', 'No authenticator is registered.')
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url')
  const until = (call.now + CHALLENGE_MICROS) as Instant
  await call.ports.challenges.put(call.officer.id, 'sign-in', { challenge, until })
  return answer(assertionOptions(call, origin, challenge))
}

/** A session for what an authenticator of the officer signed; one that the browser had before ends. */
export const openSession: Handler = async call => {
  const origin = originOf(call)
  if (!origin) return refuse('not-found', NO_ORIGIN)
  const { officer, ports, now } = call
  const open = await ports.challenges.take(officer.id, 'sign-in')
  if (!open || open.until <= now) return refuse('sign-in-refused', 'Begin again: the options are over.')
  const challenge = must(parseDigest(Buffer.from(open.challenge, 'base64url').toString('hex')))
  const assertion: Assertion = { ...(call.body as unknown as Omit<Assertion, 'officer'>), officer: officer.id }
  const signer = checkAssertion(assertion, challenge, origin.origin, [officer])
  if (!signer.ok) return refuse('sign-in-refused', signer.error)
  const { token, digest } = newToken()
  const session: Session = {
    digest,
    officer: officer.id,
    key: officer.key,
    authenticator: assertion.id,
    openedAt: now,
    seenAt: now,
  }
  await ports.sessions.open(session)
  if (call.session !== null) await ports.sessions.end(call.session.digest)
  return { ...answer(showSession(session), { 'set-cookie': sessionCookie(token) }), status: 201 }
}

export const endSession: Handler = async ({ session, ports }) => {
  if (session === null) return refuse('not-found', 'There is no session.')
  await ports.sessions.end(session.digest)
  return answer(showSession(session), { 'set-cookie': noSessionCookie })
}

/** When it ends: by itself, and if it is not used from now on. */
export const showSession = ({ openedAt, seenAt }: Session): Record<string, string> => ({
  openedAt: formatInstant(openedAt),
  idleAt: formatInstant(Math.min(seenAt + SESSION_IDLE, openedAt + SESSION_LASTS) as Instant),
  endsAt: formatInstant((openedAt + SESSION_LASTS) as Instant),
})
