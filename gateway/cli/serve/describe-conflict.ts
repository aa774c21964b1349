import type { WitnessConflict } from '../../snapshot/recovery.ts'

/** What stands in a conflict for this machine's own kept head: no witness may be called so. */
export const KEPT_HEAD = 'kept head'

export function describeConflict({ witness, kind, held, ours }: WitnessConflict): string {
  const who = witness === KEPT_HEAD ? 'this machine has kept a head of' : `${witness} has cosigned`
  return kind === 'behind'
    ? `${who} ${held.size} records of the control lane, and ${ours.size} are here: the database was put back`
    : `${who} ${held.size} records of the control lane, and what is here does not continue them: history was rewritten`
}
