import { CANARY, CATEGORIES, LIST, PURPOSE, type Outcome, type Row, search } from '../../support/refusals/row.ts'
import { requestText } from '../../support/refusals/raw-connection.ts'
import { placesOf } from '../../support/refusals/find-text.ts'
import type { Scene } from '../../support/refusals/scene.ts'

const refused = { records: ['refusal'], forwarded: 'no' } as const
const on = (path: string, headers: Readonly<Record<string, string>> = PURPOSE) => ({ path, headers })
/** The one agreement that is named like its purpose. */
const under = (purpose: string) => on(LIST.path, { 'exchange-purpose': purpose })
const labelled = (label: string) => on(LIST.path, { ...PURPOSE, 'data-classification': label })

/** What is meant is unknown, or said in a second spelling. */
export const routeRows: readonly Row[] = [
  {
    what: 'an unknown service',
    call: on('/exchange/G99.10/nothing/v1/x'),
    status: 403,
    code: 'not-permitted',
    ...refused,
    documents: true,
  },
  {
    what: 'an unknown unit',
    call: on('/exchange/G99.77/categories/v1/provinces'),
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  { what: 'an unknown operation', call: on(`${CATEGORIES}/districts`), status: 403, code: 'not-permitted', ...refused },
  {
    what: 'a method that is not declared',
    call: { ...LIST, method: 'DELETE' },
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  {
    what: 'a method that HTTP knows and nobody declares',
    call: { ...LIST, method: 'PROPFIND' },
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  { what: 'HEAD, which is not GET', call: headOf, status: 403, code: 'not-permitted', ...refused },
  {
    what: 'an operation outside of the agreement',
    system: 'G99.23.training',
    call: on(`${CATEGORIES}/provinces/01`),
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  { what: 'another path of the listener', call: on('/admin'), status: 403, code: 'not-permitted', ...refused },
  // One spelling of each path.
  ...(
    [
      ['an encoded slash', `${CATEGORIES}/provinces%2F01`],
      ['an encoded backslash', `${CATEGORIES}/provinces%5C01`],
      ['a dot segment', `${CATEGORIES}/provinces/../provinces`],
      ['an encoded dot segment', `${CATEGORIES}/%2E%2E/v1/provinces`],
      ['a single dot', `${CATEGORIES}/./provinces`],
      ['an empty segment', `${CATEGORIES}//provinces`],
      ['a slash at the end', `${CATEGORIES}/provinces/`],
      ['double encoding', `${CATEGORIES}/provinces/%252e`],
      ['an encoded NUL', `${CATEGORIES}/provinces/01%00`],
      ['lower-case escapes', `${CATEGORIES}/provinces/%c3%a0`],
      ['an escape that nobody needs', `${CATEGORIES}/%70rovinces`],
      ['an overlong UTF-8 slash', `${CATEGORIES}/provinces%C0%AF01`],
      ['a backslash', `${CATEGORIES}\\provinces`],
      ['an overlong path', `${CATEGORIES}/provinces/${'0'.repeat(5000)}`],
      ['an absolute-form target', `https://localhost${LIST.path}`],
      ['a fragment', `${LIST.path}#top`],
    ] as const
  ).map(
    ([what, path]): Row => ({
      what,
      call: rawGet(path),
      status: 400,
      code: 'path-not-canonical',
      ...refused,
      ...(what === 'a dot segment' ? { documents: true as const } : {}),
    }),
  ),
]

/** Path as it is: Node's client would mend or refuse some. */
function rawGet(path: string): (scene: Scene) => Promise<Outcome> {
  return async scene => {
    const raw = await scene.raw()
    raw.send(
      requestText(`GET ${path} HTTP/1.1`, [
        ['Host', 'localhost'],
        ['Exchange-Purpose', 'reference-data'],
        ['Connection', 'close'],
      ]),
    )
    const shown = `GET ${path} HTTP/1.1\nExchange-Purpose: reference-data`
    return { ...(await raw.answer()), shown }
  }
}

/** An answer to HEAD has no body: what it would have said stands in its headers. */
async function headOf(scene: Scene): Promise<Outcome> {
  const answered = await scene.call({ ...LIST, method: 'HEAD' })
  const exchangeId = answered.headers['exchange-id']
  return { ...answered, json: { code: answered.headers['exchange-problem'], exchangeId } }
}

export const agreementRows: readonly Row[] = [
  { what: 'no purpose', call: on(LIST.path, {}), status: 400, code: 'purpose-missing', ...refused, documents: true },
  {
    what: 'a purpose of another agreement',
    call: under('identity-check'),
    status: 403,
    code: 'purpose-not-granted',
    ...refused,
    documents: true,
  },
  { what: 'an unknown purpose', call: under('curiosity'), status: 403, code: 'purpose-not-granted', ...refused },
  { what: 'a purpose that is none', call: under('Reference Data'), status: 400, code: 'header-invalid', ...refused },
  {
    what: 'a purpose with a citizen number in it',
    call: under('check-001203000001'),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'an expired agreement',
    call: under('expired'),
    status: 403,
    code: 'agreement-expired',
    ...refused,
    documents: true,
  },
  {
    what: 'an agreement that ended with the last minute',
    call: under('just-ended'),
    status: 403,
    code: 'agreement-expired',
    ...refused,
  },
  {
    what: 'an agreement that is not valid yet',
    call: under('early'),
    status: 403,
    code: 'agreement-not-yet-valid',
    ...refused,
    documents: true,
  },
  {
    what: 'a suspended agreement',
    call: under('suspended'),
    status: 403,
    code: 'agreement-suspended',
    ...refused,
    documents: true,
  },
  // Hours: both ends, in two zones. test/unit/policy holds the calendar itself.
  {
    what: 'hours that ended with the last minute, in Ho Chi Minh City',
    call: under('hours-ended'),
    status: 403,
    code: 'outside-hours',
    ...refused,
    documents: true,
  },
  {
    what: 'hours that begin in some minutes, in Ho Chi Minh City',
    call: under('hours-early'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'hours that ended with the last minute, in New York',
    call: under('hours-ended-far'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'hours that begin in some minutes, in New York',
    call: under('hours-early-far'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'the right hours on other days',
    call: under('hours-other-day'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'an agreement that demands a signature',
    call: under('signed'),
    status: 401,
    code: 'signature-missing',
    ...refused,
    documents: true,
  },
]

export const labelRows: readonly Row[] = [
  {
    what: 'a label above the ceiling',
    call: labelled('restricted'),
    status: 403,
    code: 'classification-too-high',
    ...refused,
    documents: true,
  },
  {
    what: 'a label below that of the operation',
    call: labelled('public'),
    status: 403,
    code: 'classification-lowered',
    ...refused,
    documents: true,
  },
  { what: 'a label that is none', call: labelled('cosmic'), status: 400, code: 'header-invalid', ...refused },
  ...(['mat', 'toi-mat', 'tuyet-mat'] as const).map(
    (label): Row => ({
      what: `the state-secret label ${label}: nothing of the payload is stored anywhere`,
      async call(scene) {
        const answered = await scene.call(
          search(JSON.stringify({ nameContains: CANARY }), { 'data-classification': label }),
        )
        const places = await placesOf(scene.world, CANARY)
        if (places.length > 0) throw new Error(`the payload lies in ${places.join(', ')}`)
        return {
          ...answered,
          shown: `POST ${CATEGORIES}/provinces/search HTTP/1.1\nExchange-Purpose: reference-data\nData-Classification: ${label}`,
        }
      },
      status: 403,
      code: 'state-secret',
      ...refused,
      ...(label === 'mat' ? { documents: true as const } : {}),
    }),
  ),
]

const HEADERS = {
  'Exchange-Purpose': 'reference-data',
  'Request-Id': 'a-1',
  'Exchange-Mode': 'check',
  'Data-Classification': 'internal',
  'Idempotency-Key': 'k-1',
  Traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'Content-Digest': 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  'Content-Type': 'application/json',
  'Content-Encoding': 'identity',
  'Signature-Input': 'sig1=("@method")',
  Signature: 'sig1=:AAAA:',
  Authorization: 'Bearer a',
  'Accept-Language': 'vi',
  'If-Match': '"1"',
} as const

const sending =
  (...more: readonly (readonly [string, string])[]) =>
  async (scene: Scene): Promise<Outcome> => {
    const raw = await scene.raw()
    raw.send(requestText(`GET ${LIST.path} HTTP/1.1`, [['Host', 'localhost'], ['Connection', 'close'], ...more]))
    return {
      ...(await raw.answer()),
      shown: [`GET ${LIST.path} HTTP/1.1`, ...more.map(([name, value]) => `${name}: ${value}`)].join('\n'),
    }
  }
const purpose = ['Exchange-Purpose', 'reference-data'] as const

/** Each header that decides something, twice: once alike, once under another case of its name with another value. */
export const headerRows: readonly Row[] = [
  ...Object.entries(HEADERS).map(
    ([name, value]): Row => ({
      what: `${name} twice`,
      call: sending(...(name === purpose[0] ? [] : [purpose]), [name, value], [name.toLowerCase(), value]),
      status: 400,
      code: 'header-invalid',
      ...refused,
      ...(name === purpose[0] ? { documents: true as const } : {}),
    }),
  ),
  {
    what: 'two purposes',
    call: sending(purpose, ['exchange-purpose', 'identity-check']),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'two purposes in one header',
    call: sending(['Exchange-Purpose', 'reference-data, identity-check']),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'a malformed Request-Id',
    call: sending(purpose, ['Request-Id', 'a b']),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'a Request-Id that is too long',
    call: sending(purpose, ['Request-Id', 'a'.repeat(129)]),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'an empty Request-Id',
    call: sending(purpose, ['Request-Id', '']),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'an unknown mode',
    call: sending(purpose, ['Exchange-Mode', 'force']),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'an Idempotency-Key with a space',
    call: sending(purpose, ['Idempotency-Key', 'a b']),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
]

/** Each limit is used up by one good call under its own agreement. */
export const limitRows: readonly Row[] = [
  {
    what: 'over the limit by rate',
    call: async scene => secondOf(scene, 'slow'),
    status: 429,
    code: 'rate-exceeded',
    records: ['refusal'],
    forwarded: 'no',
    retryAfter: true,
    documents: true,
  },
  {
    what: 'over the limit by volume',
    call: async scene => secondOf(scene, 'small'),
    status: 429,
    code: 'volume-exceeded',
    records: ['refusal'],
    forwarded: 'no',
    retryAfter: true,
    documents: true,
  },
  {
    what: 'over the limit by concurrency',
    async call(scene) {
      const { provider } = scene.world
      const before = provider.answer
      let release: () => void = () => undefined
      const arrived = new Promise<void>(resolve => {
        provider.answer = async (seen, request, response) => {
          const released = new Promise<void>(done => (release = done))
          resolve()
          await released
          await before(seen, request, response)
        }
      })
      const first = scene.call(under('single'))
      await arrived
      provider.seen.pop()
      const second = await scene.call(under('single'))
      provider.answer = before
      release()
      if ((await first).status !== 200) throw new Error('the first call was refused')
      return { ...second, shown: shownUnder('single') }
    },
    status: 429,
    code: 'concurrency-exceeded',
    records: ['refusal'],
    forwarded: 'no',
    retryAfter: true,
    documents: true,
  },
]

const shownUnder = (name: string): string => `GET ${LIST.path} HTTP/1.1\nExchange-Purpose: ${name}`

async function secondOf(scene: Scene, name: string): Promise<Outcome> {
  const first = await scene.call(under(name))
  if (first.status !== 200) throw new Error(`the first call was answered ${first.status}`)
  // That one had to cross; the row is about the next.
  scene.world.provider.seen.pop()
  return { ...(await scene.call(under(name))), shown: shownUnder(name) }
}

/** `Exchange-Mode: check` is refused like the call itself would be. */
const checked = (path: string, headers: Readonly<Record<string, string>>) =>
  on(path, { ...headers, 'exchange-mode': 'check' })
export const checkModeRows: readonly Row[] = [
  { what: 'check mode: no purpose', call: checked(LIST.path, {}), status: 400, code: 'purpose-missing', ...refused },
  {
    what: 'check mode: an unknown operation',
    call: checked(`${CATEGORIES}/districts`, PURPOSE),
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  {
    what: 'check mode: an expired agreement',
    call: checked(LIST.path, { 'exchange-purpose': 'expired' }),
    status: 403,
    code: 'agreement-expired',
    ...refused,
  },
  {
    what: 'check mode: a parameter outside of its schema',
    call: checked(`${LIST.path}?page=0`, PURPOSE),
    status: 422,
    code: 'request-invalid',
    ...refused,
  },
]
