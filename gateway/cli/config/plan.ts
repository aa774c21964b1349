import { resolve } from 'node:path'
import { Command } from 'commander'
import { sentenceOf } from '../../configuration/describe-edits.ts'
import { withDesk } from '../change/open-desk.ts'
import { EXIT } from '../misuse.ts'
import { formatErrors } from '../serve/read-configuration.ts'
import { readSettings } from '../settings.ts'
import { demandNewest } from './demand-newest.ts'
import { type Plan, readPlan } from './read-plan.ts'

export const planCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('plan')
    .description(
      'Says what a directory would change (exit code 0: nothing, 1: something, 2: it does not hold together)',
    )
    .argument('<directory>')
    .option('--genesis <digest>', 'digest of the genesis, where this machine has none pinned')
    .option('--json', 'print the result as JSON')
    .action(async (directory: string, { genesis, json }: { genesis?: string; json?: true }) => {
      const { certsDir } = readSettings(environment)
      const plan = await withDesk(environment, genesis, async ({ revisions }) =>
        readPlan(resolve(directory), certsDir, await demandNewest(revisions)),
      )
      if (!plan.ok) {
        process.exitCode = EXIT.misused
        if (json) console.log(JSON.stringify({ errors: plan.error }))
        else
          console.error(
            `${directory} does not hold together (${plan.error.length} errors):\n${formatErrors(plan.error)}`,
          )
        return
      }
      process.exitCode = plan.value.edits.length === 0 ? EXIT.good : EXIT.foundWrong
      if (json) console.log(JSON.stringify(withoutValues(plan.value)))
      else print(plan.value)
    })

/** The objects are in the directory. */
const withoutValues = ({ revision, edits, differences, onlyTakesAway }: Plan) => ({
  revision,
  objects: edits.map(({ kind, id, was, value }) => ({ kind, id, was, removed: value === null })),
  differences,
  onlyTakesAway,
})

export function print({ revision, edits, differences, onlyTakesAway }: Plan): void {
  if (edits.length === 0) return console.log(`no difference to revision ${revision}`)
  for (const difference of differences) console.log(sentenceOf(difference))
  console.log(`${edits.length} ${edits.length === 1 ? 'object differs' : 'objects differ'} from revision ${revision}`)
  console.log(
    onlyTakesAway
      ? "only takes away: one security officer's word is enough"
      : 'needs a proposal and the approval of another security officer',
  )
}
