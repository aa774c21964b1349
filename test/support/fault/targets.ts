import { setTimeout as sleep } from 'node:timers/promises'
import { type GatewayProcess, startGatewayProcess } from '../world/gateway-process.ts'
import type { PrivateCluster } from './private-cluster.ts'
import type { ProviderProcess } from './provider-process.ts'

/** `server`: PostgreSQL as a whole. `backend`: the one that writes a lane; PostgreSQL then cuts all others and recovers. */
export type Victim = 'gateway' | 'provider' | 'server' | 'backend'

/** Something that can be killed and, where that is the harness's business, started again. */
export interface Target {
  readonly victim: Victim
  readonly name: string
  /** SIGKILL. False: there was nothing to kill. */
  kill(): Promise<boolean>
  /** Resolves when it is ready again. Null: it comes back by itself. */
  readonly start: (() => Promise<void>) | null
}

export interface GatewayTarget extends Target {
  readonly environment: Record<string, string>
  readonly port: number
  readonly start: () => Promise<void>
  /** SIGTERM: drains. Resolves to the exit code. */
  stop(): Promise<number | null>
  /** What the operations log said last of each process that ended otherwise than it was told to. */
  readonly crashes: readonly string[]
}

const LAST_CHARACTERS = 3_000

/** A gateway at a port that stays, under a supervisor: a start that fails, because PostgreSQL is away, is tried again. */
export function gatewayTarget(environment: Record<string, string>, tell: (line: string) => void): GatewayTarget {
  let process: GatewayProcess | null = null
  const name = environment.GATEWAY_ID ?? 'gateway'
  const crashes: string[] = []
  const watch = (watched: GatewayProcess): void =>
    void watched.exited.then(code => {
      if (process === watched || (code !== null && code !== 0))
        crashes.push(`exit ${code}: ${watched.log().slice(-LAST_CHARACTERS)}`)
    })
  return {
    crashes,
    victim: 'gateway',
    name,
    environment,
    port: Number(environment.EXCHANGE_PORT),
    async start() {
      for (let attempt = 1; process === null; attempt++) {
        try {
          process = await startGatewayProcess(environment)
          watch(process)
        } catch (thrown) {
          if (attempt === 40) throw thrown
          tell(`${name} did not start: ${String(thrown).split('\n').slice(-3).join(' ').slice(0, 200)}`)
          await sleep(250)
        }
      }
    },
    async kill() {
      const killed = process
      process = null
      await killed?.kill()
      return true
    },
    async stop() {
      const stopped = process
      process = null
      return (await stopped?.stop()) ?? null
    },
  }
}

export const serverTarget = (cluster: PrivateCluster): Target => ({
  victim: 'server',
  name: 'PostgreSQL',
  async kill() {
    await cluster.killServer()
    return true
  },
  start: () => cluster.start(),
})

export const backendTarget = (cluster: PrivateCluster): Target => ({
  victim: 'backend',
  name: "a lane's backend",
  kill: () => cluster.killBackend('lane %'),
  start: null,
})

export const providerTarget = (provider: ProviderProcess): Target => ({
  victim: 'provider',
  name: provider.name,
  async kill() {
    await provider.kill()
    return true
  },
  start: () => provider.start(),
})
