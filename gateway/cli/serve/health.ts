import { formatInstant, type Instant } from '../../domain/instant.ts'
import type { CrlIndex } from '../../edge/keys/crl-index.ts'
import type { Health, Part } from '../../edge/ops/ops-app.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import type { ControlDuty } from './control-duty.ts'
import type { DataLane } from './data-lane.ts'

export interface Watched {
  readonly snapshots: Snapshots
  readonly lane: DataLane
  readonly control: ControlDuty
  readonly revocations: CrlIndex
  readonly now: () => Instant
}

/** Which part is not ready, and why: for operators, in words. */
export function describeHealth({ snapshots, lane, control, revocations, now }: Watched): Health {
  return {
    parts: () => {
      const snapshot = snapshots.current()
      const staleAt = revocations.staleAt
      return [
        part('policy', snapshot !== null, snapshot ? `revision ${snapshot.revision}` : 'no revision can be obeyed'),
        part('audit log', lane.isOpen, lane.isOpen ? `lane ${lane.writer.lane}` : 'no lane is open'),
        part(
          'control lane',
          control.damage === null,
          control.damage ?? (control.isOnDuty ? 'written by this process' : 'written by another process'),
        ),
        part(
          'revocation lists',
          staleAt !== null && now() < staleAt,
          staleAt === null ? 'none is loaded' : `fresh until ${formatInstant(staleAt)}`,
        ),
      ]
    },
  }
}

const part = (name: string, ready: boolean, detail: string): Part => ({ part: name, ready, detail })
