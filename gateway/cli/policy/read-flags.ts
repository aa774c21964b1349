import { InvalidArgumentError } from 'commander'
import type { Result } from '../../domain/result.ts'

/** A parser of ours as commander wants it. */
export function reading<T>(parse: (text: string) => Result<T>): (text: string) => T {
  return text => {
    const read = parse(text)
    if (read.ok) return read.value
    throw new InvalidArgumentError(read.error)
  }
}

const MOST_DAYS = 36_500

export function readDays(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) throw new InvalidArgumentError('a whole number of days')
  return days
}

export function readRevisionNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('the number of a revision')
  return Number(text)
}
