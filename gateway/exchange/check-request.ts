import { commit, commitmentKey } from '../record/commitment.ts'
import { checkParameters } from '../schema/check-parameters.ts'
import { ungranted } from '../schema/minimise.ts'
import { readJson } from '../schema/read-json.ts'
import { type Adds, type Received, refuse, type Refused, type RequestChecked } from './known.ts'
import type { Ports } from './ports.ts'

/** Parameters and body as the operation describes them; a field that is not granted is refused, not stripped. */
export function checkRequest(received: Received, ports: Ports): Adds<Received, RequestChecked> | Refused {
  const { operation, pathParameters, target } = received
  const parameters = checkParameters(operation, pathParameters, target.query ?? '', ports.validators)
  if (!parameters.ok)
    return refuse({ code: 'request-invalid', violations: parameters.error }, { detail: placeOf(parameters.error) })
  const bad = checkBody(received, ports)
  if (bad) return bad
  const k = commitmentKey(ports.evidenceKey, received.exchange, 'request')
  const schema = received.mediaType === null ? null : (operation.request?.content.get(received.mediaType) ?? null)
  return {
    request: commit(k, received.method, received.rawTarget, received.requestBody),
    unchecked: received.mediaType !== null && schema === null,
  }
}

function checkBody(received: Received, ports: Ports): Refused | null {
  const { operation, requestBody, mediaType, permit } = received
  if (requestBody.length === 0)
    return operation.request?.required
      ? refuse({
          code: 'request-invalid',
          violations: [{ pointer: '', keyword: 'required', message: 'a body is required' }],
        })
      : null
  const schema = mediaType === null ? null : operation.request?.content.get(mediaType)
  if (!schema) return null
  const value = readJson(requestBody)
  if (!value.ok)
    return refuse(
      {
        code: 'body-malformed',
        violations: [{ pointer: value.error.pointer ?? '', keyword: value.error.reason, message: 'not strict JSON' }],
      },
      { detail: value.error.reason },
    )
  const violations = ports.validators.get(schema).check(value.value)
  if (violations.length > 0) return refuse({ code: 'request-invalid', violations }, { detail: placeOf(violations) })
  const fields = received.snapshot.requestFields(permit.grant)
  const extra = fields ? ungranted(value.value, fields.grant) : null
  return extra === null
    ? null
    : refuse({
        code: 'field-not-granted',
        violations: [{ pointer: extra, keyword: 'granted', message: 'the agreement does not grant this field' }],
      })
}

/**
 * Which rule was broken, for the record. The keyword alone: a pointer can hold member names that the caller made up, and an
 * attacker could write citizen numbers into the log that way.
 */
const placeOf = (violations: readonly { readonly keyword: string }[]): string | null => violations[0]?.keyword ?? null
