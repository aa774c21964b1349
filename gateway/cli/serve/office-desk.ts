import { uuidv7 } from 'uuidv7'
import { ChangeDesk } from '../../control/change-desk.ts'
import type { RevisionSource } from '../../control/revision-source.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import type { Instant } from '../../domain/instant.ts'
import { liveRevisions } from '../../edge/live-revisions.ts'
import type { LiveSnapshots } from '../../edge/live-snapshots.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { PostgresChanges } from '../../edge/postgres/changes.ts'
import { storedRevisions } from '../../edge/postgres/stored-revisions.ts'
import { lintAsideInTurn } from '../../edge/schemas/lint-aside.ts'

/** The change desk of a process that serves, with what it stands on. */
export interface OfficeDesk {
  readonly desk: ChangeDesk
  /** The same desk, whose new changes get these ids. */
  readonly deskWith: (newChangeId: () => ChangeId) => ChangeDesk
  readonly newChangeId: () => ChangeId
  readonly store: PostgresChanges
  readonly revisions: RevisionSource
}

export function officeDesk(database: Database, snapshots: LiveSnapshots, now: () => Instant): OfficeDesk {
  const store = new PostgresChanges(database)
  const revisions = liveRevisions(snapshots, storedRevisions(database))
  const newChangeId = (): ChangeId => uuidv7() as ChangeId
  const lintSchemas = lintAsideInTurn()
  const deskWith: OfficeDesk['deskWith'] = ids =>
    new ChangeDesk({ store, revisions, now, newChangeId: ids, lintSchemas, via: 'office' })
  return { desk: deskWith(newChangeId), deskWith, newChangeId, store, revisions }
}
