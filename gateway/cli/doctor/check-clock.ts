import { withStore } from '../with-store.ts'
import type { Check } from './check.ts'

/** REQUIREMENTS TM-1: over 1 s alerts, over 10 s stops signing. */
const WARN_SECONDS = 1
const WRONG_SECONDS = 10

export const checkClock: Check = async settings => {
  try {
    return await withStore(settings, async database => {
      const before = Date.now()
      const { rows } = await database.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now')
      const middle = (before + Date.now()) / 2
      const apart = Math.abs((rows[0]?.now.getTime() ?? Number.NaN) - middle) / 1000
      const state = apart > WRONG_SECONDS ? 'wrong' : apart > WARN_SECONDS ? 'warning' : 'good'
      const mend = state === 'good' ? '' : ': synchronise both clocks (NTP)'
      return [{ state, what: 'clock', detail: `${apart.toFixed(3)} s from the database's${mend}` }]
    })
  } catch {
    return []
  }
}
