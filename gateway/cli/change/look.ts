import { Command, Option } from 'commander'
import { CHANGE_STATES, type ChangeState, type StoredChange } from '../../control/stored-change.ts'
import { type ChangeId, parseChangeId } from '../../domain/change-id.ts'
import { EXIT, Misuse } from '../misuse.ts'
import type { StoredReplay } from '../../review/replay-store.ts'
import { changeDigest } from '../../snapshot/change.ts'
import { lineOf } from './answer.ts'
import { type CommandDesk, withDesk } from './open-desk.ts'
import { printProposalReplay } from './print-proposal-replay.ts'

const GENESIS = ['--genesis <digest>', 'digest of the genesis, where this machine has none pinned'] as const

interface ListOptions {
  readonly state?: ChangeState
  readonly limit: string
  readonly cursor?: string
  readonly genesis?: string
  readonly json?: true
}

export const listCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('list')
    .description('Lists changes, the newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(CHANGE_STATES))
    .option('--limit <n>', 'at most so many', '50')
    .option('--cursor <id>', 'behind this one')
    .option(...GENESIS)
    .option('--json', 'print the result as JSON')
    .action(async ({ state = undefined, limit, cursor, genesis, json }: ListOptions) => {
      const most = Number(limit)
      if (!Number.isInteger(most) || most < 1 || most > 1000) throw new Misuse('--limit: 1 to 1000')
      const page = await withDesk(environment, genesis, ({ desk }) =>
        desk.list({ state: state ?? null, cursor: cursor === undefined ? null : readId(cursor), limit: most }),
      )
      if (json) console.log(JSON.stringify(page))
      else for (const change of page.changes) console.log(lineOf(change))
    })

export const showCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('show')
    .description('Shows the exact text of a change: what its signatures are made over')
    .argument('<id>')
    .option(...GENESIS)
    .option('--json', 'print the result as JSON')
    .action(async (id: string, { genesis, json }: { genesis?: string; json?: true }) => {
      const { change, replay } = await withDesk(environment, genesis, async opened => {
        const found = await opened.desk.get(readId(id))
        return { change: found, replay: found && (await replayOf(opened, found)) }
      })
      if (!change) {
        console.log(json ? JSON.stringify({ refused: { reason: 'not-found' } }) : 'there is no such change')
        process.exitCode = EXIT.foundWrong
      } else if (json) console.log(JSON.stringify({ change, replay }))
      else {
        print(change)
        printProposalReplay(replay)
      }
    })

/** That of exactly this text; what it says comes from the log. */
async function replayOf({ replays, noteRead }: CommandDesk, { id, text }: StoredChange): Promise<StoredReplay | null> {
  const replay = await replays.ofProposal(id, changeDigest(text, 'propose'))
  if (replay !== null) await noteRead(`replay of change ${id}`)
  return replay
}

function print(change: StoredChange): void {
  console.log(lineOf(change))
  console.log(`on revision ${change.text.base.number} (${change.text.base.digest})`)
  console.log(change.text.reason)
  for (const { kind, id, was, value } of change.text.edits) {
    const what = value === null ? 'removed' : was === null ? 'added' : 'changed'
    console.log(`\n${kind} ${id}: ${what}`)
    if (value !== null) console.log(JSON.stringify(value, null, 2))
  }
}

/** Throws Misuse. */
export function readId(text: string): ChangeId {
  const id = parseChangeId(text)
  if (!id.ok) throw new Misuse(id.error)
  return id.value
}
