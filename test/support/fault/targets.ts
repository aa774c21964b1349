import { setTimeout as sleep } from 'node:timers/promises'
import { type GatewayProcess, startGatewayProcess } from '../world/gateway-process.ts'
import type { PrivateCluster } from './private-cluster.ts'
import { providerProcess } from './provider-process.ts'

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
  /** SIGTERM: drains. */
  stop(): Promise<number | null>
}

/** A gateway at a port that stays, under a supervisor: a start that fails, because PostgreSQL is away, is tried again. */
export function gatewayTarget(environment: Record<string, string>, tell: (line: string) => void): GatewayTarget {
  let process: GatewayProcess | null = null
  const name = environment.GATEWAY_ID ?? 'gateway'
  return {
    victim: 'gateway',
    name,
    environment,
    port: Number(environment.EXCHANGE_PORT),
    async start() {
      for (let attempt = 1; process === null; attempt++) {
        try {
          process = await startGatewayProcess(environment)
        } catch (thrown) {
          if (attempt === 40) throw thrown
          tell(`${name} did not start: ${String(thrown).split('\n').slice(-3).join(' ').slice(0, 200)}`)
          await sleep(250)
        }
      }
    },
    async kill() {
      await process?.kill()
      process = null
      return true
    },
    async stop() {
      const code = (await process?.stop()) ?? null
      process = null
      return code
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

export const providerTarget = (provider: ReturnType<typeof providerProcess>): Target => ({
  victim: 'provider',
  name: provider.name,
  async kill() {
    await provider.kill()
    return true
  },
  start: () => provider.start(),
})
