import { digestOf } from '../../domain/digest.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { insertConflict, insertRecorded } from '../../edge/postgres/witness-events.ts'
import { parseConflict } from '../../snapshot/recovery.ts'
import type { ControlDuty } from './control-duty.ts'
import { describeConflict } from './describe-conflict.ts'
import type { WitnessWatch } from './witness-watch.ts'

interface Parts {
  readonly watch: WitnessWatch
  readonly control: Pick<ControlDuty, 'isOnDuty' | 'record'>
  readonly database: Database
}

/**
 * Tells the other processes of conflicts that only this machine knows of: the table was out of reach when they were raised, or was put
 * back since. Then records what is not in the control lane yet. A crash between the two leaves the same record twice, which says
 * nothing else.
 */
export async function recordWitnessEvents({ watch, control, database }: Parts): Promise<void> {
  await tellConflicts(watch, database)
  if (!control.isOnDuty) return
  const recorded = new Set(watch.events.filter(({ kind }) => kind === 'recorded').map(({ subject }) => subject))
  const known = recorded.size
  for (const { kind, subject, body } of watch.events) {
    const conflict = kind === 'conflict' && !recorded.has(subject) ? parseConflict(body) : null
    if (!conflict?.ok || digestOf(body) !== subject) continue
    const detail = describeConflict(conflict.value)
    if (!(await control.record({ kind: 'system', event: 'witness-conflict', detail, statement: body }))) return
    await insertRecorded(database, subject)
    recorded.add(subject)
  }
  for (const { id, officers, signatures } of watch.recovered) {
    const text = watch.events.find(({ kind, subject }) => kind === 'recovery' && subject === id)?.body
    if (recorded.has(id) || text === undefined || signatures.length < 2) continue
    const done = await control.record({
      kind: 'system',
      event: 'recovered',
      detail: officers.join(', '),
      statement: text,
      signatures: signatures.slice(0, 3),
    })
    if (!done) return
    await insertRecorded(database, id)
    recorded.add(id)
  }
  if (recorded.size > known) await watch.poll()
}

async function tellConflicts(watch: WitnessWatch, database: Database): Promise<void> {
  const told = new Set(watch.events.filter(({ kind }) => kind === 'conflict').map(({ body }) => digestOf(body)))
  const untold = watch.open.filter(({ id }) => !told.has(id))
  for (const { text } of untold) await insertConflict(database, text)
  if (untold.length > 0) await watch.poll()
}
