import type { GatewayKey } from '../signing-keys.ts'
import { type RequestMessage, requestValue } from './request-values.ts'
import { signatureBase } from './signature-base.ts'
import { type InnerList, type Item, writeBytes, writeInnerList } from './structured-field.ts'

export interface Answer {
  readonly status: number
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>
  /** The request that it answers, and the label of the signature that was checked. */
  readonly request: RequestMessage
  readonly label: string
}

/** Under this label the gateway signs. */
const LABEL = 'gateway'
const TAG = 'lienthong-answer'

/** What makes an answer the gateway's word: covered where the answer has it. */
const COVERED = ['content-digest', 'content-type', 'exchange-id', 'exchange-receipt', 'exchange-problem'] as const

/**
 * `Signature-Input` and `Signature` of an answer, bound to its request by the request's own signature (RFC 9421 section 2.4).
 * `created` in seconds since 1970. Throws where the key cannot be reached.
 */
export async function signAnswer(
  answer: Answer,
  key: GatewayKey,
  created: number,
): Promise<readonly [signatureInput: string, signature: string]> {
  const input: InnerList = [
    componentsOf(answer),
    new Map<string, string | number>([
      ['created', created],
      ['keyid', key.id],
      ['tag', TAG],
    ]),
  ]
  const base = signatureBase(input, (name, parameters) =>
    parameters.has('req') ? requestValueOf(answer, name) : answerValueOf(answer, name),
  )
  if (base === null) throw new TypeError('every component was taken from the answer')
  const signature = await key.sign(Buffer.from(base, 'latin1'))
  return [`${LABEL}=${writeInnerList(input)}`, `${LABEL}=${writeBytes(signature)}`]
}

function componentsOf({ fields, request, label }: Answer): Item[] {
  const bound: [string, true][] = [['req', true]]
  const bodyDigest: Item[] = request.fields.has('content-digest') ? [['content-digest', new Map(bound)]] : []
  return [
    ['@status', new Map()],
    ...COVERED.filter(name => fields.has(name)).map((name): Item => [name, new Map()]),
    ['@method', new Map(bound)],
    ['@target-uri', new Map(bound)],
    ...bodyDigest,
    ['signature', new Map<string, true | string>([...bound, ['key', label]])],
  ]
}

const answerValueOf = ({ status, fields }: Answer, name: string): string | null =>
  name === '@status' ? String(status) : (fields.get(name) ?? null)

/** RFC 9421 section 2.1.2: of the dictionary `Signature` the member under the label, which is all of it but the label. */
function requestValueOf({ request, label }: Answer, name: string): string | null {
  const value = requestValue(request, name)
  return name === 'signature' ? (value?.slice(label.length + 1) ?? null) : value
}
