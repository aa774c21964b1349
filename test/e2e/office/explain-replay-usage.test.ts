import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readLog } from '../../support/ledger/read-log.ts'
import { addOfficers } from '../../support/office/officers.ts'
import { changeIn, edited, officeClient, type OfficeClient, type ShownChange } from '../../support/office/office.ts'
import { readSql } from '../../support/office/read-sql.ts'
import { eventually } from '../../support/refusals/scene.ts'
import { json } from '../../support/world/test-provider.ts'
import { startWorld, type World } from '../../support/world/world.ts'

const PATH = '/exchange/G99.10/categories/v1/provinces'
const purpose = { 'exchange-purpose': 'reference-data' }
const AGREEMENT = 'records-categories'
const SERVICE = 'G99.10%2Fcategories%2Fv1'
const UNKNOWN = '01970000-0000-7000-8000-000000000000'
/** A replay begins within two seconds, in a thread that has to load. */
const SOON = 30_000

interface Replay {
  readonly id: string
  readonly state: string
  readonly revision: number
  readonly kept: number
  readonly report: {
    readonly replayed: number
    readonly differing: number
    readonly differences: readonly { readonly unit: string; readonly was: string; readonly now: string }[]
  } | null
  readonly each: readonly { readonly exchange: string; readonly now: string }[]
  readonly cursor: number | null
}

/** Policy, log and use over the office API, each seen by those whose business it is, and each read of the log recorded. */
describe('explain, replay and usage over the office API', () => {
  let world: World
  const clients = new Map<string, OfficeClient>()
  const as = (name: string): OfficeClient => {
    const client = clients.get(name) ?? officeClient(world, `officer.${name}`)
    clients.set(name, client)
    return client
  }
  const get = async <T>(who: string, path: string): Promise<T> => (await as(who).call({ path })).json as T
  const post = (who: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    as(who).call({ method: 'POST', path, body, headers })

  beforeAll(async () => {
    world = await startWorld({
      configure: (files, certsDir) =>
        addOfficers(files, certsDir, [
          { id: 'admin-10', roles: ['unit-administrator'], units: ['G99.10'] },
          { id: 'admin-22', roles: ['unit-administrator'], units: ['G99.22'] },
          { id: 'both-22', roles: ['unit-administrator', 'operator'], units: ['G99.22'] },
        ]),
    })
    const records = world.client('G99.21.records')
    for (let n = 0; n < 3; n++) expect((await records.call({ path: PATH, headers: purpose })).status).toBe(200)
    await world.client('G99.23.training').call({ path: PATH, headers: purpose })
    await records.call({ path: PATH, headers: {} })
    world.provider.answer = json(200, { items: [{ code: 1 }] })
    expect((await records.call({ path: PATH, headers: purpose })).status).toBe(502)
  })
  afterAll(async () => {
    for (const client of clients.values()) client.close()
    await world.close()
  })

  const asked = { consumer: 'G99.21/records', service: 'G99.10/categories/v1', operation: 'listProvinces' }
  const explain = (who: string, body: object) => post(who, '/api/v1/explain', body)
  const another = (): Promise<object> =>
    edited<'agreements'>(as('security-1'), 'agreement', AGREEMENT, { purposes: ['records-deposit'] })
  const read = (who: string, id: string) => get<ShownChange & { replay: Replay | null }>(who, `/api/v1/changes/${id}`)
  const ended = (look: () => Promise<Replay | null>): Promise<Replay> =>
    eventually(
      look,
      replay => replay !== null && !['waiting', 'running'].includes(replay.state),
      SOON,
    ) as Promise<Replay>

  it('explains every check in order, by name or by path, and under a change', async () => {
    const permitted = await explain('operator-1', { ...asked, purpose: 'reference-data' })
    expect(permitted.json).toMatchObject({ decision: 'permit', agreement: AGREEMENT, problem: null, revision: 0 })
    const { consumer } = asked
    const refused = await explain('auditor-1', { consumer, path: `${PATH}?page=2`, classification: 'toi-mat' })
    expect(refused.json).toMatchObject({ decision: 'refuse', reason: 'state-secret', problem: 'state-secret' })
    const { checks } = refused.json as unknown as { checks: { outcome: string; claim: { vi: string } }[] }
    expect(checks.map(({ outcome }) => outcome).slice(0, 3)).toEqual(['passed', 'failed', 'not-reached'])
    expect(checks[1]?.claim.vi).toBe('dữ liệu không phải bí mật nhà nước')

    const { id: change } = await as('security-1').draft([await another()])
    const under = { ...asked, purpose: 'reference-data', change }
    expect((await explain('auditor-1', under)).json).toMatchObject({ reason: 'purpose-not-granted', change })
    // A draft is nobody's business but those who write, sign or review it.
    expect((await explain('operator-1', under)).json?.code).toBe('not-entitled')
  })

  it('explains to a unit administrator what concerns the own units, and refuses what is no question', async () => {
    expect((await explain('admin-10', asked)).status).toBe(200)
    expect((await explain('admin-22', asked)).json?.code).toBe('not-found')
    expect((await explain('admin-22', { ...asked, consumer: 'G99.22/logistics' })).status).toBe(200)
    const wrong: readonly [object, string][] = [
      [{ ...asked, path: PATH }, ''],
      [{ consumer: 'G99.21/records', service: 'G99.10/categories/v1' }, ''],
      [{ ...asked, consumer: 'nobody' }, '/consumer'],
      [{ consumer: 'G99.21/records', path: '/exchange/G99.10/nothing/v1/x' }, '/path'],
      [{ consumer: 'G99.21/records', method: 'PUT', path: PATH }, '/path'],
      [{ ...asked, at: '2026-02-30T00:00:00Z' }, '/at'],
    ]
    for (const [body, pointer] of wrong) {
      const { status, json: problem } = await explain('security-1', body)
      expect([status, problem?.code]).toEqual([422, 'request-invalid'])
      if (pointer !== '') expect(problem).toMatchObject({ violations: [{ pointer }] })
    }
  })

  it('a proposal carries the replay of exactly its text; an edit leaves it behind', async () => {
    const drafted = await as('security-1').draft([await another()])
    expect((await read('security-1', drafted.id)).replay).toBeNull()
    const proposed = await as('security-1').propose(drafted)
    const replay = await ended(async () => (await read('security-2', proposed.id)).replay)
    expect(replay).toMatchObject({ state: 'done', revision: 0 })
    // Four permitted ones, of which one found no answer that could cross; the refused one stays refused.
    expect(replay.report).toMatchObject({ differing: 4, notReproduced: 0 })
    expect(replay.report?.differences).toMatchObject([{ unit: 'G99.21', was: 'permit', now: 'purpose-not-granted' }])
    const shown = await world.command('change', 'show', proposed.id)
    expect(shown.stdout).toMatch(/^replay from .*: done, \d+ of \d+ records read$/m)
    expect(shown.stdout).toContain('permit -> purpose-not-granted')

    const again = { title: 'Another', reason: 'A test.', edits: [await another()] }
    const edit = await as('security-2').call({
      method: 'PUT',
      path: `/api/v1/changes/${proposed.id}`,
      headers: { 'if-match': `"${proposed.version}"` },
      body: again,
    })
    expect((await read('security-1', changeIn(edit).id)).replay).toBeNull()
  })

  it('a unit administrator sees of it what concerns the own units', async () => {
    const edit = await edited<'agreements'>(as('security-1'), 'agreement', 'logistics-categories', {
      purposes: ['records-deposit'],
    })
    const proposed = await as('admin-22').propose(await as('admin-22').draft([edit]))
    const replay = await ended(async () => (await read('admin-22', proposed.id)).replay)
    expect(replay).toMatchObject({ id: null, state: 'done', report: { replayed: null, differing: 0, differences: [] } })
    expect((await read('auditor-1', proposed.id)).replay?.report?.replayed).toBeGreaterThan(4)
  })

  it('a replay that an officer asks for: once a key, with its differences one by one and as a stream', async () => {
    const body = { edits: [await another()] }
    const key = { 'idempotency-key': 'replay-1' }
    const made = await Promise.all([1, 2].map(() => post('auditor-1', '/api/v1/replays', body, key)))
    const id = String(made[0]?.json?.id)
    expect(made.map(({ status, json: replay }) => [status, replay?.id])).toEqual([
      [201, id],
      [201, id],
    ])
    expect(made[0]?.headers.location).toBe(`/api/v1/replays/${id}`)
    const other = await post('auditor-1', '/api/v1/replays', { ...body, from: '2026-11-01T00:00:00Z' }, key)
    expect(other.json?.code).toBe('idempotency-conflict')

    const replay = await ended(() => get<Replay>('security-1', `/api/v1/replays/${id}`))
    expect(replay).toMatchObject({ state: 'done', kept: 4, cursor: null, report: { differing: 4 } })
    const first = await get<Replay>('security-1', `/api/v1/replays/${id}?limit=3`)
    const rest = await get<Replay>('security-1', `/api/v1/replays/${id}?limit=3&cursor=${first.cursor}`)
    expect([first.each.length, rest.each.length, rest.cursor]).toEqual([3, 1, null])
    const { text, headers } = await as('security-1').call({ path: `/api/v1/replays/${id}/differences` })
    expect(headers['content-type']).toBe('application/x-ndjson')
    const lines = text.trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual([...first.each, ...rest.each])
    // Who has ended it stays as it is; an auditor ends the own ones only.
    const cancel = (who: string) => as(who).call({ method: 'DELETE', path: `/api/v1/replays/${id}` })
    expect((await cancel('security-1')).json?.state).toBe('done')
    const own = await post('security-1', '/api/v1/replays', {})
    const foreign = { method: 'DELETE', path: `/api/v1/replays/${String(own.json?.id)}` }
    expect((await as('auditor-1').call(foreign)).json?.code).toBe('not-entitled')
    expect((await get<{ code: string }>('auditor-1', `/api/v1/replays/${UNKNOWN}`)).code).toBe('not-found')
    const wrong = await post('auditor-1', '/api/v1/replays', {
      from: '2026-11-02T00:00:00Z',
      to: '2026-11-01T00:00:00Z',
    })
    expect(wrong.json).toMatchObject({ code: 'request-invalid', violations: [{ pointer: '/to' }] })
  })

  it('the owner of a service sees who used it and which answers were withheld; nobody else of a unit does', async () => {
    const usage = await eventually(
      () =>
        get<{ exchanges: number; withheld: number; uses: object[] }>('admin-10', `/api/v1/services/${SERVICE}/usage`),
      ({ exchanges }) => exchanges === 6,
      SOON,
    )
    expect(usage.withheld).toBe(1)
    expect(usage.uses[0]).toEqual({
      consumer: 'G99.21/records',
      agreement: AGREEMENT,
      operation: 'listProvinces',
      kind: 'response',
      code: null,
      count: 3,
    })
    const path = `/api/v1/services/${SERVICE}/withheld`
    const withheld = await get<{ answers: object[]; cursor: null }>('auditor-1', path)
    expect(withheld).toMatchObject({
      answers: [{ consumer: 'G99.21/records', code: 'response-invalid' }],
      cursor: null,
    })
    for (const who of ['admin-22', 'both-22'])
      for (const what of ['usage', 'withheld'])
        expect((await get<{ code: string }>(who, `/api/v1/services/${SERVICE}/${what}`)).code).toBe('not-found')
    expect((await get<{ code: string }>('auditor-1', `${path}?cursor=x`)).code).toBe('request-invalid')
  })

  it('agreements by their states, and those that nobody used', async () => {
    const unused = (who: string) =>
      get<{ agreements: { agreement: string; consumer: string; service: string }[]; counts: object }>(
        who,
        '/api/v1/unused?days=7',
      )
    const all = (await unused('auditor-1')).agreements.map(({ agreement }) => agreement)
    expect(all).toContain('records-identity')
    expect(all).not.toContain(AGREEMENT)
    const own = await unused('both-22')
    expect(own.agreements.length).toBeGreaterThan(0)
    expect(own.agreements.filter(({ consumer, service }) => !`${consumer} ${service}`.includes('G99.22/'))).toEqual([])

    const states = async (who: string, query = '') =>
      (await get<{ agreements: { id: string; states: string[] }[] }>(who, `/api/v1/agreements${query}`)).agreements
    const inForce = await states('operator-1', '?state=in-force')
    expect(inForce.map(({ id }) => id)).toContain(AGREEMENT)
    expect(await states('auditor-1', '?state=ended')).toEqual([])
    expect((await states('admin-22')).map(({ id }) => id)).toEqual([
      'logistics-categories',
      'logistics-task-reports',
      'training-inventory',
    ])
    const { stdout } = await world.command('agreement', 'list', '--state', 'in-force', '--json')
    const listed = (JSON.parse(stdout) as { agreements: { id: string }[] }).agreements.map(({ id }) => id)
    expect(listed.toSorted()).toEqual(inForce.map(({ id }) => id))
  })

  it('each read of the log stands in the control lane, those of a command too', async () => {
    await world.search('--code', 'purpose-missing')
    const reads = async () =>
      (await readLog(world.database.adminUrl))
        .filter(({ kind }) => kind === 'read')
        .map(({ fields }) => `${String(fields.reader)} ${String(fields.via)} ${String(fields.what)}`)
    const found = await eventually(reads, list => list.some(line => line.includes('purpose-missing')))
    expect(found).toContainEqual(expect.stringMatching(/^login:lienthong command search code=purpose-missing/))
    expect(found).toContainEqual(expect.stringMatching(/^admin-10 office usage of G99.10\/categories\/v1 from=/))
    expect(found).toContainEqual(expect.stringMatching(/^auditor-1 office withheld answers of /))
    expect(found).toContainEqual(expect.stringMatching(/^security-1 office differences of replay [0-9a-f-]{36}$/))
    // A read is no act of an officer, and one that was refused is no read.
    expect(found.filter(line => line.startsWith('admin-22'))).toEqual([])
    expect((await world.verify()).good).toBe(true)
  })

  it('who cannot record a read does not read', async () => {
    await readSql(
      world,
      'REVOKE EXECUTE ON FUNCTION note_read(text) FROM lienthong_exchange, lienthong_office, lienthong_auditor',
    )
    const searched = await world.command('audit', 'search', '--json')
    expect([searched.code, searched.stdout]).toEqual([1, ''])
    await readSql(world, 'REVOKE INSERT (event) ON officer_event FROM lienthong_office')
    const usage = await as('auditor-1').call({ path: `/api/v1/services/${SERVICE}/usage` })
    expect([usage.status, usage.json?.code]).toEqual([500, 'internal'])
  })
})
