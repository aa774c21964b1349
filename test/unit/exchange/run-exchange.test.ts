import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import type { Arrived } from '../../../gateway/exchange/known.ts'
import { problemOf as policyProblems } from '../../../gateway/policy/decision.ts'
import { Fault } from '../../../gateway/problems/fault.ts'
import { EXCHANGE } from '../record/facts.ts'
import {
  answer,
  bodyOf,
  codeIn,
  connectionOf,
  ExchangeWorld,
  headersOf,
  loadDemo,
  revision,
  withAgreement,
  withService,
  withSystem,
} from './world.ts'

let world: ExchangeWorld
beforeAll(loadDemo)
beforeEach(() => {
  world = new ExchangeWorld()
})
/** However an exchange ended, what was admitted was given back. */
afterEach(() => expect(world.released).toBe(world.admitted))

const suspended = withSystem('G99.21/records', { suspended: true })
const json = { 'Content-Type': 'application/json' }
const search = (body: unknown): Partial<Arrived> => ({
  method: 'POST',
  rawTarget: '/exchange/G99.10/categories/v1/provinces/search',
  body: { read: () => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
})
const kinds = () =>
  world.records.map(({ kind, problem }) => (typeof problem === 'string' ? `${String(kind)} ${problem}` : kind))

describe('an exchange', () => {
  it('is recorded, forwarded, recorded and answered, in this order (promise 1)', async () => {
    const reply = await world.run()
    expect(world.events).toEqual(['request', 'sent', 'response'])
    expect([reply.status, reply.close, world.outcomes]).toEqual([200, false, ['answered']])
    expect(bodyOf(reply)).toMatchObject({ total: 1 })
    const headers = headersOf(reply)
    expect(headers.get('exchange-id')).toBe(EXCHANGE)
    expect(headers.has('exchange-problem')).toBe(false)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-digest')).toBe(`sha-256=:${createHash('sha256').update(reply.body).digest('base64')}:`)
    // The receipt is that of the response's record.
    expect(headers.get('exchange-receipt')).toContain('index=1')
    expect(world.counted).toBe(reply.body.length)
  })

  it('tells the provider who calls, and nothing that the caller said of itself', async () => {
    const spoofed = {
      'Exchange-Consumer': 'G99.10/data-centre',
      Cookie: 'a=b',
      'X-Forwarded-For': '1.2.3.4',
      'Request-Id': 'r1',
    }
    await world.run(
      { rawTarget: '/exchange/G99.10/categories/v1/provinces?page=2' },
      { ...spoofed, 'Idempotency-Key': 'k1' },
    )
    const [sent] = world.sent
    const headers = new Map<string, string>()
    for (let i = 0; i < (sent?.headers.length ?? 0); i += 2)
      headers.set(sent?.headers[i] ?? '', sent?.headers[i + 1] ?? '')
    expect(headers.get('exchange-consumer')).toBe('G99.21/records')
    expect(headers.get('exchange-receipt')).toContain('index=0')
    expect(headers.get('idempotency-key')).toBe('G99.21/records:k1')
    expect(
      [...headers.keys()].filter(name => ['cookie', 'x-forwarded-for', 'request-id', 'host'].includes(name)),
    ).toEqual([])
    expect(sent?.path).toMatch(/\/provinces\?page=2$/)
  })

  it('holds no raw path, query or payload in its records', async () => {
    await world.run({ rawTarget: '/exchange/G99.10/categories/v1/provinces?page=77' })
    await world.run({ rawTarget: '/exchange/G99.10/categories/v1/provinces/99999999' })
    expect(world.leaves.map(leaf => Buffer.from(leaf).toString()).join('')).not.toMatch(/page=77|99999999|Hà Nội/)
  })

  it('is minimised to what is granted', async () => {
    const reply = await world.run({ connection: connectionOf(world.first, 'G99.23/training') })
    expect(bodyOf(reply)).toEqual({ items: [{ code: '01' }], total: 1 })
    const response = world.records[1] as { received: object; released: object; grant: string }
    expect(response.released).not.toEqual(response.received)
    expect(response.grant).toMatch(/^[0-9a-f]{64}$/)
  })

  it('of mode check is recorded and forwarded nowhere', async () => {
    const reply = await world.run({}, { 'Exchange-Mode': 'check' })
    expect([world.events, world.outcomes, reply.status]).toEqual([['request'], ['checked'], 200])
    expect(bodyOf(reply)).toMatchObject({ mode: 'check', decision: 'permit' })
    expect(world.records[0]).toMatchObject({ mode: 'check' })
  })

  it('whose caller went away before the answer was out is recorded as undelivered', async () => {
    const reply = await world.run()
    await reply.onUndelivered?.()
    expect(kinds()).toEqual(['request', 'response', 'undelivered caller-gone'])
  })
})

describe('a refusal', () => {
  const refusals: readonly [string, number, (w: ExchangeWorld) => Partial<Arrived>, Record<string, string>?][] = [
    [
      'certificate-expired',
      401,
      w => ({
        connection: {
          ...connectionOf(w.first, 'G99.21/records'),
          peer: { ...connectionOf(w.first, 'G99.21/records').peer, validUntil: w.now },
        },
      }),
    ],
    ['certificate-revoked', 401, w => ((w.revoked = true), {})],
    ['system-suspended', 401, w => ((w.snapshot = revision(2, suspended)), {})],
    ['system-rate-exceeded', 429, w => ((w.systemHeld = { limit: 'system', retryAfter: 3 }), {})],
    ['path-not-canonical', 400, () => ({ rawTarget: '/exchange/G99.10/categories/v1/provinces/' })],
    ['not-permitted', 403, () => ({ rawTarget: '/exchange/G99.10/nothing/v1/provinces' })],
    ['not-permitted', 403, () => ({ rawTarget: '/exchange/G99.10/categories/v1/nothing' })],
    ['not-permitted', 403, () => ({ method: 'DELETE' })],
    ['not-permitted', 403, () => ({ rawTarget: '/elsewhere/G99.10/categories/v1/provinces' })],
    ['header-invalid', 400, () => ({}), { 'Exchange-Mode': 'dry' }],
    ['purpose-missing', 400, () => ({ rawHeaders: [] })],
    ['purpose-not-granted', 403, () => ({}), { 'Exchange-Purpose': 'supply' }],
    ['state-secret', 403, () => ({}), { 'Data-Classification': 'tuyet-mat' }],
    ['classification-lowered', 403, () => ({}), { 'Data-Classification': 'public' }],
    ['classification-too-high', 403, () => ({}), { 'Data-Classification': 'restricted' }],
    ['rate-exceeded', 429, w => ((w.held = { limit: 'rate', retryAfter: 7 }), {})],
    ['concurrency-exceeded', 429, w => ((w.held = { limit: 'concurrency', retryAfter: 1 }), {})],
    ['volume-exceeded', 429, w => ((w.held = { limit: 'volume', retryAfter: 60 }), {})],
    ['content-encoding-refused', 415, () => search({}), { ...json, 'Content-Encoding': 'gzip' }],
    ['request-too-large', 413, () => ({ ...search({}), body: { read: () => 'too-large' as const } }), json],
    ['request-timeout', 408, () => ({ ...search({}), body: { read: async () => 'timeout' as const } }), json],
    ['media-type-refused', 415, () => search('x'), { 'Content-Type': 'text/plain' }],
    ['media-type-refused', 415, () => search('x')],
    [
      'digest-mismatch',
      400,
      () => search({}),
      { ...json, 'Content-Digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` },
    ],
    ['body-malformed', 400, () => search('{"a":1,"a":2}'), json],
    ['request-invalid', 422, () => search({ nothing: 1 }), json],
    ['request-invalid', 422, () => search(''), json],
    ['request-invalid', 422, () => ({ rawTarget: '/exchange/G99.10/categories/v1/provinces?page=0' })],
    ['request-invalid', 422, () => ({ body: { read: () => Buffer.from('{}') } }), json],
  ]
  it.each(refusals.map(([code, status, prepare, headers]) => [code, status, prepare, headers ?? {}] as const))(
    '%s (%i) is recorded before its answer, and nothing is forwarded',
    async (code, status, prepare, headers) => {
      const reply = await world.run(prepare(world), headers)
      expect([codeIn(reply), reply.status]).toEqual([code, status])
      expect(kinds()).toEqual([`refusal ${code}`])
      expect(world.records[0]).toMatchObject({ status, problem: code })
      expect(world.sent).toEqual([])
      expect(headersOf(reply).get('exchange-receipt')).toContain('index=0')
      expect(bodyOf(reply)).toMatchObject({ code, status, exchangeId: EXCHANGE })
      if (status === 429) expect(Number(headersOf(reply).get('retry-after'))).toBeGreaterThan(0)
      expect(world.outcomes).toEqual([`refused ${code}`])
    },
  )

  it('of the policy holds the whole input, so that it can be replayed', async () => {
    await world.run({}, { 'Exchange-Purpose': 'supply', 'Data-Classification': 'internal' })
    expect(Object.values(policyProblems)).toContain(world.records[0]?.problem)
    expect(world.records[0]).toMatchObject({
      decision: 'refuse',
      reason: 'purpose-not-granted',
      input: { purpose: 'supply', declared: 'internal' },
      revision: 1,
    })
  })

  it('without any agreement wins over whatever else is wrong with the call', async () => {
    const connection = connectionOf(world.first, 'G99.23/training')
    const reply = await world.run({
      connection,
      method: 'GET',
      rawTarget: '/exchange/G99.10/categories/v1/provinces/01',
      rawHeaders: ['exchange-mode', 'x', 'exchange-mode', 'y'],
    })
    expect(codeIn(reply)).toBe('not-permitted')
  })

  it('looks alike for what is unknown and what is forbidden', async () => {
    const connection = connectionOf(world.first, 'G99.23/training')
    const forbidden = await world.run({ connection, rawTarget: '/exchange/G99.10/categories/v1/provinces/01' })
    const unknown = await world.run({ connection, rawTarget: '/exchange/G99.10/categories/v1/nothing' })
    expect(Buffer.from(forbidden.body).toString()).toBe(Buffer.from(unknown.body).toString())
    expect([...headersOf(forbidden).keys()]).toEqual([...headersOf(unknown).keys()])
  })

  it('speaks the language of the caller', async () => {
    const reply = await world.run({ rawHeaders: ['Accept-Language', 'vi'] })
    expect(bodyOf(reply).title).toBe('Yêu cầu không nêu mục đích')
  })

  it('above the budget is counted, not recorded, and the connection is closed', async () => {
    world.budget = 0
    const reply = await world.run({ rawHeaders: [] })
    expect([codeIn(reply), reply.close, world.leaves.length]).toEqual(['purpose-missing', true, 0])
    expect(headersOf(reply).has('exchange-receipt')).toBe(false)
  })

  it.each([
    ['certificate-revoked', (w: ExchangeWorld) => ((w.revoked = true), {})],
    ['request-too-large', () => ({ ...search({}), body: { read: () => 'too-large' as const } })],
  ])('%s closes the connection', async (code, prepare) => {
    const reply = await world.run(prepare(world), json)
    expect([codeIn(reply), reply.close]).toEqual([code, true])
  })

  it('that cannot be recorded becomes audit-unavailable', async () => {
    world.onAppend = () => {
      throw new Error('down')
    }
    const reply = await world.run({ rawHeaders: [] })
    expect([codeIn(reply), reply.status, reply.close]).toEqual(['audit-unavailable', 503, true])
  })

  it('without a policy is policy-unavailable', async () => {
    world.snapshot = null
    expect(codeIn(await world.run())).toBe('policy-unavailable')
  })

  it('for want of memory is only counted', async () => {
    const reply = await world.run({ ...search({}), body: { read: async () => 'overloaded' as const } }, json)
    expect([codeIn(reply), world.leaves.length, reply.close]).toEqual(['overloaded', 0, true])
  })

  it('whose caller is gone while it sends is recorded as undelivered', async () => {
    await world.run({ ...search({}), body: { read: async () => 'gone' as const } }, json)
    expect(kinds()).toEqual(['undelivered caller-gone'])
  })
})

describe('while nothing may cross', () => {
  it('nothing is forwarded, and the refusal is recorded', async () => {
    world.halted = 'unwitnessed'
    const reply = await world.run()
    expect([codeIn(reply), reply.status, world.sent.length]).toEqual(['unwitnessed', 503, 0])
    expect(kinds()).toEqual(['refusal unwitnessed'])
  })

  it('an answer on its way is withheld, and its exchange closed by a record', async () => {
    const answer = world.answer
    world.answer = () => {
      world.halted = 'unwitnessed'
      return typeof answer === 'function' ? answer() : answer
    }
    const reply = await world.run()
    expect([codeIn(reply), reply.status, world.sent.length]).toEqual(['unwitnessed', 503, 1])
    expect(kinds()).toEqual(['request', 'refusal unwitnessed'])
  })

  it('a call that is only checked is told so too', async () => {
    world.halted = 'unwitnessed'
    expect(codeIn(await world.run({}, { 'Exchange-Mode': 'check' }))).toBe('unwitnessed')
  })
})

describe('the request record', () => {
  it('that cannot be written keeps the payload back', async () => {
    world.onAppend = () => {
      throw new Error('connection to db-1 lost')
    }
    const reply = await world.run()
    expect([codeIn(reply), reply.status, world.sent.length]).toEqual(['audit-unavailable', 503, 0])
    expect(Buffer.from(reply.body).toString()).not.toContain('db-1')
    expect(world.outcomes).toEqual(['faulted audit-unavailable'])
  })

  it('is written again under a revision that came in between', async () => {
    world.onAppend = nth => {
      if (nth === 1) world.snapshot = revision(2)
    }
    const reply = await world.run()
    expect([reply.status, world.events]).toEqual([200, ['request', 'request', 'sent', 'response']])
    expect(world.records.map(record => record.revision)).toEqual([1, 2, 2])
  })

  it.each([
    ['suspended the caller', suspended, 'system-suspended'],
    ['suspended the agreement', withAgreement('records-categories', { suspended: true }), 'agreement-suspended'],
    ['suspended the service', withService('G99.10/categories/v1', { suspended: true }), 'service-suspended'],
    ['put it to sleep', withAgreement('records-categories', { dormant: true }), 'agreement-dormant'],
    [
      'shows that the security confirmation is too old',
      withAgreement('records-categories', { securityConfirmedOn: '2025-01-01' }),
      'security-confirmation-expired',
    ],
    [
      'announces maintenance',
      withService('G99.10/categories/v1', {
        maintenance: [
          { from: '2026-01-01T00:00:00Z', until: '2027-01-01T00:00:00Z', note: { en: 'Moves', vi: 'Chuyển' } },
        ],
      }),
      'service-maintenance',
    ],
    ['took the purpose away', withAgreement('records-categories', { purposes: ['supply'] }), 'purpose-not-granted'],
    [
      'took the operation away',
      withAgreement('records-categories', { operations: { getProvince: {} } }),
      'not-permitted',
    ],
    [
      'lowered the ceiling',
      withAgreement('records-categories', {
        ceiling: 'internal',
        hours: { zone: 'UTC', days: ['sat', 'sat'], from: '00:00', until: '00:01' },
      }),
      'outside-hours',
    ],
  ])('is closed by a refusal where the revision in between %s', async (_, change, code) => {
    world.budget = 0
    world.onAppend = nth => {
      if (nth === 1) world.snapshot = revision(2, change)
    }
    const reply = await world.run()
    expect([codeIn(reply), world.sent.length]).toEqual([code, 0])
    // Recorded although the budget is spent: the request record has to be closed.
    expect(kinds()).toEqual(['request', `refusal ${code}`])
  })

  it('is closed where the fields granted for requests changed: the body was checked against others', async () => {
    const narrowed = withAgreement('records-categories', { operations: { searchProvinces: { request: ['/codes'] } } })
    world.onAppend = nth => {
      if (nth === 1) world.snapshot = revision(2, narrowed)
    }
    const reply = await world.run(search({ codes: ['01'] }), json)
    expect([codeIn(reply), world.sent.length]).toEqual(['policy-unavailable', 0])
    expect(kinds()).toEqual(['request', 'refusal policy-unavailable'])
    expect(world.records[1]).toMatchObject({ detail: 'agreement-changed' })
  })

  it('is closed where revocations came in between', async () => {
    world.onAppend = nth => {
      if (nth !== 1) return
      world.revoked = true
      world.epoch++
    }
    expect(codeIn(await world.run())).toBe('certificate-revoked')
    expect(kinds()).toEqual(['request', 'refusal certificate-revoked'])
  })

  it('is closed where no policy is left', async () => {
    world.onAppend = nth => {
      if (nth === 1) world.snapshot = null
    }
    expect(codeIn(await world.run())).toBe('policy-unavailable')
    expect(kinds()).toEqual(['request', 'refusal policy-unavailable'])
  })

  it('is not written for ever', async () => {
    world.onAppend = nth => {
      if (nth < 20) world.snapshot = revision(nth + 1)
    }
    expect([codeIn(await world.run()), world.sent.length]).toEqual(['policy-unavailable', 0])
    expect(kinds()).toEqual([...Array.from({ length: 5 }, () => 'request'), 'refusal policy-unavailable'])
  })

  it('closed by a caller who is gone is not forwarded', async () => {
    world.onAppend = nth => {
      if (nth === 1) world.gone = true
    }
    await world.run()
    expect([kinds(), world.sent.length]).toEqual([['request', 'undelivered caller-gone'], 0])
  })
})

describe('a provider', () => {
  it.each([
    ['unreachable', 'provider-unreachable', 502, 'fault'],
    ['untrusted', 'provider-untrusted', 502, 'fault'],
    ['paused', 'provider-paused', 502, 'fault'],
    ['failed', 'provider-failed', 502, 'fault'],
    ['timeout', 'provider-timeout', 504, 'fault'],
    ['too-large', 'response-invalid', 502, 'refusal'],
  ] as const)('that is %s: %s (%i)', async (failure, code, status, kind) => {
    world.answer = failure
    const reply = await world.run()
    expect([codeIn(reply), reply.status, kinds(), world.sent.length]).toEqual([
      code,
      status,
      ['request', `${kind} ${code}`],
      1,
    ])
  })

  it.each([
    ['a status that is not described', answer({}, { status: 302 }), 'status-not-described'],
    ['no JSON', answer('no JSON'), 'json:'],
    ['another shape', answer({ items: 'x' }), 'schema:'],
    ['one field too many', answer({ items: [], page: 1, pageSize: 1, total: 0, extra: 1 }), 'schema:'],
    [
      'compressed',
      answer(
        {},
        {
          headers: new Map([
            ['content-type', 'application/json'],
            ['content-encoding', 'gzip'],
          ]),
        },
      ),
      'content-encoding',
    ],
    [
      'another media type',
      answer('x', { headers: new Map([['content-type', 'text/html']]) }),
      'media-type-not-described',
    ],
    ['no media type', answer('x', { headers: new Map() }), 'media-type-unreadable'],
  ])('that answers %s is blamed, and nothing of it is released', async (_, given, detail) => {
    world.answer = given
    const reply = await world.run()
    expect([codeIn(reply), kinds()]).toEqual(['response-invalid', ['request', 'refusal response-invalid']])
    expect(String(world.records[1]?.detail)).toContain(detail)
    expect(world.blamed).toEqual(['G99.10/data-centre'])
    expect(bodyOf(reply)).not.toHaveProperty('violations')
  })

  it.each([
    ['a state secret', 'mat', 'state-secret'],
    ['more than the agreement allows', 'restricted', 'response-invalid'],
    ['nothing that can be read', 'secret', 'response-invalid'],
  ])('that labels its answer %s', async (_, label, code) => {
    const { body, tls } = answer({ items: [], page: 1, pageSize: 1, total: 0 })
    world.answer = {
      status: 200,
      body,
      tls,
      headers: new Map([
        ['content-type', 'application/json'],
        ['data-classification', label],
      ]),
    }
    expect(codeIn(await world.run())).toBe(code)
  })

  it('cannot speak with the gateway’s voice', async () => {
    const { body, tls } = answer({ items: [], page: 1, pageSize: 1, total: 0 })
    const own = ['exchange-id', 'exchange-problem', 'exchange-receipt', 'set-cookie', 'server', 'location'].map(
      name => [name, 'x'] as const,
    )
    world.answer = {
      status: 200,
      body,
      tls,
      headers: new Map([['content-type', 'application/json'], ['etag', '"1"'], ...own]),
    }
    const headers = headersOf(await world.run())
    expect(headers.get('exchange-id')).toBe(EXCHANGE)
    expect(
      [...headers.keys()].filter(name => ['exchange-problem', 'set-cookie', 'server', 'location'].includes(name)),
    ).toEqual([])
    expect(headers.get('etag')).toBe('"1"')
  })

  it('that makes our own code break is answered without its words, and recorded', async () => {
    world.answer = () => {
      throw new Error('password=hunter2 in /etc/gateway')
    }
    const reply = await world.run()
    expect([codeIn(reply), reply.status, reply.close]).toEqual(['internal', 500, true])
    expect(Buffer.from(reply.body).toString() + reply.headers.join()).not.toContain('hunter2')
    expect(world.leaves.map(leaf => Buffer.from(leaf).toString()).join()).not.toContain('hunter2')
    expect(kinds()).toEqual(['request', 'fault internal'])
    expect(world.faults).toHaveLength(1)
  })

  it('that breaks with a known fault is answered with its code', async () => {
    world.answer = () => {
      throw new Fault('provider-failed', 'internal words')
    }
    expect(codeIn(await world.run())).toBe('provider-failed')
  })
})

describe('the response record', () => {
  it('that cannot be written keeps the answer back, and says that the provider may have acted', async () => {
    world.onAppend = nth => {
      if (nth === 2) throw new Error('down')
    }
    const reply = await world.run()
    expect([codeIn(reply), reply.status, world.events]).toEqual(['response-unrecorded', 503, ['request', 'sent']])
    expect(Buffer.from(reply.body).toString()).not.toContain('Hà Nội')
  })

  it('of a refusal behind the request that cannot be written says the same', async () => {
    world.answer = 'timeout'
    world.onAppend = nth => {
      if (nth === 2) throw new Error('down')
    }
    const reply = await world.run()
    expect([codeIn(reply), reply.close]).toEqual(['response-unrecorded', true])
  })

  it.each<[string, (w: ExchangeWorld) => void, string]>([
    ['the caller was suspended', w => void (w.snapshot = revision(2, suspended)), 'system-suspended'],
    ['the certificate was revoked', w => ((w.revoked = true), void w.epoch++), 'certificate-revoked'],
    [
      'the agreement was suspended',
      w => void (w.snapshot = revision(2, withAgreement('records-categories', { suspended: true }))),
      'agreement-suspended',
    ],
    [
      'the service was suspended',
      w => void (w.snapshot = revision(2, withService('G99.10/categories/v1', { suspended: true }))),
      'service-suspended',
    ],
    [
      'the agreement was put to sleep',
      w => void (w.snapshot = revision(2, withAgreement('records-categories', { dormant: true }))),
      'agreement-dormant',
    ],
    ['no policy is left', w => void (w.snapshot = null), 'policy-unavailable'],
  ])('does not release where %s meanwhile', async (_, change, code) => {
    world.onAppend = nth => {
      if (nth === 2) change(world)
    }
    const reply = await world.run()
    expect(codeIn(reply)).toBe(code)
    expect(Buffer.from(reply.body).toString()).not.toContain('Hà Nội')
    expect(kinds()).toEqual(['request', 'response', `refusal ${code}`])
  })

  it('is not written for a caller who is gone', async () => {
    world.answer = () => {
      world.gone = true
      return answer({ items: [], page: 1, pageSize: 1, total: 0 })
    }
    await world.run()
    expect(kinds()).toEqual(['request', 'undelivered caller-gone'])
  })
})
