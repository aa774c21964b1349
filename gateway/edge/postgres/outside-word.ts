import type { OutsideWord } from '../../review/pack/ports.ts'
import { cosignaturesFor, firstCosignedSize } from './cosignatures.ts'
import type { Database } from './database.ts'
import { timestampsFor } from './timestamps.ts'

/** Words of this many witnesses are looked for first, then of fewer. */
const MOST_WITNESSES = 5

/** What witnesses and time authorities have said of the control lane, as it is stored. */
export function outsideWord(database: Database): OutsideWord {
  return {
    async cosignedBeyond(index) {
      for (let required = MOST_WITNESSES; required > 0; required--) {
        const size = await firstCosignedSize(database, index + 1, required)
        if (size === null) continue
        const words = await cosignaturesFor(database, size)
        const [first] = words
        // Each keeps the note that it was given: those of one size are the same, and one that is not would prove nothing.
        const same = words.filter(({ checkpoint }) => checkpoint === first?.checkpoint)
        if (first) return first.checkpoint + [...new Set(same.map(({ line }) => line))].join('')
      }
      return null
    },
    async stampedBeyond(index) {
      return (await timestampsFor(database, index + 1)).map(({ checkpoint, token }) => ({ checkpoint, token }))
    },
  }
}
