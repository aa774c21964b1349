import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../../../certs-dev/demo-world.ts'
import { makeDevelopmentCertificates } from '../../../certs-dev/make-development-certificates.ts'
import { confirmedLately } from '../../../gateway/cli/demo/confirmed-lately.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
import { type Client, clientOf } from './client.ts'
import { type ConfigurationFiles, demoFiles, writeFiles } from './configuration-directory.ts'
import { type CommandResult, type GatewayProcess, runCommand, startGatewayProcess } from './gateway-process.ts'
import { type Answer, json, startTestProvider, type TestProvider } from './test-provider.ts'

export interface WorldOptions {
  /** Changes the demo world's configuration before the genesis is made of it. */
  readonly configure?: (files: ConfigurationFiles, certsDir: string) => void | Promise<void>
  readonly answer?: Answer
  /** More variables for the gateway. */
  readonly environment?: Record<string, string>
}

/** A whole Lienthong of a test's own: certificates, database, provider, gateway process. Everything real. */
export interface World {
  readonly directory: string
  readonly certsDir: string
  readonly environment: Record<string, string>
  readonly database: FreshDatabase
  readonly provider: TestProvider
  gateway: GatewayProcess
  /** A client of a system, `G99.21.records`; null: without certificate. */
  client(name: string | null, options?: { connections?: number }): Client
  /** Starts the gateway again on the same state. */
  restart(): Promise<void>
  command(...words: string[]): Promise<CommandResult>
  /** Every record of `audit search`, oldest first, with the columns it prints. */
  search(...flags: string[]): Promise<readonly Record<string, unknown>[]>
  /** `audit verify --json`. */
  verify(): Promise<{ code: number; good: boolean; records: number; findings: readonly Record<string, unknown>[] }>
  close(): Promise<void>
}

/** Answers of `categories/v1` that fit its description. */
const provinces: Answer = json(200, {
  items: [{ code: '01', name: 'Thành phố Hà Nội' }],
  page: 1,
  pageSize: 50,
  total: 1,
})

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-world-'))
  const certsDir = join(directory, 'certs')
  await makeDevelopmentCertificates({
    out: certsDir,
    systems: DEMO_SYSTEMS,
    officers: DEMO_OFFICERS,
    gatewayId: DEMO_GATEWAY,
    now: new Date(),
  })
  const provider = await startTestProvider(certsDir, options.answer ?? provinces)
  const files = demoFiles()
  for (const [name, text] of files)
    files.set(name, text.replaceAll('https://localhost:9443', `https://localhost:${provider.port}`))
  await options.configure?.(files, certsDir)
  for (const [name, text] of files) files.set(name, confirmedLately(text, new Date()))
  writeFiles(join(directory, 'config'), files)
  const database = await freshDatabase()
  const environment = {
    DATABASE_URL: database.runtimeUrl,
    DATA_DIR: join(directory, 'var'),
    CONFIG_DIR: join(directory, 'config'),
    CERTS_DIR: certsDir,
    ...options.environment,
  }
  const clients: Client[] = []
  const world: World = {
    directory,
    certsDir,
    environment,
    database,
    provider,
    gateway: await startGatewayProcess(environment),
    client(name, clientOptions) {
      const client = clientOf(certsDir, () => world.gateway.exchangePort, name, clientOptions)
      clients.push(client)
      return client
    },
    async restart() {
      world.gateway = await startGatewayProcess(environment)
    },
    command: (...words) => runCommand(words, environment),
    async search(...flags) {
      const records: Record<string, unknown>[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = ['--limit', '1000', ...(cursor === '' ? [] : ['--cursor', cursor])]
        const { code, stdout, stderr } = await runCommand(['audit', 'search', '--json', ...flags, ...page], environment)
        if (code !== 0) throw new Error(stderr)
        const result = JSON.parse(stdout) as { records: Record<string, unknown>[]; cursor: string | null }
        records.push(...result.records)
        cursor = result.cursor
      }
      return records.reverse()
    },
    async verify() {
      const { code, stdout, stderr } = await runCommand(['audit', 'verify', '--json'], environment)
      if (stdout === '') throw new Error(stderr)
      return {
        code,
        ...(JSON.parse(stdout) as { good: boolean; records: number; findings: Record<string, unknown>[] }),
      }
    },
    async close() {
      for (const client of clients) client.close()
      await world.gateway.stop()
      await provider.close()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return world
}
