import { describe, expect, it } from '@jest/globals'
import { isOver, type Session, SESSION_IDLE, SESSION_LASTS } from '../../../gateway/control/session.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import type { Instant } from '../../../gateway/domain/instant.ts'
import { newToken, noSessionCookie, readSessionCookie, sessionCookie } from '../../../gateway/office/session-cookie.ts'

describe('the cookie of a session', () => {
  const { token, digest } = newToken()
  const pair = sessionCookie(token).split(';')[0] ?? ''

  it('holds 256 bits that are not kept, for this host and https only, out of reach of scripts and other sites', () => {
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(digest).toBe(digestOf(token))
    expect(newToken().token).not.toBe(token)
    for (const cookie of [sessionCookie(token), noSessionCookie])
      expect(cookie).toMatch(/^__Host-[^;]+; Path=\/; Secure; HttpOnly; SameSite=Strict/)
    expect(noSessionCookie).toMatch(/; Max-Age=0$/)
  })

  it.each<[string, string | undefined]>([
    ['no header', undefined],
    ['an empty one', ''],
    ['others', 'a=b; lienthong-session=x; Host-lienthong-session=y'],
    ['one whose name only begins like it', `x${pair}`],
  ])('is not there in %s', (_, header) => {
    expect(readSessionCookie(header)).toEqual({ ok: true, value: null })
  })

  it.each([pair, `a=b; ${pair}`, `${pair};c=d`, ` ${pair} `])('is read from %j', header => {
    expect(readSessionCookie(header)).toEqual({ ok: true, value: digest })
  })

  it.each([`${pair}; ${pair}`, `${pair}x`, pair.slice(0, -1), '__Host-lienthong-session=', `${pair}=`])(
    'is refused as %j',
    header => {
      expect(readSessionCookie(header).ok).toBe(false)
    },
  )
})

describe('a session', () => {
  const at = (micros: number): Instant => micros as Instant
  const session = { openedAt: at(0), seenAt: at(0) } as Session

  it.each<[string, number, number, boolean]>([
    ['that was just seen', 0, 0, false],
    ['before it is idle', 0, SESSION_IDLE - 1, false],
    ['that is idle', 0, SESSION_IDLE, true],
    ['before its end, in use', SESSION_LASTS - 2, SESSION_LASTS - 1, false],
    ['at its end, in use', SESSION_LASTS - 1, SESSION_LASTS, true],
  ])('%s', (_, seenAt, now, over) => {
    expect(isOver({ ...session, seenAt: at(seenAt) }, at(now))).toBe(over)
  })
})
