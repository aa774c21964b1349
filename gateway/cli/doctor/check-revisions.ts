import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { VerifiedRevisions } from '../../control/verified-revisions.ts'
import { systemClock } from '../../edge/clock.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import { storedRevisions } from '../../edge/postgres/stored-revisions.ts'
import { withStore } from '../with-store.ts'
import type { Check } from './check.ts'

/** Verifies every stored revision from the genesis that is pinned here on, as a starting gateway would. */
export const checkRevisions: Check = async settings => {
  const what = 'revisions'
  const pinned = existsSync(join(settings.dataDir, 'state.json')) ? new LocalStateFile(settings.dataDir).state : null
  if (!pinned?.genesis)
    return [{ state: 'warning', what, detail: 'no genesis is pinned on this machine: nothing to verify them from' }]
  const { genesis, highest } = pinned
  const clock = systemClock()
  try {
    return await withStore(settings, async database => {
      const revisions = new VerifiedRevisions(storedRevisions(database), { genesis, highest }, () => clock.now())
      const newest = await revisions.newest()
      const { broken } = revisions
      return newest
        ? [{ state: 'good' as const, what, detail: `all verify up to ${newest.number} (${newest.digest})` }]
        : [
            {
              state: 'wrong' as const,
              what,
              detail: `revision ${broken?.number} cannot be obeyed (${broken?.reason}: ${broken?.detail}): find out who wrote it, and restore the one that the control lane names`,
            },
          ]
    })
  } catch (thrown) {
    return [{ state: 'wrong', what, detail: thrown instanceof Error ? thrown.message : String(thrown) }]
  }
}
