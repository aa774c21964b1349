import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../domain/digest.ts'
import { GENESIS, type RevisionNumber } from '../../domain/revision-number.ts'
import { systemClock } from '../../edge/clock.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readRevisions } from '../../edge/postgres/revisions.ts'
import { type KnownRevision, Policies } from '../../snapshot/policies.ts'
import type { StoredRevision } from '../../snapshot/revision-text.ts'
import { verifyGenesis, verifyNext, type VerifiedRevision } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'
import type { Settings } from '../settings.ts'

/** Revisions read at once; each may be some MB. */
const PAGE = 10
/** Of PostgreSQL's integer. */
const HIGHEST = 2 ** 31 - 1

/** Reads and verifies the chain from the genesis. Throws Misuse where it does not hold. */
export async function loadPolicies(database: Database, settings: Settings): Promise<Policies<VerifiedRevision>> {
  const pinned = pinnedGenesis(settings)
  const known: KnownRevision[] = []
  let last: VerifiedRevision | null = null
  for (;;) {
    const page = await readRevisions(database, known.length, HIGHEST, PAGE)
    for (const stored of page) {
      last = verify({ ...stored, number: stored.number as RevisionNumber }, last, pinned)
      known.push({ number: last.number, digest: last.digest, document: last.document })
    }
    if (page.length === 0) break
  }
  if (last === null) throw new Misuse('the database holds no revision yet: start a gateway first')
  return new Policies(known, last)
}

function verify(stored: StoredRevision, before: VerifiedRevision | null, pinned: Digest | null): VerifiedRevision {
  const verified = before
    ? verifyNext(stored, before, systemClock().now())
    : verifyGenesis(stored, pinned ?? stored.digest)
  if (!verified.ok)
    throw new Misuse(`revision ${stored.number} does not verify (${verified.error.reason}): ${verified.error.detail}`)
  if (stored.number === GENESIS && pinned === null && verified.value.configuration.mode === 'production')
    throw new Misuse('no genesis is pinned under DATA_DIR: run this where a gateway runs, or bring its state.json')
  return verified.value
}

function pinnedGenesis({ dataDir }: Settings): Digest | null {
  return existsSync(join(dataDir, 'state.json')) ? new LocalStateFile(dataDir).state.genesis : null
}
