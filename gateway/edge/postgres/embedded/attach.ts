import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { ADMIN } from './initialise.ts'
import { isServerOf, readPostmasterPid } from './postmaster-pid.ts'

/** A server that another process left starting or stopping gets this long to become one or the other. */
const SETTLE_MILLIS = 10 * 60_000
const POLL_MILLIS = 100

/** The port of the server that already runs on this cluster, or null where none does. */
export async function attach(cluster: string, password: string): Promise<number | null> {
  const deadline = Date.now() + SETTLE_MILLIS
  for (;;) {
    const found = await readPostmasterPid(cluster)
    if (found === null) return null
    const ours = await isServerOf(found.pid, cluster)
    if (ours === 'no') return null

    const answer = await tryLogin(found.port, password, cluster)
    if (answer === 'ours') return found.port
    if (ours === 'unknown' && answer !== 'not-yet') return null
    if (answer === 'refused')
      throw new EmbeddedPostgresError(
        `The server that runs on ${cluster} does not take the password of postgres.json: ` +
          `put the file back, or stop that server (process ${found.pid}).`,
      )
    if (Date.now() > deadline)
      throw new EmbeddedPostgresError(`The server that runs on ${cluster} (process ${found.pid}) does not answer.`)
    await sleep(POLL_MILLIS)
  }
}

type Answer = 'ours' | 'refused' | 'not-yet' | 'unreachable'

async function tryLogin(port: number, password: string, cluster: string): Promise<Answer> {
  const client = new Client({ ...adminAt(port, password), database: 'postgres', connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    return rows[0]?.data_directory === cluster ? 'ours' : 'refused'
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    // 57P03: starting up, recovering or shutting down.
    if (code === '57P03') return 'not-yet'
    return code.startsWith('28') ? 'refused' : 'unreachable'
  } finally {
    await client.end().catch(() => undefined)
  }
}

export const adminAt = (port: number, password: string) => ({ host: '127.0.0.1', port, user: ADMIN, password })
