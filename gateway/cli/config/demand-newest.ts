import type { VerifiedRevisions } from '../../control/verified-revisions.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'

/** The newest revision; Misuse where there is none, or where it does not verify. */
export async function demandNewest(revisions: VerifiedRevisions): Promise<VerifiedRevision> {
  const newest = await revisions.newest()
  if (newest) return newest
  const { broken } = revisions
  throw new Misuse(
    broken
      ? `revision ${broken.number} does not verify (${broken.reason}): ${broken.detail}`
      : 'the database holds no revision yet: start a gateway first',
  )
}
