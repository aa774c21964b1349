import { createHash } from 'node:crypto'
import { LockHeld, underLock } from '../../edge/lock-file.ts'
import { WitnessDirectory, WitnessUnusable } from '../../edge/witness/witness-directory.ts'
import { Misuse } from '../misuse.ts'

/** A directory that cannot be used is for whoever runs the witness to mend. */
export async function orMisuse<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof WitnessUnusable) throw new Misuse(thrown.message)
    throw thrown
  }
}

/** Runs `work` on a witness that nobody else serves or changes meanwhile. */
export function withWitness<T>(path: string, work: (directory: WitnessDirectory) => Promise<T>): Promise<T> {
  return orMisuse(async () => {
    const { lockPath } = WitnessDirectory.open(path)
    try {
      // Opened again behind the lock: whoever held it may have changed what is there.
      return await underLock(lockPath, 2_000, () => work(WitnessDirectory.open(path)))
    } catch (thrown) {
      if (thrown instanceof LockHeld) throw new Misuse(`${path} is in use: ${thrown.message}; stop that witness first`)
      throw thrown
    }
  })
}

/** SHA-256 of a key as it is written, in groups of four: what two people compare on paper. */
export const fingerprintOf = (verifierKey: string): string =>
  (createHash('sha256').update(verifierKey).digest('hex').match(/.{4}/g) ?? []).join(' ')
