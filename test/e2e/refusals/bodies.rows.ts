import { CANARY, CATEGORIES, LIST, type Outcome, PURPOSE, type Row, search } from '../../support/refusals/row.ts'
import { requestText } from '../../support/refusals/raw-connection.ts'
import type { Scene } from '../../support/refusals/scene.ts'

const refused = { records: ['refusal'], forwarded: 'no' } as const
const malformed = (what: string, body: string | Uint8Array, detail: string, documents?: true): Row => ({
  what,
  call: search(body),
  status: 400,
  code: 'body-malformed',
  detail,
  ...refused,
  ...(documents ? { documents } : {}),
})
const invalid = (what: string, call: Row['call'], detail: string | null, documents?: true): Row => ({
  what,
  call,
  status: 422,
  code: 'request-invalid',
  ...refused,
  ...(detail === null ? {} : { detail }),
  ...(documents ? { documents } : {}),
})
const get = (query: string) => ({ path: `${LIST.path}${query}`, headers: PURPOSE })

/** Texts that are JSON to one reader and something else to another. */
export const strictJsonRows: readonly Row[] = [
  malformed('broken JSON', '{"codes":["01"]', 'syntax'),
  malformed('two values', '{} {}', 'syntax'),
  malformed('duplicate keys', '{"codes":["01"],"codes":["02"]}', 'duplicate-key', true),
  malformed('duplicate keys, one of them escaped', '{"codes":["01"],"\\u0063odes":["02"]}', 'duplicate-key'),
  malformed('__proto__', '{"__proto__":{"codes":["01"]}}', 'forbidden-key'),
  malformed('__proto__ escaped', '{"\\u005f_proto__":{}}', 'forbidden-key'),
  malformed('constructor.prototype', '{"constructor":{"prototype":{}}}', 'forbidden-key'),
  malformed('deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`, 'too-deep'),
  malformed('a number beyond a double', '{"codes":[1e400]}', 'unsafe-number'),
  malformed('an integer that a double rounds', '{"codes":[9007199254740993]}', 'unsafe-number'),
  malformed('invalid UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'not-utf8'),
  malformed('a byte order mark', Buffer.from('\ufeff{}'), 'not-utf8'),
  malformed('UTF-16', Buffer.from('{}', 'utf16le'), 'syntax'),
  malformed('a lone surrogate', '{"nameContains":"\\ud800"}', 'lone-surrogate'),
  malformed('NaN', '{"codes":[NaN]}', 'syntax'),
  malformed('a comment', '{/* */}', 'syntax'),
]

/** Strict JSON, and parameters, that are not what is described. The keyword alone is recorded, never a value. */
export const describedRows: readonly Row[] = [
  invalid('an undeclared field', search('{"codes":["01"],"extra":1}'), 'additionalProperties', true),
  invalid('a field that breaks its pattern', search(JSON.stringify({ codes: [CANARY] })), null),
  invalid('another type', search('[]'), 'type'),
  invalid('an empty body where one is required', search(''), null),
  invalid(
    'a body where none is described',
    { ...LIST, headers: { ...PURPOSE, 'content-type': 'application/json', 'content-length': '2' }, body: '{}' },
    null,
  ),
  invalid('an undeclared query parameter', get('?sort=name'), null),
  invalid('a query parameter that comes twice', get('?page=1&page=2'), null),
  invalid('a query parameter outside of its schema', get('?pageSize=100000'), null),
  invalid('a query parameter of another type', get('?page=one'), null),
  invalid('a path parameter that breaks its pattern', { path: `${CATEGORIES}/provinces/xyz`, headers: PURPOSE }, null),
  {
    what: 'a request field that the agreement does not grant',
    call: {
      method: 'POST',
      path: '/exchange/G99.10/identity/v1/verifications',
      headers: { 'exchange-purpose': 'identity-check', 'content-type': 'application/json' },
      body: '{"citizenNumber":"001203000001","name":"Nguyen Van A","birthDate":"2003-01-01","sex":"male"}',
    },
    status: 422,
    code: 'field-not-granted',
    ...refused,
    documents: true,
  },
]

const mediaType = (what: string, type: string): Row => ({
  what,
  call: search('{}', { 'content-type': type }),
  status: 415,
  code: 'media-type-refused',
  ...refused,
})
const digest = (what: string, value: string, documents?: true): Row => ({
  what,
  call: search('{"codes":["01"]}', { 'content-digest': value }),
  status: 400,
  code: 'digest-mismatch',
  ...refused,
  ...(documents ? { documents } : {}),
})

export const wrappingRows: readonly Row[] = [
  { ...mediaType('another media type', 'application/xml'), documents: true },
  mediaType('a form', 'application/x-www-form-urlencoded'),
  mediaType('JSON in another charset', 'application/json; charset=utf-16'),
  mediaType('a media type that cannot be read', 'json'),
  {
    what: 'no media type',
    call: { ...search('{}'), headers: PURPOSE },
    status: 415,
    code: 'media-type-refused',
    ...refused,
  },
  {
    what: 'a compressed body',
    call: search('{}', { 'content-encoding': 'gzip' }),
    status: 415,
    code: 'content-encoding-refused',
    ...refused,
    closes: true,
    documents: true,
  },
  {
    what: 'two encodings',
    call: search('{}', { 'content-encoding': 'identity, br' }),
    status: 415,
    code: 'content-encoding-refused',
    ...refused,
    closes: true,
  },
  digest('a digest of other bytes', 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:', true),
  digest('one right digest and one wrong', 'sha-256=:PRdlPXkTSmCO5PWJn8CPn8+ewlnudywaD8i8XNYnH3U=:, sha-512=:AAAA:'),
  digest('a digest of an algorithm that is broken', 'md5=:1B2M2Y8AsgTpgAmY7PhCfg==:'),
  digest('a digest that cannot be read', 'sha-256=abc'),
  {
    what: 'a declared length above the limit: answered at once, nothing of it is read',
    call: tooLongByItsWords,
    status: 413,
    code: 'request-too-large',
    ...refused,
    closes: true,
    documents: true,
  },
  {
    what: 'a declared length above the limit and Expect: 100-continue: the body is not asked for',
    call: expectsContinue,
    status: 413,
    code: 'request-too-large',
    ...refused,
    closes: true,
  },
  {
    what: 'chunks that grow above the limit',
    call: tooLongByChunks,
    status: 413,
    code: 'request-too-large',
    ...refused,
    closes: true,
  },
]

const head = (...more: readonly (readonly [string, string])[]): string =>
  requestText(`POST ${CATEGORIES}/provinces/search HTTP/1.1`, [
    ['Host', 'localhost'],
    ['Exchange-Purpose', 'reference-data'],
    ['Content-Type', 'application/json'],
    ...more,
  ])

const SHOWN = `POST ${CATEGORIES}/provinces/search HTTP/1.1
Exchange-Purpose: reference-data
Content-Type: application/json
Content-Length: 1000000000

(1000000000 bytes)`

/** A gigabyte is announced, one byte sent. Whoever waited for more would wait for the 30 s that a body may take. */
async function tooLongByItsWords(scene: Scene): Promise<Outcome> {
  const raw = await scene.raw()
  const begun = Date.now()
  raw.send(`${head(['Content-Length', '1000000000'])}{`)
  const answered = await raw.answer()
  if (Date.now() - begun > 2_000) throw new Error('waited for the body')
  return { ...answered, shown: SHOWN }
}

async function expectsContinue(scene: Scene): Promise<Outcome> {
  const raw = await scene.raw()
  let text = ''
  raw.socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  raw.send(head(['Content-Length', '1000000000'], ['Expect', '100-continue']))
  const answered = await raw.answer()
  if (text.startsWith('HTTP/1.1 100')) throw new Error('the body was asked for')
  return answered
}

/** Stops in the middle of the second chunk: what is above the limit is not waited for. */
async function tooLongByChunks(scene: Scene): Promise<Outcome> {
  const raw = await scene.raw()
  raw.send(`${head(['Transfer-Encoding', 'chunked'])}2000\r\n${' '.repeat(0x2000)}\r\n8000\r\n${' '.repeat(0x4000)}`)
  return raw.answer()
}
