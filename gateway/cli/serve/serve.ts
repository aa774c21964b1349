import { Command, Option } from 'commander'
import { LocalStateFile } from '../../edge/local-state.ts'
import { stopUnused } from '../../edge/postgres/embedded/stop-unused.ts'
import { describe, operationsLog } from '../../edge/operations-log.ts'
import { Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { startGateway } from './gateway.ts'
import { ensureGenesis, mustRead } from './genesis.ts'
import { openStore } from './open-store.ts'
import { untilStopped } from './until-stopped.ts'

export const serveCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('serve')
    .description('Runs the gateway until SIGINT or SIGTERM, then drains')
    .addOption(
      new Option('--role <role>', 'which planes this process runs')
        .choices(['exchange', 'office', 'all'])
        .default('all'),
    )
    .action(async ({ role }: { role: string }) => {
      if (role !== 'all') throw new Misuse(`--role ${role}: this version runs both planes in one process (--role all)`)
      const settings = readSettings(environment)
      const log = operationsLog()
      const stopped = untilStopped(() => log.warn('stopped at once: what was under way is cut'))
      const store = await openStore(settings, error => log.warn('a database connection was lost', describe(error)))
      try {
        log.info(store.found)
        const state = new LocalStateFile(settings.dataDir)
        const genesis = await ensureGenesis(store.database, state, () =>
          mustRead(settings.configDir, settings.certsDir),
        )
        log.info('the genesis is pinned', { genesis, digest: state.state.genesis })
        const gateway = await startGateway(settings, store, state, log)
        log.info('ready', { exchangePort: gateway.exchangePort, opsPort: gateway.opsPort, host: settings.host })
        process.send?.({ exchangePort: gateway.exchangePort, opsPort: gateway.opsPort })
        log.info('draining', { signal: await stopped })
        await gateway.stop()
        log.info('stopped')
      } finally {
        await store.database.close()
        // Last, behind everything that writes.
        if (store.embedded && !(await stopUnused(store.embedded)))
          log.info('left the database running: another process uses it')
      }
    })
