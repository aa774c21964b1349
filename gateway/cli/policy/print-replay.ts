import type { NotReplayable } from '../../review/read-decided.ts'
import type { ReplayedLog } from '../../review/replay-log.ts'
import type { ChangeOfVerdict } from '../../review/replay-tally.ts'

/** Groups and findings printed one by one; the rest is counted. */
const MOST_PRINTED = 100

const HEADINGS = {
  'now-refused': 'permitted then, REFUSED by the candidate',
  'now-permitted': 'refused then, PERMITTED by the candidate',
  'other-reason': 'refused by both, for another reason',
} as const satisfies Record<ChangeOfVerdict, string>

const REASONS = {
  'not-routed': 'never came to an operation',
  'not-decided': 'refused before a decision',
  'refused-later': 'permitted, then refused by what a record does not hold',
  fault: 'a fault before the record',
  counted: 'only counted',
  unreadable: 'not a readable record',
} as const satisfies Record<NotReplayable, string>

/** For people; `--json` says the same. */
export function printReplay(candidate: string, replayed: ReplayedLog): void {
  for (const change of Object.keys(HEADINGS) as ChangeOfVerdict[]) printGroups(change, replayed)
  if (replayed.ungrouped > 0) console.log(`… and ${replayed.ungrouped} differences in further groups`)
  printNotReplayable(replayed)
  printFindings(replayed)
  const differing = replayed.replayed - replayed.same
  console.log(
    `${replayed.complete ? '' : 'STOPPED before the end: '}${replayed.replayed} decisions made again under ${candidate}: ` +
      `${replayed.same} alike, ${differing} different, ${replayed.findingCount} not reproduced`,
  )
}

function printGroups(change: ChangeOfVerdict, { differences }: ReplayedLog): void {
  const groups = differences.filter(group => group.change === change)
  if (groups.length === 0) return
  console.log(`${HEADINGS[change]}:`)
  for (const { count, unit, service, was, now, examples } of groups.slice(0, MOST_PRINTED))
    console.log(`${String(count).padStart(9)}  ${unit}  ${service}  ${was} -> ${now}  e.g. ${examples[0] ?? '-'}`)
  if (groups.length > MOST_PRINTED) console.log(`… and ${groups.length - MOST_PRINTED} more groups (--json lists all)`)
}

function printNotReplayable({ notReplayable }: ReplayedLog): void {
  if (notReplayable.length === 0) return
  console.log('cannot be decided again:')
  for (const { why, code, count } of notReplayable)
    console.log(`${String(count).padStart(9)}  ${REASONS[why]}${code === '-' ? '' : `: ${code}`}`)
}

function printFindings({ findings, findingCount }: ReplayedLog): void {
  for (const { lane, index, kind, detail } of findings.slice(0, MOST_PRINTED))
    console.log(`WRONG  ${lane} record ${index}  ${kind}: ${detail}`)
  if (findingCount > MOST_PRINTED) console.log(`… and ${findingCount - MOST_PRINTED} more findings`)
  if (findingCount > 0)
    console.log(
      'The revision that decided says otherwise now: the log or the code has changed (lienthong audit verify).',
    )
}
