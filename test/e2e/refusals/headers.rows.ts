import { requestText } from '../../support/refusals/raw-connection.ts'
import { LIST, type Outcome, type Row } from '../../support/refusals/row.ts'
import type { Scene } from '../../support/refusals/scene.ts'

const refused = { records: ['refusal'], forwarded: 'no' } as const

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
