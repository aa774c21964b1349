import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Misuse } from '../misuse.ts'

/** A provider of the demo world, as a program of its own under `demo/`. */
export interface ProviderProgram {
  /** Its folder under `demo/`: `data-centre`. */
  readonly name: string
  readonly port: number
  /** The variable that chooses another port; named where the port is in use. */
  readonly portVariable: string
  readonly certsDir: string
  /** More variables for it. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface RunningProvider {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Starts a demo provider as a process of its own, in a process group of its own: Ctrl-C in a terminal reaches the whole group,
 * and the provider has to outlive the drain. It ends by itself when we are gone.
 */
export async function startProvider(program: ProviderProgram): Promise<RunningProvider> {
  const { name, port, portVariable, certsDir, environment = {} } = program
  const child = fork(fileURLToPath(new URL(`../../../demo/${name}/main.js`, import.meta.url)), {
    detached: true,
    env: { ...process.env, PORT: String(port), CERTS_DIR: certsDir, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const first = await Promise.race([
    once(child, 'message').then(([message]) => message as { port: number }),
    exited.then(([code]) => code),
  ])
  if (first === 2)
    throw new Misuse(`port ${port} is in use: stop what listens there, or set ${portVariable} to another port`)
  if (first === null || typeof first === 'number')
    throw new Error(`the demo provider ${name} did not start: see its message above`)
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

/** Starts them one after the other; where one does not start, those before it are stopped. */
export async function startProviders(programs: readonly ProviderProgram[]): Promise<readonly RunningProvider[]> {
  const running: RunningProvider[] = []
  try {
    for (const program of programs) running.push(await startProvider(program))
    return running
  } catch (thrown) {
    await stopProviders(running)
    throw thrown
  }
}

export async function stopProviders(running: readonly RunningProvider[]): Promise<void> {
  await Promise.all(running.map(provider => provider.stop()))
}
