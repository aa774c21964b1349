import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readLog } from '../support/ledger/read-log.ts'
import type { Call, Client } from '../support/world/client.ts'
import { type Answer, json } from '../support/world/test-provider.ts'
import { startWorld, type World } from '../support/world/world.ts'

const PURPOSE = { 'exchange-purpose': 'reference-data' }
const BASE = '/exchange/G99.10/categories/v1'
const good = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }
const search = (body: string): Call => ({
  method: 'POST',
  path: `${BASE}/provinces/search`,
  headers: { ...PURPOSE, 'content-type': 'application/json' },
  body,
})

/** Calls that nobody described or granted: refused, recorded, and nothing of them reaches the provider. */
const refused: readonly { what: string; system?: string; call: Call; status: number; code: string }[] = [
  {
    what: 'an unknown service',
    call: { path: '/exchange/G99.10/nothing/v1/x', headers: PURPOSE },
    status: 403,
    code: 'not-permitted',
  },
  {
    what: 'an unknown operation',
    call: { path: `${BASE}/districts`, headers: PURPOSE },
    status: 403,
    code: 'not-permitted',
  },
  {
    what: 'a method that is not described',
    call: { method: 'DELETE', path: `${BASE}/provinces`, headers: PURPOSE },
    status: 403,
    code: 'not-permitted',
  },
  {
    what: 'an operation outside the agreement',
    system: 'G99.23.training',
    call: { path: `${BASE}/provinces/01`, headers: PURPOSE },
    status: 403,
    code: 'not-permitted',
  },
  { what: 'no purpose', call: { path: `${BASE}/provinces` }, status: 400, code: 'purpose-missing' },
  {
    what: 'another purpose',
    call: { path: `${BASE}/provinces`, headers: { 'exchange-purpose': 'identity-check' } },
    status: 403,
    code: 'purpose-not-granted',
  },
  {
    what: 'an undeclared query parameter',
    call: { path: `${BASE}/provinces?sort=name`, headers: PURPOSE },
    status: 422,
    code: 'request-invalid',
  },
  {
    what: 'a parameter outside its schema',
    call: { path: `${BASE}/provinces?pageSize=100000`, headers: PURPOSE },
    status: 422,
    code: 'request-invalid',
  },
  { what: 'an undeclared field', call: search('{"codes":["01"],"extra":1}'), status: 422, code: 'request-invalid' },
  { what: 'duplicate keys', call: search('{"codes":["01"],"codes":["02"]}'), status: 400, code: 'body-malformed' },
  {
    what: 'another media type',
    call: { ...search('codes=01'), headers: { ...PURPOSE, 'content-type': 'application/x-www-form-urlencoded' } },
    status: 415,
    code: 'media-type-refused',
  },
  {
    what: 'a body where none is described',
    call: {
      path: `${BASE}/provinces`,
      headers: { ...PURPOSE, 'content-type': 'application/json', 'content-length': '2' },
      method: 'GET',
      body: '{}',
    },
    status: 422,
    code: 'request-invalid',
  },
]

/** Answers that break their description: withheld. */
const withheld: readonly { what: string; answer: Answer }[] = [
  { what: 'an undescribed field', answer: json(200, { ...good, secret: '012345678901' }) },
  { what: 'a missing field', answer: json(200, { items: [] }) },
  { what: 'an undescribed status', answer: json(418, good) },
  {
    what: 'HTML',
    answer: (_seen, _request, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>012345678901</p>'),
  },
]

/** Promise 2: what is not described is not exchanged. */
describe('what is not described is not exchanged', () => {
  let world: World
  const clients = new Map<string, Client>()
  const call = (what: Call, system = 'G99.21.records') =>
    clients.get(system)?.call(what) ?? Promise.reject(new Error(system))

  beforeAll(async () => {
    world = await startWorld()
    for (const name of ['G99.21.records', 'G99.23.training']) clients.set(name, world.client(name))
  })
  afterAll(() => world.close())

  it.each(refused)('refuses $what: $status $code', async ({ call: what, system, status, code }) => {
    const before = world.provider.seen.length
    const answered = await call(what, system)
    expect({
      status: answered.status,
      code: answered.json?.code,
      header: answered.headers['exchange-problem'],
    }).toEqual({ status, code, header: code })
    expect(world.provider.seen.length).toBe(before)
    const records = (await readLog(world.database.adminUrl)).filter(
      ({ exchange }) => exchange === answered.headers['exchange-id'],
    )
    expect(records.map(({ kind, fields }) => [kind, fields.problem])).toEqual([['refusal', code]])
  })

  it.each(withheld)('withholds an answer with $what: 502 response-invalid', async ({ answer }) => {
    world.provider.answer = answer
    const answered = await call({ path: `${BASE}/provinces`, headers: PURPOSE })
    expect({ status: answered.status, code: answered.json?.code }).toEqual({ status: 502, code: 'response-invalid' })
    expect(answered.text).not.toContain('012345678901')
    const records = (await readLog(world.database.adminUrl)).filter(
      ({ exchange }) => exchange === answered.headers['exchange-id'],
    )
    expect(records.map(({ kind }) => kind)).toEqual(['request', 'refusal'])
  })

  it('gives only the granted fields, and says so in the record', async () => {
    world.provider.answer = json(200, good)
    const answered = await call({ path: `${BASE}/provinces`, headers: PURPOSE }, 'G99.23.training')
    expect(answered.json).toEqual({ items: [{ code: '01' }], total: 1 })
    const response = (await readLog(world.database.adminUrl)).find(
      ({ exchange, kind }) => exchange === answered.headers['exchange-id'] && kind === 'response',
    )
    const { received, released, grant } = response?.fields as {
      received: { bytes: number }
      released: { bytes: number }
      grant: string
    }
    expect(received.bytes).toBeGreaterThan(released.bytes)
    expect(released.bytes).toBe(answered.text.length)
    expect(grant).toMatch(/^[0-9a-f]{64}$/)
  })

  it('forwards an untouched body byte for byte, and only its own headers', async () => {
    world.provider.answer = json(200, { items: good.items, total: 1 })
    const body = '{ "codes" : [ "01" ] }'
    const sent = search(body)
    const answered = await call({
      ...sent,
      headers: {
        ...(sent.headers as Record<string, string>),
        'exchange-consumer': 'G99.99/forged',
        'x-forwarded-for': '1.2.3.4',
        cookie: 'a=b',
      },
    })
    expect(answered.status).toBe(200)
    const seen = world.provider.seen.at(-1)
    expect(seen?.body).toBe(body)
    expect(seen?.headers).toMatchObject({
      'exchange-id': answered.headers['exchange-id'],
      'exchange-consumer': 'G99.21/records',
      'exchange-agreement': 'records-categories',
      'exchange-purpose': 'reference-data',
      'exchange-classification': 'internal',
    })
    expect(Object.keys(seen?.headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']))
    expect(Object.keys(seen?.headers ?? {})).not.toEqual(expect.arrayContaining(['x-forwarded-for']))
  })
})
