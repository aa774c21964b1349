import { documentBehind } from '../../control/document-of-revision.ts'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import { type Digest, digestOf } from '../../domain/digest.ts'
import type { RevisionNumber } from '../../domain/revision-number.ts'
import { type KnownRevision, Policies } from '../../snapshot/policies.ts'
import type { Database } from './database.ts'
import { readRevisions } from './revisions.ts'

/** Revisions read at once; each may be some MB. */
const PAGE = 10

/**
 * The revisions of a chain that somebody has verified: the stored texts are those whose digests it holds, so their signatures need no
 * second look. Throws where a stored one is another, or gone.
 */
export async function readKnownRevisions(database: Database, chain: readonly Digest[]): Promise<Policies> {
  const known: KnownRevision[] = []
  let document: ConfigurationDocument | null = null
  while (known.length < chain.length) {
    const page = await readRevisions(database, known.length, Math.min(known.length + PAGE, chain.length) - 1)
    if (page.length === 0) throw new Error(`revision ${known.length} is not stored any more`)
    for (const { number, content } of page) {
      const digest = digestOf(content)
      document = digest === chain[number] ? documentBehind(content, document) : null
      if (document === null || number !== known.length) throw new Error(`revision ${number} is not what was verified`)
      known.push({ number: number as RevisionNumber, digest, document })
    }
  }
  const newest = known.at(-1)
  if (!newest) throw new Error('there is no revision')
  return new Policies(known, newest)
}
