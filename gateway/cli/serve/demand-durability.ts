import type { Mode } from '../../configuration/objects.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import { checkDurability } from '../../edge/postgres/check-durability.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { Misuse } from '../misuse.ts'

/** A production installation does not start on a database that could lose what was committed; a development one is warned. Throws Misuse. */
export async function demandDurability(
  database: Database,
  mode: Mode,
  log: Pick<OperationsLog, 'warn'>,
): Promise<void> {
  const faults = (await checkDurability(database)).filter(({ good }) => !good)
  if (faults.length === 0) return
  const text = faults.map(({ name, detail }) => `${name} ${detail}`).join('; ')
  if (mode === 'production') throw new Misuse(`the database may lose what was committed: ${text}`)
  log.warn('the database may lose what was committed: production refuses it', { settings: text })
}
