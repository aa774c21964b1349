import { join } from 'node:path'
import { newLaneName } from '../../domain/gateway-id.ts'
import { must } from '../../domain/result.ts'
import { revisionNumber } from '../../domain/revision-number.ts'
import { systemClock } from '../../edge/clock.ts'
import { CrlIndex } from '../../edge/keys/crl-index.ts'
import { openKeys } from '../../edge/keys/file-keys.ts'
import { KeptHeads } from '../../edge/keys/kept-heads.ts'
import { processLimits } from '../../edge/limits.ts'
import { type ExchangeListener, exchangeListener } from '../../edge/listener/exchange-listener.ts'
import { LiveSnapshots } from '../../edge/live-snapshots.ts'
import type { LocalStateFile } from '../../edge/local-state.ts'
import { MemoryBudget } from '../../edge/memory-budget.ts'
import { Metrics, observer } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { PostgresLaneStore } from '../../edge/postgres/lane-store.ts'
import { type Listening, listenRevisions } from '../../edge/postgres/listen-revisions.ts'
import { newestRevision, readRevisions } from '../../edge/postgres/revisions.ts'
import { PostgresVolumes } from '../../edge/postgres/volumes.ts'
import { ProviderLines } from '../../edge/provider/providers.ts'
import { Tally } from '../../edge/tally.ts'
import type { Ports } from '../../exchange/ports.ts'
import { runExchange } from '../../exchange/run-exchange.ts'
import { Validators } from '../../schema/validators.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { Misuse } from '../misuse.ts'
import type { Settings } from '../settings.ts'
import { SOFTWARE } from '../version.ts'
import { closeAll } from './close-all.ts'
import { ControlDuty } from './control-duty.ts'
import { DataLane } from './data-lane.ts'
import { Follower } from './follower.ts'
import { listenOr } from './listen.ts'
import type { Store } from './open-store.ts'
import { portalHandler } from './portal-handler.ts'
import { serveOps } from './serve-ops.ts'
import { readTlsMaterial, watchCrl, type Watched, watchGatewayCertificate } from './tls-files.ts'
import { describeHealth } from './health.ts'

/** Bytes of bodies in memory at once. */
const BODY_MEMORY = 512 * 1024 * 1024
/** Calls a second of one system; a flat cap against a runaway client, far above what an agreement allows. */
const SYSTEM_PER_SECOND = 20_000

export interface Gateway {
  readonly exchangePort: number
  readonly opsPort: number
  /** Drains: no exchange is cut, no record lost. Then closes everything but the database. */
  stop(): Promise<void>
}

interface Opened {
  listener?: ExchangeListener
  certificate?: { stop(): void }
  ops?: { close(): Promise<void> }
  listening?: Listening
  follower?: Follower
}

/** One gateway process with both planes: exchange listener, lane, control duty, follower, ops listener. */
export async function startGateway(
  settings: Settings,
  store: Store,
  state: LocalStateFile,
  log: OperationsLog,
): Promise<Gateway> {
  const clock = systemClock()
  const metrics = new Metrics()
  const keys = openKeys(settings.keysDir)
  const heads = new KeptHeads(join(settings.dataDir, 'heads'))
  const laneStore = new PostgresLaneStore(store.database)
  const revocations = new CrlIndex()
  const { database } = store

  const control = new ControlDuty({
    database,
    store: laneStore,
    heads,
    key: keys.controlLane,
    gateway: settings.gatewayId,
    software: SOFTWARE,
    clock: () => clock.now(),
    onDamage: (lane, detail) => log.error('a lane is damaged: see `lienthong audit verify`', { lane, detail }),
    onSealed: (lane, unresolved) => log.info('sealed a lane', { lane, unresolved }),
    onFailure: thrown => log.error('the control lane cannot be written', describe(thrown)),
  })

  const snapshots = new LiveSnapshots({
    revisions: {
      newest: () => newestRevision(database),
      read: async (from, to) =>
        (await readRevisions(database, from, to)).map(revision => ({
          ...revision,
          number: must(revisionNumber(revision.number)),
        })),
    },
    state,
    onRefused: (number, { reason, detail }) =>
      log.error('a revision cannot be obeyed; exchanges stop a minute from now', { revision: number, reason, detail }),
    onVerified: ({ number, digest, previous, officers }) => control.addRevision({ number, digest, previous, officers }),
    onLoaded: snapshot => {
      log.info('obeying a revision', { revision: snapshot.revision, digest: snapshot.digest })
      void reloadTrust(snapshot).catch(thrown =>
        log.error('the trust of a revision cannot be loaded', describe(thrown)),
      )
    },
  })
  /** New connections in both directions, and the revocation lists, go by the issuers of the newest revision. */
  const reloadTrust = async (snapshot: Snapshot): Promise<void> => {
    if (!live) return
    const reloaded = readTlsMaterial(settings.certsDir, snapshot.trust)
    live.listener.reload(reloaded)
    live.providers.reload(reloaded)
    await live.crl.reload()
  }
  let live: { listener: ExchangeListener; providers: ProviderLines; crl: Watched } | null = null

  await snapshots.refresh()
  const snapshot = snapshots.current()
  if (!snapshot)
    throw new Misuse('the stored configuration cannot be obeyed: see the line above, and `lienthong doctor`')
  const material = readTlsMaterial(settings.certsDir, snapshot.trust)
  const crl = await watchCrl(settings.certsDir, revocations, () => snapshots.current()?.trust ?? [], log)

  const providers = new ProviderLines(material, () => {
    const registry = snapshots.current()
    return registry ? { registry, revocations, at: clock.now() } : null
  })
  const lane = new DataLane({
    database,
    store: laneStore,
    heads,
    gateway: settings.gatewayId,
    software: SOFTWARE,
    clock: () => clock.now(),
    announce: () => control.announce(),
    onBatch: (size, millis) => {
      metrics.batches.observe(size)
      metrics.commits.observe(millis / 1000)
    },
    onDeath: (name, why) => {
      log.error('the lane of this process is dead; a new one is opened', { lane: name, why })
      void lane.open(thrown => log.error('no lane can be opened', describe(thrown)))
    },
  })
  const tally = new Tally(
    lane,
    () => clock.now(),
    thrown => log.warn('counts could not be recorded yet', describe(thrown)),
  )
  const memory = new MemoryBudget(BODY_MEMORY)
  const volumes = new PostgresVolumes(database, newLaneName(settings.gatewayId), thrown =>
    log.warn('volumes could not be counted in the database yet', describe(thrown)),
  )
  await volumes.exchange()
  const ports: Ports = {
    clock,
    snapshots,
    revocations,
    log: lane,
    limits: processLimits({ systemPerSecond: SYSTEM_PER_SECOND, processes: 1, volumes }),
    providers,
    validators: new Validators(),
    evidenceKey: keys.evidence,
    refusals: tally,
    observe: observer(metrics, (exchange, thrown) =>
      log.error('an exchange met a fault', { exchange, ...describe(thrown) }),
    ),
  }

  /** What comes to be below: a start that fails halfway closes what it has opened. */
  const opened: Opened = {}
  /** In the order of a drain. */
  const stop = (): Promise<void> =>
    closeAll([
      () => opened.listener?.drain(),
      () => tally.close(),
      () => volumes.close(),
      () => lane.close(),
      () => opened.listening?.stop(),
      () => crl.stop(),
      () => opened.certificate?.stop(),
      () => control.stop(),
      () => opened.follower?.stop(),
      () => providers.close(),
      () => laneStore.close(),
      () => heads.close(),
      () => opened.ops?.close(),
    ])

  try {
    await control.start()
    const opening = lane.open(thrown => log.error('no lane can be opened', describe(thrown)))
    if (control.damage === null) await opening

    const follower = new Follower(database, thrown => log.warn('the search index lags behind', describe(thrown)))
    opened.follower = follower
    const listener = exchangeListener({
      tls: material,
      run: arrived => runExchange(arrived, ports),
      count: count => {
        metrics.uncounted.inc({ code: count.problem })
        tally.count(count)
      },
      portal: portalHandler({ snapshots, revocations, clock, evidenceKey: keys.evidence, database, follower, log }),
      now: () => clock.now(),
      memory,
      onConnections: open => metrics.connections.set(open),
      onFramingError: () => metrics.uncounted.inc({ code: 'request-malformed' }),
    })
    opened.listener = listener
    live = { listener, providers, crl }
    opened.certificate = await watchGatewayCertificate(
      settings.certsDir,
      () => {
        const present = snapshots.current()
        if (present) void reloadTrust(present)
        log.info('reloaded the certificate of the gateway')
      },
      log,
    )
    const exchangePort = await listenOr(
      () => listener.listen(settings.exchangePort, settings.host),
      settings.exchangePort,
      'EXCHANGE_PORT',
    )
    const health = describeHealth({ snapshots, lane, control, revocations, now: () => clock.now() })
    const ops = await listenOr(
      () => serveOps(settings.opsPort, health, metrics, { providers, memory, snapshots }),
      settings.opsPort,
      'OPS_PORT',
    )
    opened.ops = ops
    opened.listening = listenRevisions(
      database,
      number => void snapshots.atLeast(number),
      error => log.warn('revisions cannot be listened to', describe(error)),
    )
    return { exchangePort, opsPort: ops.port, stop }
  } catch (thrown) {
    await stop().catch(() => undefined)
    throw thrown
  }
}
