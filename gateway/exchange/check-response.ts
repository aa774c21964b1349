import { isAtMost } from '../domain/classification.ts'
import { commit, commitmentKey } from '../record/commitment.ts'
import type { JsonValue } from '../schema/json-value.ts'
import { readJson } from '../schema/read-json.ts'
import { describedBody } from './facts.ts'
import { type Adds, type Forwarded, refuse, type Refused, type ResponseChecked } from './known.ts'
import type { Ports } from './ports.ts'
import { readLabel } from './read-headers.ts'
import { readMediaType } from './read-media-type.ts'

/** What the answer turned out to be, or why it breaks its description. The reason goes into the record, not to the caller. */
type Checked =
  | { readonly value: JsonValue | null; readonly mediaType: string | null; readonly unread: boolean }
  | string

/** Status, media type and schema as the operation describes them (error answers too), and the classification once more. */
export function checkResponse(
  forwarded: Forwarded,
  ports: Ports,
): (Adds<Forwarded, ResponseChecked> & Pick<ResponseChecked, 'unchecked'>) | Refused {
  const k = commitmentKey(ports.evidenceKey, forwarded.exchange, 'response')
  const received = commit(k, forwarded.method, forwarded.rawTarget, forwarded.answer.body)
  const labelled = checkLabel(forwarded)
  if (labelled) return { ...labelled, also: { ...labelled.also, received } }
  const checked = check(forwarded, ports)
  if (typeof checked === 'string') {
    ports.providers.blame(forwarded.routed.provider.id)
    return refuse({ code: 'response-invalid' }, { detail: checked, received })
  }
  ports.providers.accept(forwarded.routed.provider.id)
  return {
    answerValue: checked.value,
    answerMediaType: checked.mediaType,
    unchecked: forwarded.unchecked || checked.unread,
    received,
  }
}

function check({ operation, answer }: Forwarded, ports: Ports): Checked {
  const described = describedBody(operation, answer.status)
  if (described === undefined) return 'status-not-described'
  if (answer.headers.has('content-encoding')) return 'content-encoding'
  if (answer.body.length === 0)
    return described?.required ? 'body-missing' : { value: null, mediaType: null, unread: false }
  if (described === null) return 'body-not-described'
  const mediaType = readMediaType(answer.headers.get('content-type') ?? '')
  if (mediaType === null) return 'media-type-unreadable'
  const schema = described.content.get(mediaType)
  if (schema === undefined) return 'media-type-not-described'
  if (schema === null) return { value: null, mediaType, unread: true }
  const value = readJson(answer.body)
  if (!value.ok) return `json:${value.error.reason}`
  const [violation] = ports.validators.get(schema).check(value.value)
  return violation ? `schema:${violation.keyword}` : { value: value.value, mediaType, unread: false }
}

const SECRET_ANSWER = 'The provider labelled its answer a state secret: it is withheld. The provider may have acted.'

/**
 * A provider may label its answer; the label may not exceed what the agreement allows. It is not blamed for a label: a consumer
 * with a low ceiling could else pause a provider for everybody.
 */
function checkLabel({ answer, permit }: Forwarded): Refused | null {
  const text = answer.headers.get('data-classification')
  if (text === undefined) return null
  const label = readLabel(text)
  if (!label.ok) return refuse({ code: 'response-invalid' }, { detail: 'label-unreadable' })
  if (label.value === 'state-secret')
    return refuse({ code: 'state-secret', detail: SECRET_ANSWER }, { detail: 'label-state-secret' })
  return isAtMost(label.value, permit.agreement.ceiling)
    ? null
    : refuse({ code: 'response-invalid' }, { detail: 'label-too-high' })
}
