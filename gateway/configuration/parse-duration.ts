import { err, ok, type Result } from '../domain/result.ts'

const UNIT_MILLIS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000 }

/** Reads `PT12H`, `PT30M` or `PT5S` (ISO 8601) as milliseconds, from `least` to `most` of them. */
export function parseDuration(text: string, least: number, most: number): Result<number> {
  const [, amount, unit = ''] = /^PT([0-9]{1,5})([HMS])$/.exec(text) ?? []
  const millis = Number(amount) * (UNIT_MILLIS[unit] ?? Number.NaN)
  return millis >= least && millis <= most
    ? ok(millis)
    : err(`is a duration from ${show(least)} to ${show(most)}, like PT10M`)
}

const show = (millis: number): string =>
  millis % 3_600_000 === 0 ? `PT${millis / 3_600_000}H` : `PT${millis / 1_000}S`
