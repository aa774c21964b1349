import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, runAs, writeAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError, WAY_OUT } from './embedded-error.ts'
import { lastLines, logFileIn, logSince, prepareLogFile } from './log-file.ts'
import { settingsText } from './settings.ts'

/** Recovery after a crash replays at most a few checkpoints of log; a slow disk may need minutes. */
const START_SECONDS = 600
const STOP_SECONDS = 60
/** Orphans of a killed server notice it within a second or at their next statement. */
const ORPHANS_MILLIS = 20_000
const PORT_ATTEMPTS = 5

export interface Launched {
  readonly port: number
  /** The server found that it had not been shut down, and replayed its log. */
  readonly recovered: boolean
}

/** Starts the server of an existing cluster and waits until it takes connections. */
export async function launch(
  account: Account,
  binaries: Binaries,
  dataDirectory: string,
  cluster: string,
  wanted: number,
): Promise<Launched> {
  const deadline = Date.now() + ORPHANS_MILLIS
  for (let attempt = 1; ; ) {
    const port = await choosePort(attempt === 1 ? wanted : 0)
    await writeSettings(account, cluster, port)
    const offset = await prepareLogFile(account, dataDirectory)
    const args = ['start', '-D', cluster, '-l', logFileIn(dataDirectory), '-w', '-t', String(START_SECONDS), '-s']
    const ran = await runAs(account, binaries.pgCtl, args)
    const log = await logSince(dataDirectory, offset)
    if (ran.code === 0) return { port, recovered: /was not properly shut down|was interrupted/.test(log) }

    if (/Address already in use/.test(log) && attempt < PORT_ATTEMPTS) attempt += 1
    else if (/pre-existing shared memory block/.test(log) && Date.now() < deadline) await sleep(500)
    else
      throw new EmbeddedPostgresError(
        `The embedded PostgreSQL does not come up (${ran.output}). The last lines of ${logFileIn(dataDirectory)}:\n` +
          `${lastLines(log)}\nMend that, ${WAY_OUT}.`,
      )
  }
}

/** Stops the server: connections are cut, what was committed stays. Resolves when it is down. */
export async function halt(account: Account, binaries: Binaries, cluster: string): Promise<void> {
  const ran = await runAs(account, binaries.pgCtl, [
    'stop',
    '-D',
    cluster,
    '-m',
    'fast',
    '-w',
    '-t',
    String(STOP_SECONDS),
    '-s',
  ])
  if (ran.code !== 0) throw new EmbeddedPostgresError(`The embedded PostgreSQL does not stop: ${ran.output}`)
}

async function writeSettings(account: Account, cluster: string, port: number): Promise<void> {
  await writeAs(account, join(cluster, 'postgresql.conf'), settingsText(port))
}

/** The wanted port if nobody listens on it, else any free one. It may be taken a moment later: then the start is repeated. */
function choosePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', error => {
      if (wanted === 0) reject(error)
      else resolve(choosePort(0))
    })
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
