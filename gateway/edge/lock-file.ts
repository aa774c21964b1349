import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MILLIS = 50

/** Another process holds the lock and goes on holding it. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld'
}

/**
 * Runs `work` while no other process of this machine holds the lock of this path. Waits `waitMillis` for it, then rejects with
 * LockHeld. A holder that died does not hold it any more.
 */
export async function underLock<T>(path: string, waitMillis: number, work: () => Promise<T>): Promise<T> {
  const mine = await acquire(path, waitMillis)
  try {
    return await work()
  } finally {
    // Only our own: a process that took ours for stale (a stopped clock, a restored machine) has its own now.
    if ((await read(path)) === mine) await rm(path, { force: true })
  }
}

async function acquire(path: string, waitMillis: number): Promise<string> {
  const mine = `${process.pid} ${(await birthOf(process.pid)) ?? '-'} ${randomBytes(8).toString('hex')}\n`
  const deadline = Date.now() + waitMillis
  for (;;) {
    if (await create(path, mine)) return mine
    const theirs = await read(path)
    if (theirs !== null && (await isStale(theirs))) await takeAway(path, theirs)
    else if (Date.now() > deadline) throw new LockHeld(`${path} is held by process ${theirs?.split(' ')[0] ?? '?'}`)
    else await sleep(POLL_MILLIS)
  }
}

/** Exclusive, and never seen half-written: the text is complete before the name appears. A crash leaves a `.new` file. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.new`
  await writeFile(draft, text, { flag: 'wx', mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

const read = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null)

/** A process number comes back after a restart; the time of its birth does not. */
async function isStale(text: string): Promise<boolean> {
  const [pid = '', birth = ''] = text.trim().split(' ')
  if (!/^[1-9]\d*$/.test(pid)) return true
  if (!isAlive(Number(pid))) return true
  const now = await birthOf(Number(pid))
  return now !== null && birth !== '-' && now !== birth
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Boot and start time of a process, where the system tells (Linux). */
async function birthOf(pid: number): Promise<string | null> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    return fields[19] === undefined ? null : `${boot}:${fields[19]}`
  } catch {
    return null
  }
}

/** Two processes may find the same stale lock; the slower one must not take away the lock that the faster one made. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomBytes(8).toString('hex')}.stale`
  try {
    await rename(path, aside)
    if ((await read(aside)) !== stale) await link(aside, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  } finally {
    await rm(aside, { force: true })
  }
}
