import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const COMMAND = join(import.meta.dirname, '../../../dist/gateway/cli/main.js')

/** A time stamping authority as a process of its own: the built command. */
export interface TimeAuthority {
  readonly url: string
  /** File of its root certificate. */
  readonly root: string
  stop(): Promise<void>
}

/** Makes an authority in this directory and serves it on a free port. */
export async function startTimeAuthority(directory: string): Promise<TimeAuthority> {
  const child = fork(COMMAND, ['pki', 'time-authority', '--dir', directory, '--port', '0'], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const port = await Promise.race([
    once(child, 'message').then(([message]) => (message as { port: number }).port),
    exited.then(([code]) => {
      throw new Error(`the time authority ended with code ${String(code)}`)
    }),
  ])
  return {
    url: `http://127.0.0.1:${port}/`,
    root: join(directory, 'time-root.crt'),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}
