import { commit, commitmentKey } from '../record/commitment.ts'
import { minimise } from '../schema/minimise.ts'
import type { Adds, Minimised, ResponseChecked } from './known.ts'
import type { Ports } from './ports.ts'

/** Keeps only the granted fields of a 2xx answer. An answer that nothing is taken from stays the bytes that came in. */
export function minimiseResponse(checked: ResponseChecked, ports: Ports): Adds<ResponseChecked, Minimised> {
  const { answer, answerValue, permit, snapshot, received } = checked
  const untouched = { releasedBody: answer.body, released: received }
  const fields = snapshot.responseFields(permit.grant)
  if (fields === null || answer.status < 200 || answer.status > 299 || answerValue === null) return untouched
  const kept = minimise(answerValue, fields.grant)
  if (kept === answerValue) return untouched
  const releasedBody = Buffer.from(JSON.stringify(kept))
  const k = commitmentKey(ports.evidenceKey, checked.exchange, 'response')
  return { releasedBody, released: commit(k, checked.method, checked.rawTarget, releasedBody) }
}
