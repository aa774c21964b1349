import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../../../certs-dev/demo-world.ts'
import { makeDevelopmentCertificates } from '../../../certs-dev/make-development-certificates.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import { stopUnused } from '../../edge/postgres/embedded/stop-unused.ts'
import { describe, operationsLog } from '../../edge/operations-log.ts'
import { startGateway } from '../serve/gateway.ts'
import { ensureGenesis, mustRead } from '../serve/genesis.ts'
import { openStore } from '../serve/open-store.ts'
import { untilStopped } from '../serve/until-stopped.ts'
import { readSettings, type Settings } from '../settings.ts'
import { invitation } from './invitation.ts'
import { bindAgain } from './bind-again.ts'
import { freePort } from './free-port.ts'
import { progress } from './progress.ts'
import { confirmedLately } from './confirmed-lately.ts'
import { type DemoProvider, demoProviders, withPorts } from './providers.ts'
import { startProviders, stopProviders } from './start-provider.ts'

export const demoCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('demo')
    .description('Runs the demo world: development certificates, embedded database, two providers and the gateway')
    .addHelpText(
      'after',
      '\nDEMO_PROVIDER_PORT and DEMO_LOGISTICS_PORT choose other ports for the providers (9443 and 9444).',
    )
    .action(() => demo(environment))

async function demo(environment: NodeJS.ProcessEnv): Promise<void> {
  const read = readSettings(environment)
  const settings = { ...read, exchangePort: read.exchangePort || (await freePort(read.host)) }
  const providers = demoProviders(
    {
      dataCentrePort: environment.DEMO_PROVIDER_PORT,
      logisticsPort: environment.DEMO_LOGISTICS_PORT,
      unitsFile: environment.UNITS_FILE,
      gatewayUrl: settings.publicUrl(settings.exchangePort),
    },
    settings.certsDir,
  )
  const log = operationsLog('warn')
  const step = progress()
  const stopped = untilStopped(() => log.warn('stopped at once: what was under way is cut'))

  await step('development certificates', async () => {
    const { made, renewed } = await certify(settings)
    return made.length + renewed.length > 0 ? `made ${made.length}, renewed ${renewed.length}` : 'still good'
  })
  const store = await step(
    'database',
    () => openStore(settings, error => log.warn('a database connection was lost', describe(error))),
    ({ found }) => found,
  )
  try {
    const state = new LocalStateFile(settings.dataDir)
    await step('configuration', async () => {
      const read = () =>
        mustRead(demoConfiguration(settings), settings.certsDir, text => edited(settings, text, providers))
      const genesis = await ensureGenesis(store.database, state, read)
      if (genesis === 'made') return 'wrote the genesis revision'
      return (await bindAgain(store.database, state, read(), settings.certsDir)) ?? 'the stored revision is up to date'
    })
    const running = await step(
      'demo providers',
      () => startProviders(providers),
      started => `listen at 127.0.0.1:${started.map(({ port }) => port).join(' and ')}`,
    )
    try {
      const gateway = await step('gateway', () => startGateway(settings, store, state, log))
      process.stdout.write(invitation(settings, gateway, Object.keys(environment)))
      process.send?.({ exchangePort: gateway.exchangePort, officePort: gateway.officePort, opsPort: gateway.opsPort })
      const renewal = setInterval(
        () => void certify(settings).catch(thrown => log.error('certificates cannot be renewed', describe(thrown))),
        RENEWAL_MILLIS,
      )
      await stopped
      clearInterval(renewal)
      process.stdout.write('\n')
      await step('draining', () => gateway.stop())
    } finally {
      await stopProviders(running)
    }
  } finally {
    await store.database.close()
    await step('stopping the database', async () =>
      store.embedded && !(await stopUnused(store.embedded)) ? 'left running: another process uses it' : '',
    )
  }
}

/** What is missing or expires soon: revocation lists after days, certificates after weeks. */
const certify = (settings: Settings) =>
  makeDevelopmentCertificates({
    out: settings.certsDir,
    systems: DEMO_SYSTEMS,
    officers: DEMO_OFFICERS,
    gatewayId: DEMO_GATEWAY,
    now: new Date(),
  })

/** A directory of somebody's own keeps its days: confirming is not ours. */
const edited = (settings: Settings, text: string, providers: readonly DemoProvider[]): string =>
  withPorts(settings.configDir === null ? confirmedLately(text, new Date()) : text, providers)

const RENEWAL_MILLIS = 3_600_000

/** CONFIG_DIR, or the directory that comes with us, in a checkout and in a built image alike. */
function demoConfiguration(settings: Settings): string {
  if (settings.configDir !== null) return settings.configDir
  const own = ['../../../../deploy/demo', '../../../deploy/demo'].map(path => resolve(import.meta.dirname, path))
  return own.find(path => existsSync(join(path, 'genesis.yaml'))) ?? (own[0] as string)
}
