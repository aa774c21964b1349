import { Command, Option } from 'commander'
import { LocalStateFile } from '../../edge/local-state.ts'
import { stopUnused } from '../../edge/postgres/embedded/stop-unused.ts'
import { describe, operationsLog } from '../../edge/operations-log.ts'
import { doesOffice, PROCESS_ROLES, type ProcessRole } from '../../edge/postgres/process-role.ts'
import { Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { startGateway } from './gateway.ts'
import { ensureGenesis, mustRead } from './genesis.ts'
import { openStore } from './open-store.ts'
import { untilStopped } from './until-stopped.ts'

export const serveCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('serve')
    .description('Runs the gateway until SIGINT or SIGTERM, then drains')
    .addOption(new Option('--role <role>', 'which planes this process runs').choices(PROCESS_ROLES).default('all'))
    .action(async ({ role }: { role: ProcessRole }) => {
      const settings = readSettings(environment)
      const log = operationsLog()
      const stopped = untilStopped(() => log.warn('stopped at once: what was under way is cut'))
      const store = await openStore(
        settings,
        error => log.warn('a database connection was lost', describe(error)),
        role,
      )
      try {
        log.info(store.found, { role })
        if (store.excess.length > 0)
          log.warn('the login of DATABASE_URL may do more than this process needs', { role, excess: store.excess })
        const state = new LocalStateFile(settings.dataDir)
        const genesis = await ensureGenesis(store.database, state, () => {
          if (doesOffice(role)) return mustRead(settings.configDir, settings.certsDir)
          throw new Misuse('the database holds no revision yet: start an office process first (serve --role office)')
        })
        log.info('the genesis is pinned', { genesis, digest: state.state.genesis })
        const gateway = await startGateway(settings, store, state, log, role)
        log.info('ready', {
          exchangePort: gateway.exchangePort,
          officePort: gateway.officePort,
          opsPort: gateway.opsPort,
          host: settings.host,
        })
        process.send?.({ exchangePort: gateway.exchangePort, officePort: gateway.officePort, opsPort: gateway.opsPort })
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
