import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A child on one core; what it starts stays on that core, too. */
export interface Pinned {
  readonly child: ChildProcess
  readonly pid: number
  /** Everything it printed. */
  readonly output: () => string
  /** SIGTERM, and SIGKILL after ten seconds. Idempotent. */
  stop(): Promise<void>
}

const STOP_MILLIS = 10_000

/** `core`: null leaves it to the scheduler. With `ipc` the child has a channel to us. */
export function startPinned(
  core: number | null,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Pinned {
  const [program, words] =
    core === null ? [command, [...args]] : ['taskset', ['--cpu-list', String(core), command, ...args]]
  const child = spawn(program, words, {
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const text: string[] = []
  child.stdout?.on('data', chunk => text.push(String(chunk)))
  child.stderr?.on('data', chunk => text.push(String(chunk)))
  const ended = new Promise<void>(resolve => {
    child.once('exit', () => resolve())
    child.once('error', error => {
      text.push(error.message)
      resolve()
    })
  })
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text.join(''),
    async stop() {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLIS)
      await ended
      clearTimeout(timer)
    },
  }
}

/** The first message of the child; rejects with what it printed where it ends before. */
export async function firstMessage<T>(pinned: Pinned, what: string): Promise<T> {
  const ended = new AbortController()
  pinned.child.once('exit', () => ended.abort())
  pinned.child.once('error', () => ended.abort())
  try {
    const [message] = (await once(pinned.child, 'message', { signal: ended.signal })) as [T]
    return message
  } catch {
    throw new Error(`${what} did not start:\n${pinned.output()}`)
  }
}
