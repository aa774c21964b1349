import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DATABASE } from '../../gateway/edge/postgres/embedded/furnish.ts'
import { ADMIN } from '../../gateway/edge/postgres/embedded/initialise.ts'
import { DatabaseProbe } from '../measure/database.ts'
import { firstMessage, startPinned } from './pinned.ts'
import type { Subject } from './subject.ts'

const COMMAND = 'dist/gateway/cli/main.js'

export interface Lienthong extends Subject {
  readonly opsPort: number
  readonly probe: DatabaseProbe
  /** Everything it printed. */
  readonly output: () => string
  /** Resolves when the search index holds every record; rejects after half a minute. */
  caughtUp(): Promise<void>
}

export interface LienthongOptions {
  /** Made if absent; holds the database, too. */
  readonly dataDir: string
  readonly configDir: string
  readonly certsDir: string
  readonly core: number | null
  /** Of node itself: `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
}

/** The built gateway as operators run it: `serve`, embedded PostgreSQL, every check on. */
export async function startLienthong(options: LienthongOptions): Promise<Lienthong> {
  const { dataDir, configDir, certsDir, core, nodeFlags = [] } = options
  if (!existsSync(COMMAND)) throw new Error(`${COMMAND} is missing: npm run build`)
  const pinned = startPinned(core, process.execPath, [...nodeFlags, COMMAND, 'serve'], {
    EXCHANGE_PORT: '0',
    OFFICE_PORT: '0',
    OPS_PORT: '0',
    DATA_DIR: dataDir,
    CONFIG_DIR: configDir,
    CERTS_DIR: certsDir,
  })
  const ports = await firstMessage<{ exchangePort: number; opsPort: number }>(pinned, 'the gateway')
  await untilReady(ports.opsPort)
  const probe = await DatabaseProbe.open(adminUrlOf(dataDir))
  return {
    name: 'Lienthong',
    port: ports.exchangePort,
    opsPort: ports.opsPort,
    parts: { gateway: pinned.pid, PostgreSQL: postmasterOf(dataDir) },
    probe,
    output: pinned.output,
    async caughtUp() {
      for (let attempt = 0; attempt < 300; attempt++) {
        if ((await probe.backlog()) === 0) return
        await sleep(100)
      }
      throw new Error('the search index did not catch up')
    },
    async stop() {
      await probe.close()
      await pinned.stop()
    },
  }
}

const postmasterOf = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'pgdata/postmaster.pid'), 'utf8').split('\n')[0])

function adminUrlOf(dataDir: string): string {
  const kept = readFileSync(join(dataDir, 'postgres.json'), 'utf8')
  const { adminPassword, port } = JSON.parse(kept) as { adminPassword: string; port: number }
  return `postgres://${ADMIN}:${adminPassword}@127.0.0.1:${port}/${DATABASE}`
}

async function untilReady(opsPort: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(`http://127.0.0.1:${opsPort}/readyz`).catch(() => null)
    if (response?.ok) return
    await sleep(50)
  }
  throw new Error('the gateway did not become ready')
}
