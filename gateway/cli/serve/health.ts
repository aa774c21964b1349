import { systemClock } from '../../edge/clock.ts'
import { awakeAgreements } from './agreement-reminders.ts'
import { formatInstant } from '../../domain/instant.ts'
import type { IssuerFreshness } from '../../edge/revocation/freshness.ts'
import type { LiveRevocations } from '../../edge/revocation/live-revocations.ts'
import type { Health, Part } from '../../edge/ops/ops-app.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import type { CertificatesInUse } from '../../edge/expiry/certificates-in-use.ts'
import type { ControlDuty } from './control-duty.ts'
import type { DataLane } from './data-lane.ts'
import type { Oversight } from './oversight.ts'
import type { StampDuty } from './stamp-duty.ts'
import { describeExpiring } from './watch-expiry.ts'
import type { WitnessWatch } from './witness-watch.ts'

export interface Watched {
  readonly snapshots: Snapshots
  readonly lane: DataLane
  /** Null: the office processes write the control lane. */
  readonly control: ControlDuty | null
  readonly revocations: LiveRevocations
  readonly certificates: CertificatesInUse
  readonly witnesses: WitnessWatch
  readonly oversight: Oversight
}

/** Which part is not ready, and why: for operators, in words. */
export function describeHealth({
  snapshots,
  lane,
  control,
  revocations,
  certificates,
  witnesses,
  oversight,
}: Watched): Health {
  return {
    parts: () => {
      const snapshot = snapshots.current()
      const freshness = revocations.freshness()
      const awake = snapshot === null ? [] : awakeAgreements(snapshot, systemClock().now())
      return [
        part('policy', snapshot !== null, snapshot ? `revision ${snapshot.revision}` : 'no revision can be obeyed'),
        part('audit log', lane.isOpen, lane.isOpen ? `lane ${lane.writer.lane}` : whyClosed(lane)),
        part(
          'control lane',
          !control?.damage,
          control?.damage ?? (control?.isOnDuty ? 'written by this process' : 'written by another process'),
        ),
        part('witnesses', witnesses.halted() === null, witnesses.describe()),
        part('clock', !oversight.clock.isUnreliable, describeClock(oversight.clock.drift)),
        // Only said: an authority that fails stops nothing.
        ...(oversight.stamps ? [part('time stamps', true, describeStamps(oversight.stamps.ages()))] : []),
        // One issuer's stale list stops that issuer's systems alone.
        part(
          'revocation lists',
          freshness.some(({ state }) => state !== 'unknown'),
          freshness.map(describeFreshness).join('; '),
        ),
        // Only said: an end that is near stops nothing.
        part('certificates', true, describeExpiring(certificates.expiring())),
        ...(awake.length > 0 ? [part('emergencies', true, `warning: ${awake.join(', ')} activated`)] : []),
      ]
    },
  }
}

const whyClosed = (lane: DataLane): string =>
  lane.isWaiting ? 'the lane waits for an office process to endorse it (serve --role office)' : 'no lane is open'

function describeFreshness({ issuer, state, until, graceSeconds }: IssuerFreshness): string {
  if (until === null) return `${issuer} ${state === 'unknown' ? 'refused: a list is missing' : 'asks its responder'}`
  if (state === 'fresh') return `${issuer} fresh until ${formatInstant(until)}`
  const stale = `stale since ${formatInstant(until)}`
  return state === 'grace' ? `${issuer} ${stale}, refused in ${graceSeconds} s` : `${issuer} refused: ${stale}`
}

const describeClock = (drift: number | null): string =>
  drift === null ? 'not compared with the database yet' : `${drift.toFixed(3)} s ahead of the database's`

function describeStamps(ages: ReturnType<StampDuty['ages']>): string {
  if (ages.length === 0) return 'no time authority is configured'
  return ages
    .map(({ authority, seconds, stamped }) => `${authority} ${stamped ? `${Math.round(seconds)} s ago` : 'never'}`)
    .join(', ')
}

const part = (name: string, ready: boolean, detail: string): Part => ({ part: name, ready, detail })
