import type { Officer } from '../configuration/objects.ts'
import { formatInstant } from '../domain/instant.ts'
import type { StoredReplay } from '../review/replay-store.ts'
import type { DifferenceGroup } from '../review/replay-tally.ts'
import { isOfOwnUnits, readsWholeLog } from './scope.ts'

/** A replay as officers see it. */
export const showReplay = (replay: StoredReplay): Record<string, unknown> => ({
  id: replay.id,
  officer: replay.officer,
  candidate: candidateOf(replay),
  ...progressOf(replay),
  report: replay.report && {
    ...replay.report,
    differing: replay.report.replayed - replay.report.same,
  },
})

/** Beside the text of a proposal: the largest groups. Of it all there is the replay itself. */
const MOST_SHOWN = 50

/**
 * What a proposal's own replay says, for whoever may see the change: counts over all to those who may read the log, else only what
 * concerns the own units. Null: it has none. It is of exactly this text.
 */
export function showReplayOfChange(replay: StoredReplay | null, officer: Officer): Record<string, unknown> | null {
  if (replay === null) return null
  const { report } = replay
  const whole = readsWholeLog(officer)
  const groups = (report?.differences ?? []).filter(group => whole || isOwn(officer, group))
  return {
    ...(whole ? { id: replay.id } : { id: null }),
    ...progressOf(replay),
    report: report && {
      replayed: whole ? report.replayed : null,
      differing: whole ? report.replayed - report.same : groups.reduce((sum, { count }) => sum + count, 0),
      notReplayable: whole ? report.notReplayable.reduce((sum, { count }) => sum + count, 0) : null,
      notReproduced: whole ? report.findingCount : null,
      groups: groups.length,
      differences: groups.slice(0, MOST_SHOWN),
    },
  }
}

const isOwn = (officer: Officer, { unit, service }: DifferenceGroup): boolean =>
  isOfOwnUnits(officer, 'agreement', { consumer: unit, service })

const progressOf = ({ state, from, to, createdAt, read, size, revision, kept, why }: StoredReplay) => ({
  state,
  from: formatInstant(from),
  to: formatInstant(to),
  createdAt: formatInstant(createdAt),
  read,
  size,
  revision,
  kept,
  why,
})

/** Never the edits: they are the asker's, and may be large. */
function candidateOf({ candidate }: StoredReplay): Record<string, unknown> {
  if (candidate.kind === 'change') return { kind: 'change', change: candidate.change }
  return candidate.kind === 'edits' ? { kind: 'edits', edits: candidate.edits.length } : { kind: 'newest' }
}
