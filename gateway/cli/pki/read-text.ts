import { readFileSync, statSync } from 'node:fs'
import { Misuse } from '../misuse.ts'

/** 1 MiB: far above any certificate, request or key. */
const MAX_BYTES = 1_048_576

/** The text of a file that somebody named. Throws Misuse where it cannot be read or is too large. */
export function readText(path: string, what: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Misuse(`${what}: ${path} is larger than 1 MiB`)
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Misuse) throw thrown
    throw new Misuse(`${what} cannot be read: ${(thrown as Error).message}`)
  }
}
