import { X509Certificate } from 'node:crypto'
import { instantOfMillis, type Instant } from '../../../../gateway/domain/instant.ts'
import { CrlIndex } from '../../../../gateway/edge/revocation/crl-index.ts'
import { readCrls } from '../../../../gateway/edge/revocation/read-crls.ts'
import { makeCrl, type Revoked } from '../../../../gateway/pki/make-crl.ts'
import type { Authority } from '../../../../gateway/pki/sign-certificate.ts'
import { days, NOW } from '../../pki/world.ts'

export const at = (count: number): Instant => instantOfMillis(days(count).getTime())

export const revoked = (...serials: readonly string[]): Revoked[] =>
  serials.map(serial => ({ serial, at: NOW, reason: 'keyCompromise' as const }))

interface ListWish {
  readonly number?: number | bigint
  /** Days from NOW. */
  readonly from?: number
  readonly until?: number
}

export const list = (authority: Authority, serials: readonly string[], wish: ListWish = {}): string =>
  makeCrl(authority, revoked(...serials), wish.number ?? 1, days(wish.from ?? 0), days(wish.until ?? 7))

export const spki = ({ certificate }: Authority): Uint8Array =>
  new Uint8Array(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }))

/** An index that reads in place, with a clock that a test sets (days from NOW). */
export function newIndex(day = 1) {
  const clock = { day }
  let taken = 0
  const index = new CrlIndex({
    read: (bytes, authorities) => Promise.resolve(readCrls(bytes, authorities)),
    now: () => at(clock.day),
    onTaken: () => taken++,
  })
  return { index, clock, taken: () => taken }
}
