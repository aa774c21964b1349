import { formatInstant } from '../../domain/instant.ts'
import type { StoredReplay } from '../../review/replay-store.ts'
import { printReplay } from '../policy/print-replay.ts'

/** What the change would have decided otherwise in the last 7 days, below its text. */
export function printProposalReplay(replay: StoredReplay | null): void {
  console.log()
  if (replay === null) return console.log('no replay of the last 7 days: a gateway makes one for each proposal')
  const { state, from, to, read, size, revision, report, why } = replay
  const far = size === null ? '' : `, ${read} of ${size} records read`
  console.log(
    `replay from ${formatInstant(from)} to ${formatInstant(to)}: ${state}${far}${why === null ? '' : `: ${why}`}`,
  )
  if (report) printReplay(`this change on revision ${revision ?? '-'}`, { ...report, complete: state === 'done' })
}
