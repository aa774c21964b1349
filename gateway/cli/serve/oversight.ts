import type { Instant } from '../../domain/instant.ts'
import type { GatewayId } from '../../domain/gateway-id.ts'
import { Activity } from '../../edge/activity.ts'
import type { CertificatesInUse } from '../../edge/expiry/certificates-in-use.ts'
import type { KeptHeads } from '../../edge/keys/kept-heads.ts'
import type { Metrics } from '../../edge/metrics.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import { PostgresChanges } from '../../edge/postgres/changes.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { doesOffice, type ProcessRole } from '../../edge/postgres/process-role.ts'
import type { LiveRevocations } from '../../edge/revocation/live-revocations.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import { Alarms } from './alarms.ts'
import { AlertDuty } from './alert-duty.ts'
import { ClockDuty } from './clock-duty.ts'
import type { ControlDuty } from './control-duty.ts'
import type { DataLane } from './data-lane.ts'
import { StampDuty } from './stamp-duty.ts'
import { EmergencyBook, rulesNow, settingsNow, watchAlerts } from './watch-alerts.ts'
import type { WitnessWatch } from './witness-watch.ts'

export interface OversightParts {
  readonly gatewayId: GatewayId
  readonly role: ProcessRole
  readonly dataDir: string
  readonly database: Database
  readonly now: () => Instant
  readonly metrics: Metrics
  readonly log: OperationsLog
}

/** What is there only once the process is up. */
export interface OverseenParts {
  readonly snapshots: Snapshots
  readonly heads: KeptHeads
  readonly lane: DataLane
  readonly control: ControlDuty | null
  readonly revocations: LiveRevocations
  readonly certificates: CertificatesInUse
  readonly witnesses: WitnessWatch
}

/** The eyes of a process: its clock, what is wrong with it, time stamps, and the alerts that come of all that. */
export class Oversight {
  readonly clock: ClockDuty
  readonly alarms: Alarms
  readonly activity = new Activity()
  readonly #parts: OversightParts
  readonly #emergencies = new EmergencyBook()
  readonly #unloadable = new Set<number>()
  #stamps: StampDuty | null = null
  #alerts: AlertDuty | null = null

  constructor(parts: OversightParts) {
    const { gatewayId, database, metrics, log } = parts
    this.#parts = parts
    this.clock = new ClockDuty({ process: gatewayId, database, metrics, log })
    this.alarms = new Alarms(log)
  }

  /** For `/readyz`. */
  get stamps(): StampDuty | null {
    return this.#stamps
  }

  /** Everything is there to be watched. */
  start({ heads, witnesses, ...watched }: OverseenParts): void {
    const { gatewayId, role, dataDir, database, now, metrics, log } = this.#parts
    const { snapshots, control } = watched
    const { alarms, activity, clock } = this
    const keeps = doesOffice(role)
    const changes = keeps ? new PostgresChanges(database) : null
    watchAlerts(alarms, { ...watched, process: gatewayId, dataDir, changes, emergencies: this.#emergencies, now })
    alarms.isUsual = ({ rule }) =>
      rule === 'few-security-officers' && snapshots.current()?.configuration.mode === 'development'
    alarms.watch(() => clock.conditions())
    alarms.watch(() => (keeps ? witnessesOf(witnesses) : []))
    if (keeps) this.#stamps = this.#stampDuty(heads, control, snapshots)
    this.#alerts = new AlertDuty({
      process: `${gatewayId} ${role}`,
      database,
      keeps,
      rules: () => rulesNow(snapshots),
      activators: subject => this.#emergencies.officersOf(subject),
      activity,
      alarms,
      clock,
      now,
      metrics,
      log,
    })
    this.#alerts.start()
  }

  #stampDuty(heads: KeptHeads, control: ControlDuty | null, snapshots: Snapshots): StampDuty {
    const { database, now, metrics, log } = this.#parts
    const stamps = new StampDuty({
      database,
      heads,
      isOnDuty: () => control?.isOnDuty ?? false,
      authorities: () => snapshots.current()?.configuration.timeAuthorities ?? [],
      schedule: () => settingsNow(snapshots).timestamping,
      now,
      metrics,
      log,
    })
    this.alarms.watch(() => stamps.conditions())
    this.clock.compareWithAuthorities(() => stamps.drifts())
    stamps.start()
    return stamps
  }

  onVerified(verified: VerifiedRevision): void {
    this.#emergencies.note(verified)
  }

  onRefused(revision: number, reason: string): void {
    this.#unloadable.add(revision)
    const detail = `it cannot be obeyed (${reason}); exchanges stop a minute behind it`
    this.alarms.raise({ rule: 'revision-not-loadable', subject: `revision ${revision}`, detail })
  }

  /** A revision is obeyed: those up to it are no trouble any more. */
  onLoaded(revision: number): void {
    for (const number of this.#unloadable) {
      if (number > revision) continue
      this.#unloadable.delete(number)
      this.alarms.over('revision-not-loadable', `revision ${number}`)
    }
  }

  onLaneDeath(lane: string): void {
    const detail = `lane ${lane} died: what waited for it was refused`
    this.alarms.strike({ rule: 'audit-failure', subject: this.#parts.gatewayId, detail })
  }

  async stop(): Promise<void> {
    await this.#alerts?.stop()
    await this.#stamps?.stop()
    await this.clock.stop()
  }
}

const witnessesOf = (witnesses: WitnessWatch) => [
  ...(witnesses.isOverdue()
    ? [{ rule: 'uncosigned', subject: 'control lane', detail: 'too few witnesses have cosigned the log for too long' }]
    : []),
  ...witnesses.open.map(({ conflict: { witness } }) => ({
    rule: 'witness-conflict',
    subject: `witness ${witness}`,
    detail: 'it holds another log than the one that is here: exchanges stop until two officers sign a recovery',
  })),
]
