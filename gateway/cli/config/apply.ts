import { basename, resolve } from 'node:path'
import { Command } from 'commander'
import { err, ok } from '../../domain/result.ts'
import { signChange } from '../../snapshot/sign-change.ts'
import { printAnswer } from '../change/answer.ts'
import { type Acting, asOfficer, isOwnKey, type OfficerOptions, readOfficer } from '../change/officer.ts'
import { type CommandDesk, withDesk } from '../change/open-desk.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { formatErrors } from '../serve/read-configuration.ts'
import { readSettings } from '../settings.ts'
import { demandNewest } from './demand-newest.ts'
import { print } from './plan.ts'
import { type Plan, readPlan } from './read-plan.ts'

interface ApplyOptions extends OfficerOptions {
  readonly title?: string
  readonly reason?: string
  readonly applyAt?: string
}

export const applyCommand = (environment: NodeJS.ProcessEnv): Command =>
  asOfficer(new Command('apply'))
    .description(
      'Proposes what `config plan` says as one change, signed; another officer approves it: `change approve`',
    )
    .argument('<directory>')
    .option('--title <text>', 'title of the change')
    .option('--reason <text>', 'why, for the officer who approves and for those who read it in years')
    .option('--apply-at <time>', 'not before this time, 2027-01-01T00:00:00+07:00')
    .action(async (directory: string, options: ApplyOptions) => {
      const officer = await readOfficer(options)
      const { certsDir } = readSettings(environment)
      const json = options.json === true
      await withDesk(environment, options.genesis, async opened => {
        const plan = readPlan(resolve(directory), certsDir, await demandNewest(opened.revisions))
        if (!plan.ok)
          throw new Misuse(
            `${directory} does not hold together (${plan.error.length} errors):\n${formatErrors(plan.error)}`,
          )
        if (!json) print(plan.value)
        if (plan.value.edits.length === 0) {
          if (json) console.log(JSON.stringify({ change: null }))
          process.exitCode = EXIT.good
        } else printAnswer(await propose(opened, officer, plan.value, titled(options, directory)), json)
      })
    })

const titled = ({ title, reason, applyAt }: ApplyOptions, directory: string) => ({
  title: title ?? `Configuration from ${basename(resolve(directory))}`,
  reason: reason ?? 'As the configuration directory says.',
  applyAt: applyAt ?? null,
})

/** Drafts the change and signs its proposal. A draft that cannot be proposed is taken back: nobody would come for it. */
async function propose(
  opened: CommandDesk,
  officer: Acting,
  { edits }: Plan,
  text: ReturnType<typeof titled>,
): ReturnType<CommandDesk['desk']['draft']> {
  const { desk } = opened
  if (!(await isOwnKey(opened, officer, 'draft', null)))
    return err({ reason: 'bad-signature', detail: "the key is not the officer's" })
  const drafted = await desk.draft(officer.id, { ...text, edits })
  if (!drafted.ok) return drafted
  const { id, version } = drafted.value
  const signature = signChange(drafted.value.text, 'propose', officer.id, officer.key)
  const proposed = await desk.propose(officer.id, id, version, signature)
  if (!proposed.ok) await desk.withdraw(officer.id, id, version)
  return proposed.ok ? ok(proposed.value) : proposed
}
