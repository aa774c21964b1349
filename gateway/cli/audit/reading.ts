import { InvalidArgumentError } from 'commander'
import type { Result } from '../../domain/result.ts'

/** An option's argument through a parser of the domain. */
export function reading<T>(parse: (text: string) => Result<T>): (text: string) => T {
  return text => {
    const read = parse(text)
    if (read.ok) return read.value
    throw new InvalidArgumentError(read.error)
  }
}
