import { describe, expect, it } from '@jest/globals'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { MessageAlgorithm } from '../../../gateway/configuration/objects.ts'
import { bindingOf } from '../../../gateway/domain/binding.ts'
import { instantOfMillis, type Minute, minuteOf } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import {
  checkMessageSignature,
  type RegisteredKey,
} from '../../../gateway/identity/message-signature/check-message-signature.ts'
import type { SignatureRefusal } from '../../../gateway/identity/message-signature/refusal.ts'
import { requestMessage } from '../../../gateway/identity/message-signature/request-values.ts'
import { type HowToSign, signRequest, type ToSign } from '../../support/signatures/sign-request.ts'

const SECOND = 1_764_000_000
const AT = instantOfMillis(SECOND * 1000)
const RECORDS = must(parseSystemId('G99.21/records'))
const LOGISTICS = must(parseSystemId('G99.22/logistics'))

const ecKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const KEYS = {
  ES256: ecKey(),
  Ed25519: generateKeyPairSync('ed25519').privateKey,
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
} as const satisfies Record<MessageAlgorithm, KeyObject>

function registered(key: KeyObject, algorithm: MessageAlgorithm, changes: Partial<RegisteredKey> = {}): RegisteredKey {
  const publicKey = createPublicKey(key)
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const id = bindingOf(publicKey.export({ type: 'spki', format: 'der' }))
  return { id, pem, algorithm, from: null, until: null, system: RECORDS, publicKey, ...changes }
}

const known = new Map<string, RegisteredKey>()
const register = (key: RegisteredKey): void => void known.set(key.id, key)
for (const [algorithm, key] of Object.entries(KEYS)) register(registered(key, algorithm as MessageAlgorithm))
const foreign = ecKey()
register(registered(foreign, 'ES256', { system: LOGISTICS }))
const ended = ecKey()
register(registered(ended, 'ES256', { until: minuteOf(AT) }))
const early = ecKey()
register(registered(early, 'ES256', { from: (minuteOf(AT) + 1) as Minute }))
const justIn = ecKey()
register(registered(justIn, 'ES256', { from: minuteOf(AT), until: (minuteOf(AT) + 1) as Minute }))

const HEADERS = { 'exchange-purpose': 'reference-data' }
const GET: ToSign = {
  target: '/exchange/G99.10/categories/v1/provinces?page=2',
  authority: 'localhost:8443',
  headers: HEADERS,
}
const POST: ToSign = {
  ...GET,
  method: 'POST',
  headers: { ...HEADERS, 'content-type': 'application/json' },
  body: '{"codes":[]}',
}

type Headers = Record<string, string>
interface Wish {
  readonly request?: ToSign
  readonly how?: Partial<HowToSign>
  /** What happens to the headers behind the signing. */
  readonly then?: (headers: Headers) => Headers
  /** Headers as they come, name and value, behind the others. */
  readonly more?: readonly string[]
  readonly method?: string
  readonly target?: string
  readonly host?: string
}

function check({ request = GET, how = {}, then = headers => headers, more = [], method, target, host }: Wish) {
  const headers = then(signRequest(request, { key: KEYS.ES256, created: SECOND, ...how }))
  const raw = ['Host', host ?? request.authority, ...Object.entries(headers).flat(), ...more]
  const message = requestMessage(method ?? request.method ?? 'GET', target ?? request.target, raw)
  return checkMessageSignature(
    { message, hasBody: request.body !== undefined, consumer: RECORDS },
    { signingKey: id => known.get(id) ?? null },
    AT,
  )
}

const set = (name: string, value: string) => (headers: Headers) => ({ ...headers, [name]: value })
const change = (name: string, from: string | RegExp, to: string) => (headers: Headers) => {
  const text = headers[name] ?? ''
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`${name} does not hold ${String(from)}`)
  return { ...headers, [name]: changed }
}
const without = (name: string) => (headers: Headers) =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name))
const withHeaders = (headers: Headers): ToSign => ({ ...GET, headers: { ...HEADERS, ...headers } })
const only = (...covered: string[]) => ({ how: { covered } })

describe('a message signature holds', () => {
  const rows: readonly (readonly [string, Wish])[] = [
    ['ES256', {}],
    ['Ed25519', { how: { key: KEYS.Ed25519 } }],
    ['PS256', { how: { key: KEYS.PS256 } }],
    ['over a body', { request: POST }],
    ['with its algorithm named', { how: { parameters: { alg: '"ecdsa-p256-sha256"' } } }],
    ['with its algorithm named, Ed25519', { how: { key: KEYS.Ed25519, parameters: { alg: '"ed25519"' } } }],
    ['with our tag', { how: { parameters: { tag: '"lienthong-request"' } } }],
    ['over the parts of the target', only('@method', '@authority', '@path', '@query', 'exchange-purpose')],
    [
      'over the parts of a target without query',
      { request: { ...GET, target: '/a' }, ...only('@method', '@authority', '@path', '@query', 'exchange-purpose') },
    ],
    ['over the default port', { request: { ...GET, authority: 'example.com' }, host: 'EXAMPLE.com:443' }],
    [
      'over optional headers',
      {
        request: withHeaders({
          'data-classification': 'internal',
          'exchange-mode': 'check',
          'idempotency-key': 'k',
          authorization: 'Bearer a',
          'if-match': '"1"',
          traceparent: 'x',
          'request-id': 'r',
          'accept-language': 'vi',
        }),
      },
    ],
    ['with headers that change nothing uncovered', { then: set('request-id', 'r') }],
    ['made up to 30 s in our future', { how: { created: SECOND + 30 } }],
    ['up to 30 s behind its end', { how: { created: SECOND - 89 } }],
    ['for 300 s', { how: { lifetime: 300 } }],
    ['in the only minute of its key', { how: { key: justIn } }],
    ['with a nonce of 16 characters', { how: { parameters: { nonce: '"0123456789abcdef"' } } }],
  ]
  it.each(rows)('%s', (_what, wish) => {
    const checked = check(wish)
    expect(checked.ok ? 'holds' : checked.error).toBe('holds')
  })

  it('and tells what was signed, with what', () => {
    const { base, key, claimed } = must(
      check({ request: { ...GET, target: '/a' }, how: { parameters: { nonce: '"0123456789abcdef"' } } }),
    )
    expect(key.system).toBe(RECORDS)
    expect([claimed.label, claimed.nonce, claimed.created, claimed.expires]).toEqual([
      'sig1',
      '0123456789abcdef',
      SECOND,
      SECOND + 60,
    ])
    expect(base).toBe(`"@method": GET
"@target-uri": https://localhost:8443/a
"exchange-purpose": reference-data
"@signature-params": ("@method" "@target-uri" "exchange-purpose");created=${SECOND};expires=${SECOND + 60};nonce="0123456789abcdef";keyid="${key.id}"`)
  })
})

describe('a message signature is refused', () => {
  const rows: readonly (readonly [what: string, why: SignatureRefusal, wish: Wish])[] = [
    // What was signed and what came differ.
    ['another method', 'does-not-hold', { method: 'DELETE' }],
    ['another path', 'does-not-hold', { target: '/exchange/G99.10/categories/v1/communes?page=2' }],
    ['another query', 'does-not-hold', { target: '/exchange/G99.10/categories/v1/provinces?page=3' }],
    ['no query any more', 'does-not-hold', { target: '/exchange/G99.10/categories/v1/provinces' }],
    ['another host', 'does-not-hold', { host: 'elsewhere:8443' }],
    ['another port', 'does-not-hold', { host: 'localhost:443' }],
    ['another purpose', 'does-not-hold', { then: set('exchange-purpose', 'identity-check') }],
    ['another digest', 'does-not-hold', { request: POST, then: set('content-digest', 'sha-256=:AAAA:') }],
    ['another media type', 'does-not-hold', { request: POST, then: set('content-type', 'text/plain') }],
    [
      'another created',
      'does-not-hold',
      { then: change('signature-input', `created=${SECOND}`, `created=${SECOND - 1}`) },
    ],
    [
      'another expires',
      'does-not-hold',
      { then: change('signature-input', `expires=${SECOND + 60}`, `expires=${SECOND + 61}`) },
    ],
    ['another nonce', 'does-not-hold', { then: change('signature-input', /nonce="../, 'nonce="zz') }],
    [
      'another algorithm in words',
      'does-not-hold',
      { then: change('signature-input', /$/, ';alg="ecdsa-p256-sha256"') },
    ],
    ['a tag put on', 'does-not-hold', { then: change('signature-input', /$/, ';tag="lienthong-request"') }],
    [
      'another key of the same system',
      'does-not-hold',
      { how: { parameters: { keyid: `"${registered(justIn, 'ES256').id}"` } } },
    ],
    [
      'a component less',
      'does-not-hold',
      {
        request: POST,
        how: { covered: ['@method', '@target-uri', 'exchange-purpose', 'content-digest', 'content-type', '@path'] },
        then: change('signature-input', ' "@path"', ''),
      },
    ],
    [
      'components in another order',
      'does-not-hold',
      { then: change('signature-input', '"@method" "@target-uri"', '"@target-uri" "@method"') },
    ],
    ['another signature', 'does-not-hold', { then: change('signature', /=:..../, '=:AAAA') }],
    ['half a signature', 'does-not-hold', { then: change('signature', /=:.{44}/, '=:') }],
    ['an ECDSA signature in DER', 'does-not-hold', { then: change('signature', /=:/, '=:MEQC') }],
    ['an empty signature', 'does-not-hold', { then: set('signature', 'sig1=::') }],
    // What has to be covered is not.
    ['without the method', 'not-covered', only('@target-uri', 'exchange-purpose')],
    ['without the target', 'not-covered', only('@method', 'exchange-purpose')],
    ['without the authority', 'not-covered', only('@method', '@path', '@query', 'exchange-purpose')],
    ['without the path', 'not-covered', only('@method', '@authority', '@query', 'exchange-purpose')],
    ['without the query', 'not-covered', only('@method', '@authority', '@path', 'exchange-purpose')],
    ['without the purpose', 'not-covered', only('@method', '@target-uri')],
    ['nothing', 'not-covered', only()],
    [
      'a body without its digest',
      'not-covered',
      { request: POST, ...only('@method', '@target-uri', 'exchange-purpose', 'content-type') },
    ],
    [
      'a body without its type',
      'not-covered',
      { request: POST, ...only('@method', '@target-uri', 'exchange-purpose', 'content-digest') },
    ],
    ...['data-classification', 'exchange-mode', 'idempotency-key', 'authorization', 'if-match'].map(
      name => [`beside an unsigned ${name}`, 'not-covered', { then: set(name, 'x') }] as const,
    ),
    // Components that are not taken.
    ['a header without a meaning', 'component-not-taken', { request: withHeaders({ 'x-more': '1' }) }],
    ['a header that is not there', 'component-not-taken', only('@method', '@target-uri', 'exchange-purpose', 'date')],
    [
      'a header that came twice',
      'component-not-taken',
      { request: withHeaders({ date: 'now' }), more: ['Date', 'then'] },
    ],
    [
      'a part of the query',
      'component-not-taken',
      { then: change('signature-input', '"@method"', '"@method" "@query-param";name="page"') },
    ],
    [
      'a component of another message',
      'component-not-taken',
      { then: change('signature-input', '"@method"', '"@method";req') },
    ],
    ['a component twice', 'component-not-taken', only('@method', '@method', '@target-uri', 'exchange-purpose')],
    ['the status of a request', 'component-not-taken', only('@method', '@target-uri', 'exchange-purpose', '@status')],
    ['a header with other letters', 'component-not-taken', { request: withHeaders({ date: 'ngày' }) }],
    ['a number', 'component-not-taken', { then: change('signature-input', '"@method"', '7') }],
    // Times.
    ['of the future', 'not-yet-valid', { how: { created: SECOND + 31 } }],
    ['that has ended', 'expired', { how: { created: SECOND - 90 } }],
    ['for 301 s', 'valid-too-long', { how: { lifetime: 301 } }],
    ['for no time', 'valid-too-long', { how: { lifetime: 0 } }],
    ['that ends before it begins', 'valid-too-long', { how: { lifetime: -1 } }],
    // Keys and algorithms.
    ['of another system', 'unknown-key', { how: { key: foreign } }],
    ['of nobody', 'unknown-key', { how: { key: ecKey() } }],
    ['of a key that has ended', 'unknown-key', { how: { key: ended } }],
    ['of a key that has not begun', 'unknown-key', { how: { key: early } }],
    ['with the algorithm of another key', 'algorithm-mismatch', { how: { parameters: { alg: '"ed25519"' } } }],
    ['with an algorithm of shared secrets', 'algorithm-mismatch', { how: { parameters: { alg: '"hmac-sha256"' } } }],
    [
      'PS256 that names an algorithm',
      'algorithm-mismatch',
      { how: { key: KEYS.PS256, parameters: { alg: '"rsa-pss-sha512"' } } },
    ],
    [
      'PKCS#1 in the place of PSS',
      'algorithm-mismatch',
      { how: { key: KEYS.PS256, parameters: { alg: '"rsa-v1_5-sha256"' } } },
    ],
    // Parameters.
    ...(['created', 'expires', 'nonce', 'keyid'] as const).map(
      name => [`without ${name}`, 'parameters-not-as-agreed', { how: { parameters: { [name]: null } } }] as const,
    ),
    ['created as a decimal', 'parameters-not-as-agreed', { how: { parameters: { created: `${SECOND}.5` } } }],
    ['created as a date', 'parameters-not-as-agreed', { how: { parameters: { created: `"${SECOND}"` } } }],
    ['created before 1970', 'parameters-not-as-agreed', { how: { parameters: { created: '-1' } } }],
    ['a short nonce', 'parameters-not-as-agreed', { how: { parameters: { nonce: '"0123456789abcde"' } } }],
    ['a long nonce', 'parameters-not-as-agreed', { how: { parameters: { nonce: `"${'a'.repeat(129)}"` } } }],
    ['a nonce that is a token', 'parameters-not-as-agreed', { how: { parameters: { nonce: 'abcdefghijklmnopq' } } }],
    ['a keyid of another form', 'parameters-not-as-agreed', { how: { parameters: { keyid: '"my-key"' } } }],
    ['another tag', 'parameters-not-as-agreed', { how: { parameters: { tag: '"web-bot-auth"' } } }],
    ['an unknown parameter', 'parameters-not-as-agreed', { how: { parameters: { extra: '1' } } }],
    ['an algorithm that is no string', 'parameters-not-as-agreed', { how: { parameters: { alg: 'ed25519' } } }],
    // Form.
    ['without Signature', 'incomplete', { then: without('signature') }],
    ['without Signature-Input', 'incomplete', { then: without('signature-input') }],
    ['Signature twice', 'incomplete', { more: ['Signature', 'sig1=:AAAA:'] }],
    [
      'two signatures',
      'not-one',
      {
        then: headers => ({
          ...headers,
          'signature-input': `${headers['signature-input']}, b=()`,
          signature: `${headers.signature}, b=:AAAA:`,
        }),
      },
    ],
    ['two in Signature-Input alone', 'not-one', { then: change('signature-input', /$/, ', b=()') }],
    ['two in Signature alone', 'not-one', { then: change('signature', /$/, ', b=:AAAA:') }],
    ['another label', 'not-one', { then: change('signature', 'sig1', 'sig2') }],
    ['no signature', 'not-one', { then: headers => ({ ...headers, 'signature-input': '', signature: '' }) }],
    ['a long label', 'not-one', { how: { label: 'a'.repeat(65) } }],
    ['no dictionary', 'unreadable', { then: set('signature-input', '(("@method")') }],
    ['one parameter twice', 'unreadable', { then: change('signature-input', /$/, `;created=${SECOND}`) }],
    [
      'one label twice',
      'unreadable',
      { then: headers => ({ ...headers, signature: `sig1=:AAAA:, ${headers.signature}` }) },
    ],
    ['more white space', 'unreadable', { then: change('signature-input', ';created', '; created') }],
    ['a parameter of the signature', 'unreadable', { then: change('signature', /$/, ';a=1') }],
    ['no list of components', 'unreadable', { then: set('signature-input', 'sig1="@method"') }],
    ['a signature in base64url', 'unreadable', { then: set('signature', 'sig1=:-_-_:') }],
    ['a signature that is a string', 'unreadable', { then: set('signature', 'sig1="AAAA"') }],
    ['a huge signature', 'unreadable', { then: set('signature', `sig1=:${Buffer.alloc(1026).toString('base64')}:`) }],
    ['a huge header', 'unreadable', { then: change('signature-input', /$/, `;a="${'a'.repeat(8192)}"`) }],
    [
      'a base that no record can hold',
      'base-too-long',
      {
        request: { ...GET, target: `/${'a'.repeat(4000)}` },
        ...only('@method', '@target-uri', '@path', 'exchange-purpose', 'date', '@authority'),
        host: 'h'.repeat(1000),
        more: ['Date', 'a'],
      },
    ],
  ]
  it.each(rows)('%s: %s', (_what, why, wish) => {
    const checked = check(wish)
    expect(checked.ok ? 'holds' : checked.error).toBe(why)
  })
})
