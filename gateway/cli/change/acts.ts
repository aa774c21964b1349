import { Command } from 'commander'
import type { ChangeDesk } from '../../control/change-desk.ts'
import type { StoredChange } from '../../control/stored-change.ts'
import { err } from '../../domain/result.ts'
import type { Verdict } from '../../snapshot/change.ts'
import { signChange } from '../../snapshot/sign-change.ts'
import { Misuse } from '../misuse.ts'
import { printAnswer } from './answer.ts'
import { readId } from './look.ts'
import { type Acting, asOfficer, isOwnKey, noteRefused, type OfficerOptions, readOfficer } from './officer.ts'
import { withDesk } from './open-desk.ts'

interface ActOptions extends OfficerOptions {
  readonly ifVersion?: string
  readonly why?: string
}

type Acts = (
  desk: ChangeDesk,
  officer: Acting,
  change: StoredChange,
  version: number,
  options: ActOptions,
) => ReturnType<ChangeDesk['apply']>

/** The signature is made over the text as it is stored now; the version keeps another one from coming in between. */
const signed =
  (verdict: Verdict): Acts =>
  (desk, { id, key }, { id: change, text }, version) =>
    desk[verdict](
      id,
      change,
      version,
      signOrMisuse(() => signChange(text, verdict, id, key)),
    )

/** Commands that move a change on. */
export const actCommands = (environment: NodeJS.ProcessEnv): readonly Command[] => [
  act(
    environment,
    'propose',
    'Signs a draft as its proposer; what only takes away is applied by this',
    signed('propose'),
  ),
  act(environment, 'approve', 'Signs a proposal as its approver: read `change show` first', signed('approve')),
  act(environment, 'reject', 'Ends a proposal', (desk, { id }, change, version, { why }) =>
    desk.reject(id, change.id, version, why ?? ''),
  ).requiredOption('--why <text>', 'what its author is told'),
  act(environment, 'withdraw', 'Takes back a change of your own', (desk, { id }, change, version) =>
    desk.withdraw(id, change.id, version),
  ),
  act(environment, 'apply', 'Applies an approved change that is due', (desk, { id }, change, version) =>
    desk.apply(id, change.id, version),
  ),
]

const act = (environment: NodeJS.ProcessEnv, name: string, description: string, acts: Acts): Command =>
  asOfficer(new Command(name))
    .description(description)
    .argument('<id>')
    .option('--if-version <n>', 'the version that was read; another one is refused (the present one unless told)')
    .action(async (text: string, options: ActOptions) => {
      const id = readId(text)
      const officer = await readOfficer(options)
      const answer = await withDesk(environment, options.genesis, async opened => {
        if (!(await isOwnKey(opened, officer, name, id)))
          return err({ reason: 'bad-signature' as const, detail: "the key is not the officer's" })
        const change = await opened.desk.get(id)
        if (!change) {
          await noteRefused(opened.store, officer.id, name, id, 'not-found')
          return err({ reason: 'not-found' as const })
        }
        return acts(opened.desk, officer, change, readVersion(options.ifVersion) ?? change.version, options)
      })
      printAnswer(answer, options.json === true)
    })

function readVersion(text: string | undefined): number | null {
  if (text === undefined) return null
  const version = Number(text)
  if (!Number.isSafeInteger(version) || version < 1) throw new Misuse('--if-version: a whole number from 1')
  return version
}

function signOrMisuse<T>(sign: () => T): T {
  try {
    return sign()
  } catch (thrown) {
    throw new Misuse(`--key: ${(thrown as Error).message}`)
  }
}
