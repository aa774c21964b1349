import { canonicalJson } from '../configuration/canonical-json.ts'
import type { ChangeDesk, DeskAnswer } from '../control/change-desk.ts'
import type { StoredChange } from '../control/stored-change.ts'
import type { DeskRefusal } from '../control/desk-refusal.ts'
import type { ChangeId } from '../domain/change-id.ts'
import { digestOf } from '../domain/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { Occurrence } from '../problems/problem.ts'
import type { Call } from './outcome.ts'
import { problemOfDesk } from './problem-of-desk.ts'

export interface Created {
  readonly change: StoredChange
  /** False: by an earlier request under the same key. */
  readonly now: boolean
}

const KEY = /^[\x21-\x7e]{1,128}$/

/**
 * The id that a request makes something under: of the first request under this Idempotency-Key and officer, and fixed before anything
 * is made; without a key a new one.
 */
export async function claimId(
  call: Call,
): Promise<Result<{ readonly id: ChangeId; readonly byKey: boolean }, Occurrence>> {
  const { ports, officer, now, operation, parameters, body } = call
  const key = call.header('idempotency-key')
  const id = ports.newChangeId()
  if (key === undefined) return ok({ id, byKey: false })
  if (!KEY.test(key))
    return err({ code: 'header-invalid', detail: 'Idempotency-Key: 1 to 128 visible ASCII characters' })
  const digest = digestOf(canonicalJson({ operation, parameters, body }))
  const claimed = await ports.creations.claim({ officer: officer.id, key, digest, change: id }, now)
  return claimed.digest === digest ? ok({ id: claimed.change, byKey: true }) : err({ code: 'idempotency-conflict' })
}

/**
 * Makes a change, once per Idempotency-Key and officer. The id is fixed with the key before anything is made, so a crash in between
 * leaves a key whose change is not there yet: the repeated request makes it, under that id. `recorded` tells what the desk wrote down.
 */
export async function createOnce(
  call: Call,
  make: (desk: ChangeDesk) => DeskAnswer,
): Promise<Result<Created, { readonly occurrence: Occurrence; readonly recorded: boolean }>> {
  const claimed = await claimId(call)
  if (!claimed.ok) return unrecorded(claimed.error)
  const { id, byKey } = claimed.value
  const desk = call.ports.desk(() => id)
  if (!byKey) return ofDesk(await make(desk))
  const present = await desk.get(id)
  if (present) return ok({ change: present, now: false })
  try {
    return ofDesk(await make(desk))
  } catch (thrown) {
    // Two requests with the same key at the same time: the other one was first.
    const made = await desk.get(id)
    if (made) return ok({ change: made, now: false })
    throw thrown
  }
}

const ofDesk = (made: Result<StoredChange, DeskRefusal>) =>
  made.ok ? ok({ change: made.value, now: true }) : err({ occurrence: problemOfDesk(made.error), recorded: true })

const unrecorded = (occurrence: Occurrence) => err({ occurrence, recorded: false })
