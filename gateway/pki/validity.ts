import { X509Certificate } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'

const DAY_MILLIS = 86_400_000
/** For the clocks of other machines, which may be behind. */
const BACKDATED_MILLIS = 300_000

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
  /** The issuer ends before the days are over. */
  readonly cut: boolean
}

/** From now (a little before) for so many days, inside the validity of the issuer (PEM; null: a root). */
export function validityFrom(now: Date, days: number, issuer: string | null): Result<Validity> {
  const from = now.getTime() - BACKDATED_MILLIS
  const until = from + days * DAY_MILLIS
  if (issuer === null) return ok({ notBefore: new Date(from), notAfter: new Date(until), cut: false })
  const { validFrom, validTo } = new X509Certificate(issuer)
  const ends = Date.parse(validTo)
  if (ends <= now.getTime()) return err('the certificate of the authority has expired: renew it first')
  return ok({
    notBefore: new Date(Math.max(from, Date.parse(validFrom))),
    notAfter: new Date(Math.min(until, ends)),
    cut: ends < until,
  })
}
