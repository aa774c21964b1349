import type { LaneRegister } from '../../control/ports.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { isOwnerGone } from '../../edge/postgres/lane-hold.ts'
import { readLeaves } from '../../edge/postgres/lane-reads.ts'
import { listLanes, setLaneState } from '../../edge/postgres/lanes.ts'

/** The lanes of a database, as the keeper of the control lane needs them. */
export function registerOf(database: Database): LaneRegister {
  return {
    list: async states => (await listLanes(database, states)).filter(({ kind }) => kind === 'data'),
    setState: (lane, from, to) => setLaneState(database, lane, from, to),
    isOwnerGone: lane => isOwnerGone(database, lane),
    readLeaves: (lane, from, to) => readLeaves(database, lane, from, to),
  }
}
