import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, writeAs } from './account.ts'
import { isAlive } from '../../lock-file.ts'

/** What the running (or killed) server wrote into its postmaster.pid. */
export interface PostmasterPid {
  readonly pid: number
  readonly port: number
}

const pathIn = (cluster: string) => join(cluster, 'postmaster.pid')

export async function readPostmasterPid(cluster: string): Promise<PostmasterPid | null> {
  const text = await readFile(pathIn(cluster), 'utf8').catch(() => null)
  if (text === null) return null
  const [pid = '', , , port = ''] = text.split('\n')
  return { pid: Number.parseInt(pid, 10) || 0, port: Number.parseInt(port, 10) || 0 }
}

/**
 * Whether the process of a postmaster.pid is the server of this cluster: after a crash its number may belong to anybody.
 * The server works in its data directory, which Linux shows; elsewhere only a login can tell (`unknown`).
 */
export async function isServerOf(pid: number, cluster: string): Promise<'yes' | 'no' | 'unknown'> {
  if (pid <= 0 || !isAlive(pid)) return 'no'
  if (process.platform !== 'linux') return 'unknown'
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster ? 'yes' : 'no'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no' : 'unknown'
  }
}

/** Above every process number that Linux (4,194,304) or macOS (99,998) gives out. */
const NOBODY = 4_194_305

/**
 * Makes a stale postmaster.pid harmless whose number now belongs to another program: the server would refuse to start.
 * The file stays, because its seventh line lets the server notice that orphans of its predecessor still use the data.
 */
export async function disarmStalePid(account: Account, cluster: string): Promise<void> {
  const found = await readPostmasterPid(cluster)
  if (found === null || !isAlive(found.pid)) return
  const [, ...rest] = (await readFile(pathIn(cluster), 'utf8')).split('\n')
  await writeAs(account, pathIn(cluster), [NOBODY, ...rest].join('\n'))
}
