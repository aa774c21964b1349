import type { Database } from './database.ts'

/** One thing on which "a committed record stays" depends, and how it is. */
export interface DurabilitySetting {
  readonly name: 'fsync' | 'full_page_writes' | 'synchronous_commit' | 'synchronous_standby_names'
  readonly good: boolean
  /** As it is; where it is not good, with how to mend it. */
  readonly detail: string
}

/** `remote_write` and `remote_apply` flush here as well; every commit of records asks for `on` by itself. */
const SYNCHRONOUS = ['on', 'remote_write', 'remote_apply']

// Who may not read all statistics sees of a standby only that there is one: that is enough. A standby that is away has its slot.
const LOOK = `
SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS "fullPageWrites",
       current_setting('synchronous_commit') AS "synchronousCommit",
       current_setting('synchronous_standby_names') AS "standbyNames",
       (SELECT count(*) FROM pg_stat_replication)::int + (SELECT count(*) FROM pg_replication_slots
         WHERE slot_type = 'physical' AND NOT active)::int AS standbys`

interface Found {
  readonly fsync: string
  readonly fullPageWrites: string
  readonly synchronousCommit: string
  readonly standbyNames: string
  readonly standbys: number
}

/** What a record is worth depends on these (DESIGN "Store"). One answer for each; rejects where the database cannot be asked. */
export async function checkDurability(database: Database): Promise<readonly DurabilitySetting[]> {
  const { rows } = await database.pool.query<Found>(LOOK)
  const [found] = rows
  if (!found) throw new Error('the database does not tell its settings')
  const { standbys, standbyNames } = found
  const alone = standbys === 0 && standbyNames === ''
  return [
    isOn('fsync', found.fsync),
    isOn('full_page_writes', found.fullPageWrites),
    {
      name: 'synchronous_commit',
      good: SYNCHRONOUS.includes(found.synchronousCommit),
      detail: SYNCHRONOUS.includes(found.synchronousCommit)
        ? found.synchronousCommit
        : `is ${found.synchronousCommit}: set it to on`,
    },
    {
      name: 'synchronous_standby_names',
      good: alone || standbyNames !== '',
      detail: alone
        ? 'there are no standbys'
        : standbyNames !== ''
          ? standbyNames
          : `is empty, and there are ${standbys} standbys: a failover would lose records that callers were told of. Name a quorum, for example ANY 1 (*)`,
    },
  ]
}

const isOn = (name: 'fsync' | 'full_page_writes', actual: string): DurabilitySetting => ({
  name,
  good: actual === 'on',
  detail: actual === 'on' ? 'on' : `is ${actual}: set it to on`,
})
