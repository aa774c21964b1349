import type { Agreement } from '../../configuration/objects.ts'
import { effectiveSettings } from '../../configuration/effective-settings.ts'
import type { ChangeStore } from '../../control/change-store.ts'
import { activeSecurityOfficers, FEWEST_SECURITY_OFFICERS, isIdle } from '../../control/officer-activity.ts'
import { type Instant, instantOfMinute } from '../../domain/instant.ts'
import { emergencyOf } from '../../edge/activity.ts'
import { freePart } from '../../edge/disk-space.ts'
import type { CertificatesInUse } from '../../edge/expiry/certificates-in-use.ts'
import type { LiveRevocations } from '../../edge/revocation/live-revocations.ts'
import type { Condition } from '../../review/alerts/condition.ts'
import { rulesOf } from '../../review/alerts/built-in.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { Alarms, Watcher } from './alarms.ts'
import type { ControlDuty } from './control-duty.ts'
import type { DataLane } from './data-lane.ts'

/** REQUIREMENTS AR-2. */
const LEAST_FREE = 0.1
/** What is asked of a disk or of the database is asked this often. */
const SLOW_MILLIS = 20_000
/** A lane that is not open for so long is worth an alert; a new one is open within a second. */
const LANE_MILLIS = 5_000
/** A certificate of development lives 30 days. */
const DEVELOPMENT_QUIET_DAYS = 14

export interface WatchedParts {
  readonly process: string
  readonly dataDir: string
  readonly snapshots: Snapshots
  readonly lane: Pick<DataLane, 'isOpen'>
  readonly control: Pick<ControlDuty, 'damage'> | null
  readonly revocations: LiveRevocations
  readonly certificates: CertificatesInUse
  /** Null: a process without the office side. */
  readonly changes: Pick<ChangeStore, 'activity'> | null
  readonly emergencies: EmergencyBook
  readonly now: () => Instant
}

/** What every process watches of itself, beside what its parts tell. */
export function watchAlerts(alarms: Alarms, parts: WatchedParts): void {
  const { process, dataDir, snapshots, control, revocations, changes, now } = parts
  alarms.watch(lanes(parts))
  alarms.watch(() =>
    control?.damage
      ? [
          {
            rule: 'audit-failure',
            subject: 'control lane',
            detail: 'the control lane is damaged or behind its kept head',
          },
        ]
      : [],
  )
  alarms.watch(() =>
    revocations
      .freshness()
      .filter(({ state }) => state !== 'fresh')
      .map(({ issuer, state }) => ({
        rule: 'revocation-stale',
        subject: issuer,
        detail: state === 'grace' ? 'a list of this issuer is stale' : 'certificates of this issuer are refused',
      })),
  )
  alarms.watch(() => certificates(parts))
  alarms.watch(
    slowly(async () => {
      const free = await freePart(dataDir)
      const detail = 'less than a tenth of the disk that holds DATA_DIR is free'
      return free !== null && free < LEAST_FREE ? [{ rule: 'disk-low', subject: process, detail }] : []
    }),
  )
  if (changes === null) return
  alarms.watch(() => {
    const snapshot = snapshots.current()
    return snapshot === null ? [] : parts.emergencies.conditions(snapshot, now())
  })
  alarms.watch(
    slowly(async () => {
      const snapshot = snapshots.current()
      return snapshot === null ? [] : officers(snapshot, await changes.activity(), now())
    }),
  )
}

/** A lane that died is told of at once by its process; this one tells that no other has followed. */
function lanes({ lane, process }: WatchedParts): Watcher {
  let openAt = performance.now()
  return () => {
    if (lane.isOpen) openAt = performance.now()
    return performance.now() - openAt > LANE_MILLIS
      ? [
          {
            rule: 'audit-failure',
            subject: process,
            detail: 'no lane is open: nothing can be recorded, nothing crosses',
          },
        ]
      : []
  }
}

const certificates = ({ certificates: inUse, snapshots }: WatchedParts): readonly Condition[] => {
  const isDevelopment = snapshots.current()?.mode === 'development'
  return inUse
    .expiring()
    .filter(({ days }) => !isDevelopment || days <= DEVELOPMENT_QUIET_DAYS)
    .map(({ kind, name, fingerprint }) => ({
      rule: 'certificate-expiring',
      subject: `${kind} ${name} ${fingerprint.slice(0, 16)}`,
      detail: 'it ends within 30 days, or has ended',
    }))
}

function officers(
  { configuration }: Snapshot,
  seen: Awaited<ReturnType<ChangeStore['activity']>>,
  now: Instant,
): readonly Condition[] {
  const active = activeSecurityOfficers(configuration.officers, seen, now).length
  const idle = configuration.officers.filter(
    officer => !officer.disabled && isIdle(officer, seen.get(officer.id) ?? now, now),
  )
  const few = {
    rule: 'few-security-officers',
    subject: 'gateway',
    detail: 'fewer than three are neither disabled nor idle',
  }
  return [
    ...(active < FEWEST_SECURITY_OFFICERS ? [few] : []),
    ...idle.map(({ id }) => ({
      rule: 'officer-idle',
      subject: id,
      detail: 'not seen for 45 days: the desk takes no word',
    })),
  ]
}

/** Dormant agreements that somebody has woken, and who signed that. */
export class EmergencyBook {
  readonly #officers = new Map<string, readonly string[]>()
  readonly #awake = new WeakMap<Snapshot, readonly Agreement[]>()

  /** Reads only what the change of a revision touches. */
  note({ change, configuration, officers: signers }: VerifiedRevision): void {
    for (const { kind, id, value } of change?.edits ?? []) {
      if (kind !== 'agreement' || value === null || !('activation' in (value as object))) continue
      const agreement = configuration.agreements.find(each => each.id === id)
      const subject = agreement ? emergencyOf(agreement) : null
      // Whoever changed it later has not woken it.
      if (subject !== null && !this.#officers.has(subject))
        this.#officers.set(subject, [...new Set([...signers, ...(change?.authors ?? [])])])
    }
  }

  officersOf(subject: string): readonly string[] {
    return this.#officers.get(subject) ?? []
  }

  /** From the revision that woke them to the end of their time. */
  conditions(snapshot: Snapshot, now: Instant): readonly Condition[] {
    const awake =
      this.#awake.get(snapshot) ?? snapshot.configuration.agreements.filter(each => each.activation !== null)
    this.#awake.set(snapshot, awake)
    return awake.flatMap(agreement => {
      const subject = emergencyOf(agreement)
      if (subject === null || agreement.activation === null || instantOfMinute(agreement.activation.until) <= now)
        return []
      const detail = 'a dormant agreement is activated: its use has to be reviewed'
      return [{ rule: 'break-glass', subject, detail, officers: this.officersOf(subject) }]
    })
  }
}

/** Asks again only when what was asked last is old. */
function slowly(watcher: Watcher): Watcher {
  let askedAt = Number.NEGATIVE_INFINITY
  let last: readonly Condition[] = []
  return async () => {
    if (performance.now() - askedAt < SLOW_MILLIS) return last
    askedAt = performance.now()
    // Not known is not over: what was so stays so until somebody can look again.
    last = await Promise.resolve(watcher()).catch(() => last)
    return last
  }
}

/** The rules of the present revision; the settings beside them. */
export const rulesNow = (snapshots: Snapshots) => rulesOf(snapshots.current()?.configuration.alertRules ?? [])

export const settingsNow = (snapshots: Pick<Snapshots, 'current'>) =>
  effectiveSettings(snapshots.current()?.configuration.settings ?? [])
