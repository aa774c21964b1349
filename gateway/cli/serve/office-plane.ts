import type { Instant } from '../../domain/instant.ts'
import type { TlsMaterial } from '../../edge/listener/tls-policy.ts'
import type { LiveSnapshots } from '../../edge/live-snapshots.ts'
import type { Metrics } from '../../edge/metrics.ts'
import { type OfficeListener, officeListener } from '../../edge/office/office-listener.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import type { LiveRevocations } from '../../edge/revocation/live-revocations.ts'
import type { Tally } from '../../edge/tally.ts'
import type { PackMaker } from '../../review/pack/ports.ts'
import type { Settings } from '../settings.ts'
import { ChangeDuty } from './change-duty.ts'
import { listenOr } from './listen.ts'
import { officeDesk } from './office-desk.ts'
import { officeHandler } from './office-handler.ts'
import { ReplayDuty } from './replay-duty.ts'
import type { ExpiryWatch } from './watch-expiry.ts'

export interface OfficePlaneParts {
  readonly settings: Settings
  readonly database: Database
  readonly clock: { now(): Instant }
  readonly snapshots: LiveSnapshots
  readonly revocations: LiveRevocations
  readonly expiry: ExpiryWatch
  readonly tally: Tally
  readonly metrics: Metrics
  readonly packs: PackMaker
  readonly log: OperationsLog
  /** Our own TLS key and certificate, and the trust of the present revision. */
  readonly material: TlsMaterial
}

/** What officers meet of a process: the office listener with its API, the duty of applying changes whose time has come, and that of replays. */
export interface OfficePlane {
  readonly listener: OfficeListener
  readonly changes: ChangeDuty
  readonly replays: ReplayDuty
  /** Opens OFFICE_PORT; resolves to the open port. */
  listen(): Promise<number>
}

export function openOfficePlane(parts: OfficePlaneParts): OfficePlane {
  const { settings, database, snapshots, revocations, tally, metrics, log } = parts
  const now = (): Instant => parts.clock.now()
  const office = officeDesk(database, snapshots, now)
  const replays = new ReplayDuty({ database, changes: office.store, revisions: office.revisions, now, log })
  const count: Tally['count'] = counted => tally.count(counted)
  const listener = officeListener({
    tls: parts.material,
    rules: settings.exchangeTls,
    handle: officeHandler({
      ...office,
      packs: parts.packs,
      database,
      snapshots,
      replays,
      revocations,
      now,
      count,
      log,
    }),
    count,
    now,
    onPeer: peer => parts.expiry.onPeer(peer),
  })
  return {
    listener,
    replays,
    changes: new ChangeDuty({ database, snapshots, now, metrics, log, ...office }),
    listen: () =>
      listenOr(() => listener.listen(settings.officePort, settings.host), settings.officePort, 'OFFICE_PORT'),
  }
}
