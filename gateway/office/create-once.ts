import { canonicalJson } from '../configuration/canonical-json.ts'
import type { ChangeDesk, DeskAnswer } from '../control/change-desk.ts'
import type { StoredChange } from '../control/stored-change.ts'
import type { DeskRefusal } from '../control/desk-refusal.ts'
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
 * Makes a change, once per Idempotency-Key and officer. The id is fixed with the key before anything is made, so a crash in between
 * leaves a key whose change is not there yet: the repeated request makes it, under that id. `recorded` tells what the desk wrote down.
 */
export async function createOnce(
  call: Call,
  make: (desk: ChangeDesk) => DeskAnswer,
): Promise<Result<Created, { readonly occurrence: Occurrence; readonly recorded: boolean }>> {
  const { ports, officer, now, operation, parameters, body } = call
  const key = call.header('idempotency-key')
  if (key === undefined) return ofDesk(await make(ports.desk(ports.newChangeId)))
  if (!KEY.test(key))
    return unrecorded({ code: 'header-invalid', detail: 'Idempotency-Key: 1 to 128 visible ASCII characters' })
  const digest = digestOf(canonicalJson({ operation, parameters, body }))
  const claimed = await ports.creations.claim({ officer: officer.id, key, digest, change: ports.newChangeId() }, now)
  if (claimed.digest !== digest) return unrecorded({ code: 'idempotency-conflict' })
  const desk = ports.desk(() => claimed.change)
  const present = await desk.get(claimed.change)
  if (present) return ok({ change: present, now: false })
  try {
    return ofDesk(await make(desk))
  } catch (thrown) {
    // Two requests with the same key at the same time: the other one was first.
    const made = await desk.get(claimed.change)
    if (made) return ok({ change: made, now: false })
    throw thrown
  }
}

const ofDesk = (made: Result<StoredChange, DeskRefusal>) =>
  made.ok ? ok({ change: made.value, now: true }) : err({ occurrence: problemOfDesk(made.error), recorded: true })

const unrecorded = (occurrence: Occurrence) => err({ occurrence, recorded: false })
