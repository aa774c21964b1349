import { err, ok, type Result } from '../domain/result.ts'
import type { RevocationDocument } from './document.ts'
import type { RevocationSources } from './objects.ts'
import { type Report, take } from './report.ts'

/** 24 hours: longer, and a revocation could be kept from the gateway for days by holding back lists. */
const MAX_GRACE_MILLIS = 86_400_000
const UNIT_MILLIS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000 }

/** Where an issuer's certificates are looked up; undefined after reporting what is wrong with it. */
export function parseRevocation(
  { crl = [], ocsp, grace = 'PT0S' }: RevocationDocument,
  pointer: string,
  report: Report,
): RevocationSources | undefined {
  const graceMillis = take(parseGrace(grace), `${pointer}/grace`, report)
  const points = crl.map((url, index) => take(parseUrl(url), `${pointer}/crl/${index}`, report))
  const responder = ocsp ? take(parseUrl(ocsp.url), `${pointer}/ocsp/url`, report) : null
  if (graceMillis === undefined || responder === undefined || points.includes(undefined)) return undefined
  return { crl, ocsp: responder, graceMillis }
}

/** Reads `PT12H`, `PT30M` or `PT5S` as milliseconds. */
function parseGrace(text: string): Result<number> {
  const [, amount, unit = ''] = /^PT([0-9]{1,5})([HMS])$/.exec(text) ?? []
  const millis = Number(amount) * (UNIT_MILLIS[unit] ?? Number.NaN)
  return millis <= MAX_GRACE_MILLIS ? ok(millis) : err('a grace is at most 24 hours, like PT12H')
}

/** What the JSON Schema cannot see: a port beyond 65535, a host that is none. */
const parseUrl = (text: string): Result<string> =>
  URL.canParse(text) ? ok(text) : err('is not an address like http://crl.example/issuing.crl')
