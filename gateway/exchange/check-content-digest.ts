import { createHash, hash, timingSafeEqual } from 'node:crypto'

/** RFC 9530 section 5: the algorithms that are not deprecated. */
const ALGORITHMS = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const

/** RFC 9530 section 2: a dictionary of byte sequences. Only what such a member needs of RFC 8941 is read. */
const MEMBER = /^(sha-256|sha-512)=:([A-Za-z0-9+/]{1,88}={0,2}):$/

/**
 * Whether a body has every digest that an attacker-controlled Content-Digest names. `unreadable` where it names none that we know
 * or is malformed: a digest that cannot be checked is not a digest that holds.
 */
export function checkContentDigest(header: string, body: Uint8Array): 'holds' | 'differs' | 'unreadable' {
  if (header.length > 512) return 'unreadable'
  let checked = 0
  for (const member of header.split(',')) {
    const match = MEMBER.exec(member.trim())
    if (!match) return 'unreadable'
    const named = Buffer.from(match[2] ?? '', 'base64')
    const actual = createHash(ALGORITHMS[match[1] as keyof typeof ALGORITHMS])
      .update(body)
      .digest()
    if (named.length !== actual.length || !timingSafeEqual(named, actual)) return 'differs'
    checked++
  }
  return checked > 0 ? 'holds' : 'unreadable'
}

/** The Content-Digest of a body that the gateway sends. */
export const contentDigest = (body: Uint8Array): string => `sha-256=:${hash('sha256', body, 'base64')}:`
