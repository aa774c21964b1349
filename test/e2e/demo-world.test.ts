import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DEMO_PEOPLE, people } from '../../demo/data-centre/people.ts'
import { query } from '../support/ledger/read-log.ts'
import { type Answered, type Call, type Client, clientOf } from '../support/world/client.ts'
import { stablePort } from '../support/fault/stable-port.ts'
import { startWorld, type World } from '../support/world/world.ts'

const ROOT = join(import.meta.dirname, '../..')
const SYSTEMS = ['G99.10.data-centre', 'G99.21.records', 'G99.22.logistics', 'G99.23.training'] as const
type System = (typeof SYSTEMS)[number]
const RECORDS = 'G99.21.records'

const somebody = people(DEMO_PEOPLE.seed, DEMO_PEOPLE.count)
/** 0 is registered, 19 is registered and cancelled; the number of the stranger was given to nobody. */
const [known, cancelled] = [somebody[0], somebody[19]]
if (!known || !cancelled) throw new Error('the demo has people')
const stranger = '999099999999'
const identityOf = ({ citizenNumber, name, birthDate }: typeof known) => ({ citizenNumber, name, birthDate })

const deposit = {
  title: 'Quyết định về kế hoạch số hóa',
  issuingUnit: 'G99.21',
  date: '2019-05-20',
  type: 'decision',
  classification: 'restricted',
  retention: 'P20Y',
  digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
}
const report = { status: 'under-way', progress: 40, summary: 'Đã số hóa 40% hồ sơ.' }
const supplies = { items: [{ code: 'VT-0001', quantity: 10 }], neededOn: '2026-12-01', deliverTo: 'Nhà A2' }
const anyId = '6f1c1b7e-54a5-4b53-9d0a-0c8f6d1f2a11'
const pageOf = (item: unknown, total: number) => ({
  items: expect.arrayContaining([item]) as unknown,
  page: 1,
  pageSize: 50,
  total,
})

const send = (method: string, path: string, purpose: string, body?: unknown, more: Record<string, string> = {}) =>
  ({
    method,
    path: `/exchange/${path}`,
    headers: {
      'exchange-purpose': purpose,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }) satisfies Call

const categories = (method: string, path: string, body?: unknown) =>
  send(method, `G99.10/categories/v1${path}`, 'reference-data', body)
const identity = (body: unknown, more?: Record<string, string>) =>
  send('POST', 'G99.10/identity/v1/verifications', 'identity-check', body, more)
const records = (method: string, path: string, body?: unknown, more?: Record<string, string>) =>
  send(method, `G99.10/records/v1/records${path}`, 'records-deposit', body, more)
const tasks = (method: string, path: string, body?: unknown) =>
  send(method, `G99.10/task-reports/v1/tasks${path}`, 'task-reporting', body)
const inventory = (method: string, path: string, body?: unknown, more?: Record<string, string>) =>
  send(method, `G99.22/inventory/v1${path}`, 'supply', body, more)
/** The first task of each unit; a system that has none asks for that of another. */
const taskOf = (system: System): string => (system === 'G99.22.logistics' ? 'NV-2026-007' : 'NV-2026-001')

interface Row {
  readonly operation: string
  readonly call: (system: System, id: string) => Call
  /** Status and body of the answer, by the systems that may call. */
  readonly answers: Partial<Record<System, readonly [status: number, body: unknown]>>
}

const province = { code: '01', name: 'Thành phố Hà Nội' }
const found = { items: [province], total: 1 }
const communes = { items: [], page: 1, pageSize: 50, total: 0 }
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown
const filed = (taskId: string) => ({ taskId, period: '2026-11', ...report, filedAt: time })

/** Every operation of every service; who is not named under `answers` may not call it. */
const operations: readonly Row[] = [
  {
    operation: 'listProvinces',
    call: () => categories('GET', '/provinces'),
    answers: {
      [RECORDS]: [200, pageOf(province, 34)],
      'G99.22.logistics': [200, pageOf(province, 34)],
      // Only the granted fields.
      'G99.23.training': [200, { items: expect.arrayContaining([{ code: '01' }]), total: 34 }],
    },
  },
  {
    operation: 'searchProvinces',
    call: () => categories('POST', '/provinces/search', { nameContains: 'hà nội' }),
    answers: { [RECORDS]: [200, found], 'G99.22.logistics': [200, found] },
  },
  {
    operation: 'getProvince',
    call: () => categories('GET', '/provinces/01'),
    answers: { [RECORDS]: [200, province], 'G99.22.logistics': [200, province] },
  },
  {
    operation: 'listCommunes',
    call: () => categories('GET', '/provinces/01/communes'),
    answers: { [RECORDS]: [200, communes], 'G99.22.logistics': [200, communes] },
  },
  {
    operation: 'verifyPerson',
    call: () => identity(identityOf(known)),
    answers: {
      // Without the registration, which the agreement does not grant.
      [RECORDS]: [200, { result: 'match', fields: { citizenNumber: 'match', name: 'match', birthDate: 'match' } }],
    },
  },
  {
    operation: 'depositRecord',
    call: () => records('POST', '', deposit),
    answers: { [RECORDS]: [201, { id: uuid, depositedAt: time }] },
  },
  {
    operation: 'getRecord',
    call: (_system, id) => records('GET', `/${id}`),
    answers: { [RECORDS]: [200, { id: uuid, ...deposit, depositedBy: 'G99.21/records', depositedAt: time }] },
  },
  {
    operation: 'changeRetention',
    call: (_system, id) => records('PATCH', `/${id}`, { retention: 'P70Y', reason: 'Theo thông tư mới' }),
    answers: { [RECORDS]: [200, { id: uuid, retention: 'P70Y' }] },
  },
  {
    operation: 'withdrawRecord',
    call: (_system, id) => records('DELETE', `/${id}`),
    answers: { [RECORDS]: [204, null] },
  },
  {
    operation: 'listTasks',
    call: () => tasks('GET', ''),
    answers: {
      [RECORDS]: [200, pageOf(expect.objectContaining({ id: 'NV-2026-001', unit: 'G99.21' }), 6)],
      'G99.22.logistics': [200, pageOf(expect.objectContaining({ id: 'NV-2026-007', unit: 'G99.22' }), 6)],
    },
  },
  {
    operation: 'putTaskReport',
    call: system => tasks('PUT', `/${taskOf(system)}/reports/2026-11`, report),
    answers: { [RECORDS]: [201, filed('NV-2026-001')], 'G99.22.logistics': [201, filed('NV-2026-007')] },
  },
  {
    operation: 'listItems',
    call: () => inventory('GET', '/items'),
    answers: { 'G99.23.training': [200, pageOf(expect.objectContaining({ code: 'VT-0001', available: 5000 }), 10)] },
  },
  {
    operation: 'requestSupplies',
    call: () => inventory('POST', '/requests', supplies),
    answers: {
      'G99.23.training': [
        201,
        {
          id: uuid,
          status: 'received',
          requestedBy: 'G99.23/training',
          items: supplies.items,
          neededOn: '2026-12-01',
          receivedAt: time,
        },
      ],
    },
  },
]
const each = <T>(keep: (row: Row, system: System) => T | undefined) =>
  operations.flatMap(row =>
    SYSTEMS.flatMap(system => {
      const kept = keep(row, system)
      return kept === undefined ? [] : [{ operation: row.operation, system, call: row.call, kept }]
    }),
  )
const permitted = each((row, system) => row.answers[system])
const refused = each((row, system) => (row.answers[system] ? undefined : 403))

/** The demo providers as they are shipped, each a process of its own, behind a real gateway. */
describe('the demo world', () => {
  let world: World
  const providers: ChildProcess[] = []
  const ports = new Map<string, number>()
  const said: string[] = []
  const clients = new Map<System, Client>()
  const call = async (system: System, what: Call): Promise<Answered> => {
    const client = clients.get(system)
    if (!client) throw new Error(system)
    return client.call(what)
  }
  /** A record of this test's own. */
  const deposited = async (more: Partial<typeof deposit> = {}): Promise<string> => {
    const answered = await call(RECORDS, records('POST', '', { ...deposit, ...more }))
    expect(answered.status).toBe(201)
    return String(answered.json?.id)
  }

  async function startProvider(name: string, certsDir: string, gateway: string): Promise<void> {
    const child = fork(join(ROOT, `dist/demo/${name}/main.js`), {
      env: { ...process.env, NODE_OPTIONS: '', PORT: '0', CERTS_DIR: certsDir, GATEWAY_URL: gateway },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    providers.push(child)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => said.push(String(chunk)))
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    ports.set(name, port)
  }

  beforeAll(async () => {
    const port = String(await stablePort())
    const gateway = `https://localhost:${port}`
    world = await startWorld({
      environment: { EXCHANGE_PORT: port },
      configure: async (files, certsDir) => {
        await startProvider('data-centre', certsDir, gateway)
        await startProvider('logistics', certsDir, gateway)
        const systems = (files.get('systems.yaml') ?? '').replace(
          /endpoint: https:\/\/localhost:(\d+)/g,
          (_, port) => `endpoint: https://localhost:${ports.get(port === '9444' ? 'logistics' : 'data-centre')}`,
        )
        files.set('systems.yaml', systems)
      },
    })
    for (const system of SYSTEMS) clients.set(system, world.client(system))
  })
  afterAll(async () => {
    for (const provider of providers) provider.kill()
    await world.close()
  })

  it('has a row here for every operation', () => {
    const documents = readdirSync(join(ROOT, 'deploy/demo/services')).map(folder =>
      readFileSync(join(ROOT, 'deploy/demo/services', folder, 'openapi.yaml'), 'utf8'),
    )
    const described = documents.flatMap(text => [...text.matchAll(/operationId: (\w+)/g)].map(([, name]) => name))
    expect(operations.map(({ operation }) => operation).sort()).toEqual(described.sort())
  })

  it.each(permitted)('$system may call $operation', async ({ system, call: callOf, kept: [status, body] }) => {
    const answered = await call(system, callOf(system, system === RECORDS ? await deposited() : anyId))
    expect({ status: answered.status, problem: answered.headers['exchange-problem'], json: answered.json }).toEqual({
      status,
      problem: undefined,
      json: body,
    })
    expect(answered.headers['exchange-receipt']).toBeDefined()
  })

  it.each(refused)('$system may not call $operation: 403', async ({ system, call: callOf }) => {
    const answered = await call(system, callOf(system, anyId))
    expect({ status: answered.status, code: answered.json?.code }).toEqual({ status: 403, code: 'not-permitted' })
  })

  describe('identity', () => {
    const all = { citizenNumber: 'match', name: 'match', birthDate: 'match' }
    const none = { citizenNumber: 'no-match', name: 'no-match', birthDate: 'no-match' }
    it.each([
      ['the registered data', identityOf(known), 'match', all],
      ['capitals and spaces', { ...identityOf(known), name: ` ${known.name.toUpperCase()} ` }, 'match', all],
      ['accents written apart', { ...identityOf(known), name: known.name.normalize('NFD') }, 'match', all],
      ['a cancelled registration', identityOf(cancelled), 'match', all],
      ['another name', { ...identityOf(known), name: 'Ai Đó' }, 'no-match', { ...all, name: 'no-match' }],
      ['another day', { ...identityOf(known), birthDate: '1900-01-01' }, 'no-match', { ...all, birthDate: 'no-match' }],
      // Nothing is told of a person whose number is not known, even if name and date are somebody's.
      ['an unknown number', { ...identityOf(known), citizenNumber: stranger }, 'no-match', none],
    ])('compares field by field: %s', async (_what, asked, result, fields) => {
      const answered = await call(RECORDS, identity(asked))
      expect({ status: answered.status, json: answered.json }).toEqual({ status: 200, json: { result, fields } })
      // Neither what was sent nor what is registered.
      for (const value of Object.values({ ...asked, ...identityOf(known) })) expect(answered.text).not.toContain(value)
    })

    it('refuses a field that the agreement does not grant, and another purpose', async () => {
      const sex = await call(RECORDS, identity({ ...identityOf(known), sex: known.sex }))
      expect({ status: sex.status, code: sex.json?.code }).toEqual({ status: 422, code: 'field-not-granted' })
      const purpose = await call(RECORDS, identity(identityOf(known), { 'exchange-purpose': 'records-deposit' }))
      expect({ status: purpose.status, code: purpose.json?.code }).toEqual({ status: 403, code: 'purpose-not-granted' })
    })
  })

  describe('records', () => {
    it('gives a repeated deposit its first answer, and refuses the key for another body', async () => {
      const key = { 'idempotency-key': 'deposit-1' }
      const first = await call(RECORDS, records('POST', '', deposit, key))
      const again = await call(RECORDS, records('POST', '', deposit, key))
      const other = await call(RECORDS, records('POST', '', { ...deposit, title: 'Khác' }, key))
      const fresh = await call(RECORDS, records('POST', '', deposit, { 'idempotency-key': 'deposit-2' }))
      expect([first.status, again.status, fresh.status]).toEqual([201, 201, 201])
      expect(again.json).toEqual(first.json)
      expect(fresh.json?.id).not.toBe(first.json?.id)
      expect({ status: other.status, code: other.json?.code, by: other.headers['exchange-problem'] }).toEqual({
        status: 422,
        code: 'key-reused',
        by: undefined,
      })
    })

    it('forgets what is withdrawn, and keeps what is kept for ever', async () => {
      const id = await deposited()
      expect((await call(RECORDS, records('DELETE', `/${id}`))).status).toBe(204)
      expect((await call(RECORDS, records('GET', `/${id}`))).json?.code).toBe('not-found')
      const permanent = await deposited({ retention: 'permanent' })
      const change = { retention: 'P5Y', reason: 'x' }
      for (const what of [records('DELETE', `/${permanent}`), records('PATCH', `/${permanent}`, change)]) {
        const answered = await call(RECORDS, what)
        expect({ status: answered.status, code: answered.json?.code }).toEqual({ status: 409, code: 'kept-for-ever' })
      }
      expect((await call(RECORDS, records('GET', `/${permanent}`))).json?.retention).toBe('permanent')
    })

    it('refuses remarks, which the agreement does not grant', async () => {
      const answered = await call(RECORDS, records('POST', '', { ...deposit, remarks: 'Bản gốc bị ố' }))
      expect({ status: answered.status, code: answered.json?.code }).toEqual({ status: 422, code: 'field-not-granted' })
    })
  })

  describe('task reports', () => {
    it('are replaced, and show in the list; the task of another unit is not there', async () => {
      const done = { status: 'done', progress: 100, summary: 'Hoàn thành.', obstacles: ['Không'] }
      const put = (body: unknown) => call(RECORDS, tasks('PUT', '/NV-2026-002/reports/2026-10', body))
      expect([(await put(report)).status, (await put(done)).status]).toEqual([201, 200])
      const listed = await call(RECORDS, tasks('GET', '?status=done'))
      expect(listed.json).toMatchObject({
        items: [{ id: 'NV-2026-002', progress: 100, lastPeriod: '2026-10' }],
        total: 1,
      })
      const other = await call(RECORDS, tasks('PUT', '/NV-2026-007/reports/2026-10', report))
      expect({ status: other.status, code: other.json?.code }).toEqual({ status: 404, code: 'not-found' })
    })
  })

  describe('inventory', () => {
    it('sets aside what is requested, all of it or nothing, and once', async () => {
      const available = async (code: string): Promise<unknown> => {
        const { items } = (await call('G99.23.training', inventory('GET', '/items?pageSize=200'))).json as {
          items: { code: string; available: number }[]
        }
        return items.find(item => item.code === code)?.available
      }
      const ask = (items: unknown, more?: Record<string, string>) =>
        call('G99.23.training', inventory('POST', '/requests', { ...supplies, items }, more))
      const line = (code: string, quantity: number) => ({ code, quantity })
      const key = { 'idempotency-key': 'supply-1' }
      const first = await ask([line('VT-0301', 50)], key)
      expect(await ask([line('VT-0301', 50)], key)).toMatchObject({ status: 201, json: first.json })
      expect(await available('VT-0301')).toBe(200)
      expect(await ask([line('VT-0301', 1), line('VT-0401', 41)])).toMatchObject({
        status: 409,
        json: { code: 'not-enough' },
      })
      expect(await ask([line('VT-0301', 101), line('VT-0301', 100)])).toMatchObject({ status: 409 })
      expect(await ask([line('VT-9999', 1)])).toMatchObject({ status: 422, json: { code: 'item-unknown' } })
      expect(await available('VT-0301')).toBe(200)
    })
  })

  describe('a provider', () => {
    it.each(['data-centre', 'logistics'])('%s answers nobody but the gateway', async name => {
      const path = name === 'logistics' ? '/inventory/v1/items' : '/categories/v1/provinces'
      for (const system of SYSTEMS) {
        const direct = clientOf(world.certsDir, () => ports.get(name) ?? 0, system)
        const answered = await direct.call({ path, headers: { 'exchange-consumer': 'G99.21/records' } })
        direct.close()
        expect({ status: answered.status, code: answered.json?.code }).toEqual({ status: 403, code: 'not-the-gateway' })
      }
      const without = clientOf(world.certsDir, () => ports.get(name) ?? 0, null)
      await expect(without.call({ path })).rejects.toThrow()
      without.close()
    })
  })

  // PD-3. After everything above, and with numbers where they do not belong.
  it('lets no citizen number into records, search, logs, metrics, files or errors', async () => {
    const planted = { ...identityOf(known), citizenNumber: '999185000001' }
    const misplaced: readonly { what: string; number: string; call: (number: string) => Call }[] = [
      { what: 'as a member', number: '999185000002', call: n => identity({ ...planted, [n]: 'x' }) },
      { what: 'in a wrong field', number: '999185000003', call: n => identity({ ...planted, birthDate: n }) },
      { what: 'in a name', number: '999185000004', call: n => identity({ ...planted, name: n }) },
      { what: 'in an undescribed field', number: '999185000005', call: n => identity({ ...planted, note: n }) },
      {
        what: 'in broken JSON',
        number: '999185000006',
        call: n => ({ ...identity({}), body: `{"citizenNumber":"${n}"` }),
      },
      {
        what: 'twice as a member',
        number: '999185000007',
        call: n => ({ ...identity({}), body: `{"${n}":1,"${n}":2}` }),
      },
      { what: 'as a path', number: '999185000008', call: n => records('GET', `/${n}`) },
      {
        what: 'as an unknown path',
        number: '999185000009',
        call: n => send('GET', `G99.10/identity/v1/${n}`, 'identity-check'),
      },
      { what: 'as a query', number: '999185000010', call: n => tasks('GET', `?status=${n}`) },
      { what: 'as an unknown parameter', number: '999185000011', call: n => tasks('GET', `?${n}=1`) },
      {
        what: 'as a media type',
        number: '999185000012',
        call: n => identity({}, { 'content-type': `text/${n}` }),
      },
      {
        what: 'as a label',
        number: '999185000013',
        call: n => identity(planted, { 'data-classification': n }),
      },
      { what: 'as a retention', number: '999185000014', call: n => records('PATCH', `/${anyId}`, { retention: n }) },
      {
        what: 'as a key that is passed on',
        number: '999185000015',
        call: n => records('POST', '', deposit, { 'idempotency-key': n }),
      },
      {
        what: 'in a state secret',
        number: '999185000016',
        call: n => identity({ ...planted, citizenNumber: n }, { 'data-classification': 'mat' }),
      },
    ]
    const answers: string[] = []
    for (const { number, call: callOf } of misplaced) {
      const answered = await call(RECORDS, callOf(number))
      answers.push(JSON.stringify([answered.headers, answered.text]))
    }
    const { status } = await call(RECORDS, identity(planted))
    expect(status).toBe(200)

    const numbers = [...somebody, planted].map(({ citizenNumber }) => citizenNumber)
    numbers.push(stranger, ...misplaced.map(({ number }) => number))
    const places: Readonly<Record<string, string>> = {
      answers: answers.join('\n'),
      search: JSON.stringify(await world.search()),
      log: world.gateway.log(),
      providers: said.join(''),
      metrics: await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/metrics`)).text(),
      database: await everyRow(world.database.adminUrl),
      files: everyFile(join(world.directory, 'var')),
    }
    // The places are really looked at: each says something that belongs there.
    const belongs = { answers: 'request-invalid', search: 'verifyPerson', metrics: 'lienthong_exchanges_total' }
    for (const [place, text] of Object.entries(belongs)) expect(places[place]).toContain(text)
    expect(places.database).toContain(hex('verifyPerson'))
    const found = Object.entries(places).flatMap(([place, text]) =>
      numbers.filter(number => text.includes(number) || text.includes(hex(number))).map(number => ({ place, number })),
    )
    expect(found).toEqual([])
    expect((await world.verify()).good).toBe(true)
  })
})

const hex = (text: string): string => Buffer.from(text).toString('hex')

/** Every row of every table of ours as text; bytes as hexadecimal digits. */
const everyRow = (adminUrl: string): Promise<string> =>
  query(adminUrl, async client => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    )
    const texts: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)
      texts.push(...rows.map(({ row }) => row))
    }
    return texts.join('\n')
  })

const everyFile = (directory: string): string =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map(name => join(directory, name))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path, 'latin1'))
    .join('\n')
