import { InvalidArgumentError } from 'commander'

const SECONDS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const
const DURATION = /^P(?:(?<d>\d{1,4})D)?(?:T(?:(?<h>\d{1,5})H)?(?:(?<m>\d{1,6})M)?(?:(?<s>\d{1,7})S)?)?$/

/** Microseconds of an ISO 8601 duration of days, hours, minutes and seconds: `P1D`, `PT1H30M`. */
export function readDuration(text: string): number {
  const parts = /\d/.test(text) ? DURATION.exec(text)?.groups : undefined
  if (!parts) throw new InvalidArgumentError('a duration is written PT10M, PT24H or P7D.')
  const seconds = Object.entries(SECONDS).reduce((sum, [unit, each]) => sum + Number(parts[unit] ?? 0) * each, 0)
  return seconds * 1_000_000
}
