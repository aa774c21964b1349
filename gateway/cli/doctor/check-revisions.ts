import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { effectiveSettings } from '../../configuration/effective-settings.ts'
import type { Setting } from '../../configuration/objects.ts'
import { VerifiedRevisions } from '../../control/verified-revisions.ts'
import { systemClock } from '../../edge/clock.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import { storedRevisions } from '../../edge/postgres/stored-revisions.ts'
import { withStore } from '../with-store.ts'
import type { Check, Result } from './check.ts'

/** What is promised, beside what is done: nothing in this version deletes a record. */
function describeRetention(settings: readonly Setting[]): Result {
  const { level, months } = effectiveSettings(settings).retention
  const detail = `level ${level}: records are kept ${months} months at least; nothing deletes them in this version`
  return { state: 'good', what: 'retention', detail }
}

/** Verifies every stored revision from the genesis that is pinned here on, as a starting gateway would. */
export const checkRevisions: Check = async settings => {
  const what = 'revisions'
  const pinned = existsSync(join(settings.dataDir, 'state.json')) ? new LocalStateFile(settings.dataDir).state : null
  if (!pinned?.genesis)
    return [
      {
        state: 'warning',
        what,
        detail: 'no genesis is pinned on this machine (lienthong genesis pin): nothing to verify them from',
      },
    ]
  const { genesis, highest } = pinned
  const clock = systemClock()
  try {
    return await withStore(settings, async database => {
      const revisions = new VerifiedRevisions(storedRevisions(database), { genesis, highest }, () => clock.now())
      const newest = await revisions.newest()
      const { broken } = revisions
      return newest
        ? [
            { state: 'good' as const, what, detail: `all verify up to ${newest.number} (${newest.digest})` },
            describeRetention(newest.configuration.settings),
          ]
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
