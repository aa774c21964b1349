import type { StoredRevisions } from '../../control/verified-revisions.ts'
import { must } from '../../domain/result.ts'
import { revisionNumber } from '../../domain/revision-number.ts'
import type { Database } from './database.ts'
import { newestRevision, readRevisions } from './revisions.ts'

/** The stored revisions, verified by whoever reads them. */
export const storedRevisions = (database: Database): StoredRevisions => ({
  newest: () => newestRevision(database),
  read: async (from, to) =>
    (await readRevisions(database, from, to)).map(revision => ({
      ...revision,
      number: must(revisionNumber(revision.number)),
    })),
})
