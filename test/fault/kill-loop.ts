import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { auditVerify, type FaultWorld, makeFaultWorld, writeConfiguration } from '../support/fault/fault-world.ts'
import { type PrivateCluster, startPrivateCluster } from '../support/fault/private-cluster.ts'
import { type ProviderProcess, providerProcess } from '../support/fault/provider-process.ts'
import { type Random, seededRandom } from '../support/fault/random.ts'
import { stablePort } from '../support/fault/stable-port.ts'
import {
  backendTarget,
  type GatewayTarget,
  gatewayTarget,
  providerTarget,
  serverTarget,
  type Target,
  type Victim,
} from '../support/fault/targets.ts'
import { readLanes } from '../support/ledger/check-lanes.ts'
import { checkLedger, type LedgerEntry, type LedgerFinding } from '../support/ledger/check-ledger.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { type Load, startLoad } from '../support/load/closed-loop.ts'
import { callsToDataCentre, callsToLogistics } from '../support/load/permitted-calls.ts'
import { type Client, clientOf } from '../support/world/client.ts'

/** How often each is chosen, relative to the others. */
const VICTIMS: readonly Victim[] = ['gateway', 'gateway', 'gateway', 'provider', 'provider', 'server', 'backend']
/** At each of two gateways, for each of two providers. */
const CALLERS = 16

export interface KillLoopOptions {
  /** Of load, at least: it goes on until all kills have been made. */
  readonly seconds: number
  readonly kills: number
  /** Fixes whom the harness kills and its pauses; what is under way at that moment is up to the machine. */
  readonly seed: number
  readonly tell?: (line: string) => void
}

export interface KillLoopReport {
  readonly seed: number
  readonly seconds: number
  readonly calls: number
  /** By a provider, through a gateway, to the caller. */
  readonly answered: number
  readonly kills: Readonly<Record<Victim, number>>
  /** From each start behind a kill to ready, milliseconds. */
  readonly readyMillis: Readonly<Record<Victim, readonly number[]>>
  /** Outcomes of `audit verify`: one behind each kill of a gateway, and one for each gateway at the end. */
  readonly verifications: readonly { readonly good: boolean; readonly records: number; readonly findings: unknown }[]
  /** Of the gateways' drains at the end. */
  readonly exitCodes: readonly (number | null)[]
  /** Gateways that ended by themselves, or with a fault. */
  readonly crashes: readonly string[]
  readonly lanes: number
  readonly unresolved: number
  readonly findings: readonly LedgerFinding[]
}

/**
 * Load from 64 callers through two gateways that share one PostgreSQL, to two providers, while all of these are killed at random
 * times and started again; then everything is compared.
 */
export async function runKillLoop({ seconds, kills, seed, tell }: KillLoopOptions): Promise<KillLoopReport> {
  const world = await makeFaultWorld()
  const cluster = await startPrivateCluster(join(world.directory, 'postgres'))
  const run = new Run(world, cluster, seededRandom(seed), tell ?? (() => undefined))
  try {
    return { seed, ...(await run.run(seconds, kills)) }
  } finally {
    await run.close()
    world.remove()
  }
}

class Run {
  readonly #world: FaultWorld
  readonly #cluster: PrivateCluster
  readonly #random: Random
  readonly #tell: (line: string) => void
  readonly #gateways: GatewayTarget[] = []
  readonly #providers: ProviderProcess[] = []
  readonly #targets: Target[] = []
  readonly #clients: Client[] = []
  readonly #down = new Set<Target>()
  readonly #kills = { gateway: 0, provider: 0, server: 0, backend: 0 }
  readonly #readyMillis = { gateway: [], provider: [], server: [], backend: [] } as Record<Victim, number[]>
  readonly #verifications: KillLoopReport['verifications'][number][] = []
  /** What was killed and is being started, and verifications under way. */
  readonly #underWay = new Set<Promise<void>>()
  #verifying: Promise<void> = Promise.resolve()

  constructor(world: FaultWorld, cluster: PrivateCluster, random: Random, tell: (line: string) => void) {
    this.#world = world
    this.#cluster = cluster
    this.#random = random
    this.#tell = tell
  }

  async run(seconds: number, kills: number): Promise<Omit<KillLoopReport, 'seed'>> {
    await this.#startAll()
    const loads = this.#gateways.flatMap(gateway => this.#loadOn(gateway.port))
    const began = performance.now()
    await this.#killAtRandom(seconds, kills)
    const loaded = performance.now() - began
    await Promise.all(loads.map(load => load.stop()))
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)

    const exitCodes = []
    for (const gateway of this.#gateways) exitCodes.push(await gateway.stop())
    for (const gateway of this.#gateways) await this.#verify(gateway)
    return { seconds: Math.round(loaded / 100) / 10, exitCodes, ...(await this.#compare(loads.flatMap(l => l.ledger))) }
  }

  async #compare(ledger: readonly LedgerEntry[]) {
    const log = await readLog(this.#cluster.adminUrl)
    const lanes = await readLanes(this.#cluster.adminUrl)
    const seen = this.#providers.flatMap(provider => provider.seen())
    return {
      calls: ledger.length,
      answered: ledger.filter(({ status, problem }) => status !== null && problem === null).length,
      kills: this.#kills,
      readyMillis: this.#readyMillis,
      verifications: this.#verifications,
      crashes: this.#gateways.flatMap(({ crashes }) => crashes),
      lanes: lanes.length,
      unresolved: log.filter(({ kind }) => kind === 'unresolved').length,
      findings: checkLedger(ledger, seen, log, lanes),
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    for (const client of this.#clients) client.close()
    for (const gateway of this.#gateways) await gateway.kill()
    for (const provider of this.#providers) await provider.kill()
    await this.#cluster.stop()
  }

  async #startAll(): Promise<void> {
    const { directory, certsDir, environment } = this.#world
    const ports = { dataCentre: await stablePort(), logistics: await stablePort() }
    writeConfiguration(this.#world, ports)
    for (const [name, port] of [
      ['G99.10.data-centre', ports.dataCentre],
      ['G99.22.logistics', ports.logistics],
    ] as const)
      this.#providers.push(providerProcess({ certsDir, port, seenFile: join(directory, `seen.${name}`), name }))
    for (const GATEWAY_ID of ['gateway-1', 'gateway-2']) {
      const own = {
        GATEWAY_ID,
        DATABASE_URL: this.#cluster.runtimeUrl,
        DATA_DIR: join(directory, GATEWAY_ID),
        KEYS_DIR: join(directory, 'keys'),
        EXCHANGE_PORT: String(await stablePort()),
        OPS_PORT: String(await stablePort()),
      }
      this.#gateways.push(gatewayTarget({ ...environment, ...own }, this.#tell))
    }
    await Promise.all(this.#providers.map(provider => provider.start()))
    // One behind the other: the first makes the genesis.
    for (const gateway of this.#gateways) await gateway.start()
    this.#targets.push(
      ...this.#gateways,
      ...this.#providers.map(providerTarget),
      serverTarget(this.#cluster),
      backendTarget(this.#cluster),
    )
  }

  #loadOn(port: number): readonly Load[] {
    const clients = new Map<string, Client>()
    const client = (name: string): Client => {
      const made = clients.get(name) ?? clientOf(this.#world.certsDir, () => port, name)
      clients.set(name, made)
      return made
    }
    const loads = [startLoad(callsToDataCentre(client), CALLERS), startLoad(callsToLogistics(client), CALLERS)]
    this.#clients.push(...clients.values())
    return loads
  }

  async #killAtRandom(seconds: number, kills: number): Promise<void> {
    const pauseMillis = (seconds * 1000) / (kills + 1)
    const until = performance.now() + seconds * 1000
    for (let killed = 0; killed < kills; ) {
      await sleep(this.#random.between(0.3, 1.7) * pauseMillis)
      const victim = this.#random.pick(VICTIMS)
      if (await this.#kill(this.#random.pick(this.#targets.filter(target => target.victim === victim)))) killed++
    }
    await sleep(Math.max(0, until - performance.now()))
  }

  /** False: there is nothing to kill at this moment. */
  async #kill(target: Target): Promise<boolean> {
    const pause = this.#random.between(20, 600)
    if (this.#down.has(target) || !(await target.kill())) return false
    this.#kills[target.victim]++
    this.#tell(`killed ${target.name}`)
    if (target.start !== null) {
      this.#down.add(target)
      this.#follow(this.#startAgain(target, target.start, pause))
    }
    return true
  }

  async #startAgain(target: Target, start: () => Promise<void>, pause: number): Promise<void> {
    await sleep(pause)
    const from = performance.now()
    await start()
    const millis = Math.round(performance.now() - from)
    this.#readyMillis[target.victim].push(millis)
    this.#down.delete(target)
    this.#tell(`${target.name} is ready again after ${millis} ms`)
    const gateway = this.#gateways.find(one => one === target)
    if (gateway) this.#follow(this.#verify(gateway))
  }

  /** One at a time. A verification that could not read, because PostgreSQL was killed under it, is repeated. */
  #verify({ name, environment }: GatewayTarget): Promise<void> {
    this.#verifying = this.#verifying.then(async () => {
      let verification = await auditVerify(environment)
      for (let attempt = 1; verification === null && attempt < 20; attempt++) {
        await sleep(250)
        verification = await auditVerify(environment)
      }
      const { good = false, records = 0, findings = 'it never read the log' } = verification ?? {}
      this.#verifications.push({ good, records, findings })
      this.#tell(`audit verify for ${name}: ${good ? 'good' : JSON.stringify(findings)}, ${records} records`)
    })
    return this.#verifying
  }

  #follow(work: Promise<void>): void {
    const followed: Promise<void> = work.finally(() => this.#underWay.delete(followed))
    this.#underWay.add(followed)
    followed.catch(() => undefined)
  }
}
