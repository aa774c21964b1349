import { Command } from 'commander'
import { systemClock } from '../../edge/clock.ts'
import { readSettings } from '../settings.ts'
import { describeKeys } from './describe-keys.ts'
import { openKeyring } from './open-keys.ts'

export const makeCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('make')
    .description('Makes the keys that are missing, as the first start of a gateway would: before a ceremony')
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: true }) => {
      const settings = readSettings(environment)
      const keyring = await openKeyring(settings, () => undefined)
      keyring.close()
      const keys = describeKeys(settings, systemClock().now()).filter(({ use }) => use !== 'gateway-tls')
      if (json) console.log(JSON.stringify({ keys }))
      else for (const { use, state, id } of keys) console.log([use, state, id].filter(Boolean).join('  '))
    })
