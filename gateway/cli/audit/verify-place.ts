import { statSync } from 'node:fs'
import { Misuse } from '../misuse.ts'
import { verifyCopyAt } from './verify-copy.ts'
import type { PackFlags } from './verify-pack.ts'
import type { WitnessFlags } from './read-witness-words.ts'

/** `lienthong audit verify PLACE`: a directory is a copy of the log, a file an evidence pack. */
export async function verifyPlace(place: string, flags: PackFlags & WitnessFlags): Promise<void> {
  const found = statSync(place, { throwIfNoEntry: false })
  if (!found) throw new Misuse(`${place} is not there`)
  if (found.isDirectory()) return verifyCopyAt(place, flags)
  if (flags.cosigned !== undefined) throw new Misuse('--cosigned goes with a copy of the log: a pack holds its own')
  // Loaded when it is asked for: whoever verifies a database need not wait for it.
  const { verifyPackAt } = await import('./verify-pack.ts')
  return verifyPackAt(place, flags)
}
