import { documentOf } from '../control/document-of-revision.ts'
import type { RevisionSource } from '../control/revision-source.ts'
import type { StoredRevisions } from '../control/verified-revisions.ts'
import type { LiveSnapshots } from './live-snapshots.ts'

/** Revisions may come in between two questions; not for ever. */
const MOST_ATTEMPTS = 5

/** The revisions as this process verified them for its data plane: the desk builds on nothing that it would not obey. */
export const liveRevisions = (snapshots: LiveSnapshots, stored: StoredRevisions): RevisionSource => ({
  async newest() {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const number = await stored.newest()
      await snapshots.atLeast(number)
      const { verified } = snapshots
      if (verified?.number === number) return verified
      if ((verified?.number ?? -1) < number) return null
    }
    return null
  },
  async documentAt(number) {
    const { verified } = snapshots
    return verified && documentOf(number, verified, (from, to) => stored.read(from, to))
  },
})
