import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import type { StoredHead } from '../../log/lane-store.ts'
import { connectionTo, type Database } from './database.ts'

/** Ownership of a lane, for as long as the connection lives that holds it. */
export interface Hold {
  /** Resolves, with the reason where one is known, when ownership is lost without `release`: another may own the lane now. */
  readonly lost: Promise<Error | null>
  release(): Promise<void>
}

/** A glance of `isOwnerGone` holds the lock for less than a millisecond; an owner holds it for good. */
const WAIT = '1s'

/** The database notices the silent death of an owner's machine after 10 s + 3 x 5 s. */
const KEEPALIVE = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'

/**
 * Takes a lane for this process; null where another owns it. Take it before the lane's row is inserted: a lane without
 * an owner is taken for dead. A lost connection is a lost hold: it is not taken again behind the owner's back.
 */
export async function holdLane(database: Database, lane: LaneName): Promise<Hold | null> {
  const client = new Client({
    ...connectionTo(database.url, `hold ${lane.slice(-58)}`),
    options: `-c lock_timeout=${WAIT} ${KEEPALIVE}`,
  })
  let lose: (reason: Error | null) => void = () => undefined
  const lost = new Promise<Error | null>(resolve => (lose = resolve))
  let released = false
  client.on('error', error => lose(error))
  client.on('end', () => {
    if (!released) lose(null)
  })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [keyOf(lane)])
  } catch (error) {
    released = true
    await client.end()
    // 55P03: lock_timeout.
    if ((error as { code?: string }).code === '55P03') return null
    throw error
  }
  const release = async () => {
    released = true
    await client.end()
  }
  return { lost, release }
}

/** Whether nobody holds the lane: its process has ended, or its connection has. */
export async function isOwnerGone(database: Database, lane: LaneName): Promise<boolean> {
  const { rows } = await database.pool.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock_shared($1) AS free', [
    keyOf(lane),
  ])
  return rows[0]?.free === true
}

export interface Control {
  readonly hold: Hold
  /** The control lane's head after the take-over, its epoch raised by one; null: there is no control lane yet. */
  readonly head: StoredHead | null
}

/**
 * Makes this process the one writer of the control lane; null where another is. The epoch rises, so that a former writer
 * that has not noticed yet (its connection was lost, its process stopped and woken) can append nothing any more.
 */
export async function takeControl(database: Database): Promise<Control | null> {
  const hold = await holdLane(database, CONTROL_LANE)
  if (hold === null) return null
  try {
    const { rows } = await database.pool.query<StoredHead>(
      'UPDATE lane SET epoch = epoch + 1 WHERE name = $1 RETURNING size, root, checkpoint, epoch, state',
      [CONTROL_LANE],
    )
    return { hold, head: rows[0] ?? null }
  } catch (error) {
    await hold.release()
    throw error
  }
}

/** Advisory locks have 64-bit keys. By name, so that a lane can be held before it has a row. */
const keyOf = (lane: LaneName): string =>
  createHash('sha256').update(`lienthong lane ${lane}`).digest().readBigInt64BE().toString()
