import type { LiveSnapshots } from '../../edge/live-snapshots.ts'
import { compileSnapshot, type Snapshot } from '../../snapshot/snapshot.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'

/** The snapshot of the newest revision: the one that is obeyed here, or while that one is being swapped, one of our own. */
export function snapshotsOf(live: Pick<LiveSnapshots, 'current'>): (newest: VerifiedRevision) => Snapshot {
  let own: Snapshot | null = null
  return ({ number, digest, configuration }) => {
    const present = live.current()
    if (present?.digest === digest) return present
    if (own?.digest !== digest) own = compileSnapshot(configuration, number, digest)
    return own
  }
}
