import { join } from 'node:path'
import { systemClock } from '../../edge/clock.ts'
import { KeptControlFile } from '../../edge/kept-control.ts'
import { KeptHeads } from '../../edge/keys/kept-heads.ts'
import { LiveSnapshots } from '../../edge/live-snapshots.ts'
import type { LocalStateFile } from '../../edge/local-state.ts'
import { Metrics } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { packMaker } from '../../edge/pack-maker.ts'
import { PostgresLaneStore } from '../../edge/postgres/lane-store.ts'
import { type Listening, listenRevisions } from '../../edge/postgres/listen-revisions.ts'
import { doesExchanges, doesOffice, type ProcessRole } from '../../edge/postgres/process-role.ts'
import { storedRevisions } from '../../edge/postgres/stored-revisions.ts'
import { Tally } from '../../edge/tally.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { openKeyring } from '../keys/open-keys.ts'
import { Misuse } from '../misuse.ts'
import type { Settings } from '../settings.ts'
import { SOFTWARE } from '../version.ts'
import { closeAll } from './close-all.ts'
import { ControlDuty } from './control-duty.ts'
import { DataLane } from './data-lane.ts'
import { type ExchangePlane, openExchangePlane } from './exchange-plane.ts'
import { Follower } from './follower.ts'
import { knownKeys } from './known-keys.ts'
import { listenOr } from './listen.ts'
import { LostRecordsWatch } from './lost-records.ts'
import { type OfficePlane, openOfficePlane } from './office-plane.ts'
import type { Store } from './open-store.ts'
import { serveOps } from './serve-ops.ts'
import { Oversight } from './oversight.ts'
import { readOwnCertificate, watchOwnCertificate } from './own-certificate.ts'
import { RevocationWatch } from './revocation-watch.ts'
import { demandDurability } from './demand-durability.ts'
import { describeHealth } from './health.ts'
import { watchExpiry } from './watch-expiry.ts'
import { type Witnesses, watchWitnesses } from './witnesses.ts'
import { untilOpen } from './until-open.ts'

/** Heads are named every five seconds: whoever asks for the pack of an exchange that has just been gets it with one call. */
const PACK_PATIENCE_MILLIS = 10_000

export interface Gateway {
  /** Null: this process has no exchange listener. */
  readonly exchangePort: number | null
  /** Null: no office listener. */
  readonly officePort: number | null
  readonly opsPort: number
  /** Drains: no exchange is cut, no record lost. Then closes everything but the database. */
  stop(): Promise<void>
}

interface Opened {
  plane?: ExchangePlane
  office?: OfficePlane
  certificate?: { stop(): void }
  ops?: { close(): Promise<void> }
  listening?: Listening
  follower?: Follower
  witnesses?: Witnesses
}

/**
 * One gateway process: a lane and the ops listener whatever its role is; with the data plane the exchange listener; with the control
 * plane the control duty, the follower of the log and the officers' desk.
 */
export async function startGateway(
  settings: Settings,
  store: Store,
  state: LocalStateFile,
  log: OperationsLog,
  role: ProcessRole = 'all',
): Promise<Gateway> {
  const clock = systemClock()
  const metrics = new Metrics()
  const keys = await openKeyring(settings, thrown =>
    log.error('the changed keys cannot be used; those before go on', describe(thrown)),
  )
  let openPort = settings.exchangePort
  const issuer = (): string => settings.publicUrl(openPort)
  const heads = new KeptHeads(join(settings.dataDir, 'heads'))
  const laneStore = new PostgresLaneStore(store.database)
  const { database } = store
  let own = readOwnCertificate(settings.certsDir)
  const oversight = new Oversight({
    gatewayId: settings.gatewayId,
    role,
    dataDir: settings.dataDir,
    database,
    now: () => clock.now(),
    metrics,
    log,
  })
  const maySign = (): boolean => !oversight.clock.isUnreliable

  // The control lane has one writer among the office processes; the others record through it.
  const control = doesOffice(role)
    ? new ControlDuty({
        database,
        store: laneStore,
        heads,
        kept: new KeptControlFile(settings.dataDir),
        keys: { signers: () => keys.controlLane(), known: () => knownKeys(keys, own.certificate) },
        gateway: settings.gatewayId,
        software: SOFTWARE,
        clock: () => clock.now(),
        maySign,
        setAside: async stored => opened.witnesses?.setAside(stored),
        onDamage: (lane, detail) => log.error('a lane is damaged: see `lienthong audit verify`', { lane, detail }),
        onSealed: (lane, unresolved) => log.info('sealed a lane', { lane, unresolved }),
        onHandedOver: key => log.info('the control lane is signed by another key from now on', { key }),
        onFailure: thrown => log.error('the control lane cannot be written', describe(thrown)),
      })
    : null

  const snapshots = new LiveSnapshots({
    now: () => clock.now(),
    revisions: storedRevisions(database),
    state,
    onRefused: (number, { reason, detail }) => {
      log.error('a revision cannot be obeyed; exchanges stop a minute from now', { revision: number, reason, detail })
      oversight.onRefused(number, reason)
    },
    onVerified: verified => {
      const { number, digest, previous, officers } = verified
      control?.addRevision({ number, digest, previous, officers })
      oversight.onVerified(verified)
    },
    onLoaded: snapshot => {
      oversight.onLoaded(snapshot.revision)
      log.info('obeying a revision', { revision: snapshot.revision, digest: snapshot.digest })
      void reloadTrust(snapshot).catch(thrown =>
        log.error('the trust of a revision cannot be loaded', describe(thrown)),
      )
    },
  })
  /** What comes to be below: a start that fails halfway closes what it has opened. */
  const opened: Opened = {}
  /** New connections in both directions, and the revocation lists, go by the issuers of the newest revision. */
  const reloadTrust = async (snapshot: Snapshot): Promise<void> => {
    if (!started) return
    const { issuers } = snapshot.configuration
    // The very same list where a change did not touch them: nothing to be loaded again, which takes longer than all the rest.
    if (issuers === followed) return watch.cut()
    reloadTls(snapshot)
    await watch.follow(snapshot)
    followed = issuers
  }
  const reloadTls = ({ trust }: Snapshot, certificate = own): void => {
    opened.plane?.listener.reload({ ...certificate, trust })
    opened.plane?.providers.reload({ ...certificate, trust })
    opened.office?.listener.reload({ ...certificate, trust })
  }
  let started = false
  let followed: Snapshot['configuration']['issuers'] | null = null

  await snapshots.refresh()
  const snapshot = snapshots.current()
  if (!snapshot)
    throw new Misuse('the stored configuration cannot be obeyed: see the line above, and `lienthong doctor`')
  await demandDurability(database, snapshot.mode, log)
  followed = snapshot.configuration.issuers
  const material = { ...own, trust: snapshot.trust }
  const { certsDir, dataDir } = settings
  const watch = new RevocationWatch({ certsDir, dataDir, snapshots, now: () => clock.now(), log, metrics })
  const { revocations } = watch
  await watch.start(snapshot)

  const expiry = watchExpiry({
    gatewayId: settings.gatewayId,
    ownCertificate: () => own.certificate,
    snapshots,
    now: () => clock.now(),
    metrics,
    log,
  })
  const lane = new DataLane({
    database,
    store: laneStore,
    heads,
    gateway: settings.gatewayId,
    software: SOFTWARE,
    clock: () => clock.now(),
    announce: () => control?.announce(),
    maySign,
    onBatch: (size, millis) => {
      metrics.batches.observe(size)
      metrics.commits.observe(millis / 1000)
    },
    onDeath: (name, why) => {
      log.error('the lane of this process is dead; a new one is opened', { lane: name, why })
      oversight.onLaneDeath(name)
      void lane.open(thrown => log.error('no lane can be opened', describe(thrown))).then(() => lost.look())
    },
  })
  const lost = new LostRecordsWatch({ database, heads, log, metrics })
  const tally = new Tally(
    lane,
    () => clock.now(),
    thrown => log.warn('counts could not be recorded yet', describe(thrown)),
  )

  /** In the order of a drain. */
  const stop = (): Promise<void> =>
    closeAll([
      async () => void (await Promise.all([opened.plane?.listener.drain(), opened.office?.listener.drain()])),
      () => tally.close(),
      () => opened.plane?.volumes.close(),
      () => opened.plane?.nonces.close(),
      () => lane.close(),
      () => oversight.stop(),
      () => opened.office?.changes.stop(),
      () => opened.office?.replays.stop(),
      () => opened.listening?.stop(),
      () => watch.stop(),
      () => expiry.stop(),
      () => opened.certificate?.stop(),
      () => opened.witnesses?.stop(),
      () => control?.stop(),
      () => opened.follower?.stop(),
      () => opened.plane?.providers.close(),
      () => laneStore.close(),
      () => heads.close(),
      () => opened.ops?.close(),
      () => keys.close(),
    ])

  try {
    await lost.look()
    await oversight.clock.start()
    const witnesses = watchWitnesses({
      heads,
      database,
      dataDir,
      snapshots,
      state,
      control,
      now: () => clock.now(),
      log,
      metrics,
    })
    opened.witnesses = witnesses
    await witnesses.start()
    await control?.start()
    await witnesses.ask()
    const opening = lane.open(thrown => log.error('no lane can be opened', describe(thrown)))
    if (!control || !maySign()) await untilOpen(opening, log)
    else if (control.damage === null) await opening

    if (doesOffice(role))
      opened.follower = new Follower(database, thrown => log.warn('the search index lags behind', describe(thrown)))
    const follow = async (): Promise<void> => opened.follower?.now()
    const packs = packMaker({
      ...{ database, follow, keys, maySign, software: SOFTWARE },
      keysDir: settings.keysDir,
      gateway: settings.gatewayId,
      now: () => clock.now(),
      patienceMillis: PACK_PATIENCE_MILLIS,
    })
    const common = { settings, database, clock, snapshots, revocations, expiry, tally, metrics, log, material, packs }
    if (doesExchanges(role)) {
      opened.plane = await openExchangePlane({
        ...common,
        keys,
        lane,
        issuer,
        follow,
        activity: oversight.activity,
        halted: () => (maySign() ? witnesses.watch.halted() : 'clock-unreliable'),
      })
    }
    if (doesOffice(role)) opened.office = openOfficePlane(common)
    watch.guard({ plane: opened.plane, office: opened.office })
    started = true
    // One that came while the lane was waited for.
    const present = snapshots.current()
    if (present && present !== snapshot) await reloadTrust(present)
    opened.certificate = watchOwnCertificate(
      settings.certsDir,
      own,
      renewed => {
        const present = snapshots.current()
        if (present) reloadTls(present, renewed)
        own = renewed
        log.info('reloaded the certificate of the gateway')
      },
      log,
    )
    const exchangePort = (await opened.plane?.listen()) ?? null
    if (exchangePort !== null) openPort = exchangePort
    const officePort = (await opened.office?.listen()) ?? null
    const health = describeHealth({
      snapshots,
      lane,
      control,
      revocations,
      certificates: expiry.certificates,
      witnesses: witnesses.watch,
      oversight,
    })
    const ops = await listenOr(
      () => serveOps(settings.opsPort, health, metrics, { plane: opened.plane ?? null, snapshots }),
      settings.opsPort,
      'OPS_PORT',
    )
    opened.ops = ops
    const { certificates } = expiry
    oversight.start({ snapshots, heads, lane, control, revocations, certificates, witnesses: witnesses.watch })
    opened.office?.changes.start()
    opened.office?.replays.start()
    opened.listening = listenRevisions(
      database,
      number => void snapshots.atLeast(number),
      error => log.warn('revisions cannot be listened to', describe(error)),
    )
    return { exchangePort, officePort, opsPort: ops.port, stop }
  } catch (thrown) {
    await stop().catch(() => undefined)
    throw thrown
  }
}
