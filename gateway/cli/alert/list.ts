import { Command, Option } from 'commander'
import { alertStore } from '../../edge/postgres/alerts.ts'
import { showAlert } from '../../office/alerts.ts'
import { ALERT_STATES, type AlertState } from '../../review/alerts/alert-store.ts'
import { Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { lineOf } from './line.ts'

interface Options {
  readonly state: AlertState
  readonly limit: string
  readonly cursor?: string
  readonly json?: true
}

export const listCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('list')
    .description('Lists alerts, the newest first')
    .addOption(
      new Option('--state <state>', 'open: still so; unreviewed: waits for a person; ended; all')
        .choices(ALERT_STATES)
        .default('open'),
    )
    .option('--limit <n>', 'at most so many', '50')
    .option('--cursor <id>', 'behind this one')
    .option('--json', 'print the result as JSON')
    .action(async ({ state, limit, cursor = undefined, json }: Options) => {
      const most = Number(limit)
      if (!Number.isInteger(most) || most < 1 || most > 1000) throw new Misuse('--limit: 1 to 1000')
      const { alerts, cursor: next } = await withStore(readSettings(environment), database =>
        alertStore(database).list({ state, cursor: cursor ?? null, limit: most }),
      )
      if (json) console.log(JSON.stringify({ alerts: alerts.map(showAlert), cursor: next }))
      else for (const alert of alerts) console.log(lineOf(alert))
      if (!json && next !== null) console.log(`more: --cursor ${next}`)
    })
