import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Misuse } from '../misuse.ts'

export interface RunningProvider {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Starts the demo provider as a process of its own, in a process group of its own: Ctrl-C in a terminal reaches the whole group,
 * and the provider has to outlive the drain. It ends by itself when we are gone.
 */
export async function startProvider(port: number, certsDir: string, unitsFile?: string): Promise<RunningProvider> {
  const child = fork(fileURLToPath(new URL('../../../demo/data-centre/main.js', import.meta.url)), {
    detached: true,
    env: {
      ...process.env,
      PORT: String(port),
      CERTS_DIR: certsDir,
      ...(unitsFile === undefined ? {} : { UNITS_FILE: unitsFile }),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const first = await Promise.race([
    once(child, 'message').then(([message]) => message as { port: number }),
    exited.then(([code]) => code),
  ])
  if (first === 2)
    throw new Misuse(`port ${port} is in use: stop what listens there, or set DEMO_PROVIDER_PORT to another port`)
  if (first === null || typeof first === 'number')
    throw new Error('the demo provider did not start: see its message above')
  return {
    port: first.port,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 2_000)
      await exited
      clearTimeout(timer)
    },
  }
}
