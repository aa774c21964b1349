import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client as Postgres } from 'pg'
import { readLog } from '../../support/ledger/read-log.ts'
import { edited, officeClient, type OfficeClient } from '../../support/office/office.ts'
import { addOfficers } from '../../support/office/officers.ts'
import { readSql } from '../../support/office/read-sql.ts'
import { writeCrls } from '../../support/refusals/certificates.ts'
import { checkPage, exampleOf } from '../../support/refusals/problem-page.ts'
import { openRaw, type RawConnection } from '../../support/refusals/raw-connection.ts'
import { LIST } from '../../support/refusals/row.ts'
import { eventually } from '../../support/refusals/scene.ts'
import type { Client } from '../../support/world/client.ts'
import { startWorld, type World } from '../../support/world/world.ts'

/** The promise is two seconds; a machine that runs other tests beside this one may take longer. */
const GENEROUS_MILLIS = 10_000
const ME = 'GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n'

const SERVICE = 'G99.10/categories/v1'

const tell = (text: string): void => void process.stderr.write(`  ${text}\n`)

describe('connections of officers', () => {
  let world: World
  const clients: OfficeClient[] = []
  let records: Client
  const as = (name: string): OfficeClient => {
    const client = clients.find(known => known.name === name) ?? officeClient(world, `officer.${name}`)
    if (!clients.includes(client)) clients.push(client)
    return client
  }
  const raw = (name: string): Promise<RawConnection> =>
    openRaw(world.certsDir, world.gateway.officePort, `officer.${name}`)
  /** An open connection that has been served. */
  const served = async (name: string): Promise<RawConnection> => {
    const connection = await raw(name)
    connection.send(ME)
    expect((await connection.answer()).status).toBe(200)
    return connection
  }
  const closedAfter = async (connection: RawConnection, began: number): Promise<number> => {
    expect(await connection.closed()).toBe('')
    return Date.now() - began
  }
  const lockTable = async (table: string): Promise<() => Promise<void>> => {
    const client = new Postgres({ connectionString: world.database.adminUrl })
    await client.connect()
    await client.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`)
    return () => client.end()
  }
  const serialOf = (name: string): string =>
    new X509Certificate(readFileSync(join(world.certsDir, `officer.${name}.crt`))).serialNumber

  beforeAll(async () => {
    world = await startWorld({
      configure: (files, certsDir) =>
        addOfficers(
          files,
          certsDir,
          ['leaving-1', 'stolen-1', 'sending-1', 'busy-1', 'many-1'].map(id => ({ id, roles: ['observer'] })),
        ),
    })
    records = world.client('G99.21.records', { connections: 1 })
  })
  afterAll(async () => {
    for (const client of clients) client.close()
    await world?.close()
  })

  it('a disabled officer is cut off within two seconds of the revision, and told why from then on', async () => {
    const [open, other] = [await served('leaving-1'), await served('auditor-1')]
    const edit = await edited<'officers'>(as('security-1'), 'officer', 'leaving-1', { disabled: true })
    const change = await as('security-1').propose(await as('security-1').draft([edit]))
    const began = Date.now()
    await as('security-2').approve(change)
    const millis = await closedAfter(open, began)
    tell(`a disabled officer's idle connection was closed ${millis} ms behind the approval`)
    expect(millis).toBeLessThan(GENEROUS_MILLIS)
    const again = await raw('leaving-1')
    again.send(ME)
    expect((await again.answer()).json?.code).toBe('officer-disabled')
    // Nobody else's.
    other.send(ME)
    expect((await other.answer()).status).toBe(200)
    other.socket.destroy()
  })

  it('so is one whose certificate is revoked, with half a request or none', async () => {
    const [idle, half, other] = [await served('stolen-1'), await served('sending-1'), await served('auditor-1')]
    half.send(
      'POST /api/v1/changes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    )
    const at = new Date()
    const began = Date.now()
    writeCrls(world.certsDir, [], {
      revoked: ['stolen-1', 'sending-1'].map(name => ({ serial: serialOf(name), at, reason: 'keyCompromise' })),
    })
    const millis = await closedAfter(idle, began)
    await half.closed()
    tell(
      `a revoked officer's idle connection was closed ${millis} ms behind the list, half a request ${Date.now() - began} ms`,
    )
    expect(Date.now() - began).toBeLessThan(GENEROUS_MILLIS)
    const again = await raw('stolen-1')
    again.send(ME)
    expect((await again.answer()).json?.code).toBe('certificate-revoked')
    other.send(ME)
    expect((await other.answer()).status).toBe(200)
    other.socket.destroy()
    const metrics = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/metrics`)).text()
    expect(metrics).toMatch(/^lienthong_cut_connections_total{side="officer"} [3-9]$/m)
  })

  it('no officer calls more than 6 times at once, nor 600 times a minute; counted once a second', async () => {
    const unlock = await lockTable('officer_event')
    const waiting = Array.from({ length: 6 }, () => as('busy-1').call({ path: '/api/v1/me' }))
    // Each call has to be noted before it is answered.
    const stands = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO officer_event%' AND datname = current_database()`
    await eventually(
      async () => (await readSql(world, stands))[0]?.n,
      n => n === 6,
    )
    const { status, json, headers } = await as('busy-1').call({ path: '/api/v1/me' })
    await unlock()
    expect([status, json?.code, headers['retry-after']]).toEqual([429, 'officer-rate-exceeded', '1'])
    expect((await Promise.all(waiting)).map(answered => answered.status)).toEqual(Array(6).fill(200))
    expect((await as('busy-1').call({ path: '/api/v1/me' })).status).toBe(200)

    const many = []
    for (let batch = 0; batch < 101; batch++)
      many.push(
        ...(await Promise.all(Array.from({ length: 6 }, () => as('many-1').call({ path: '/api/v1/openapi.json' })))),
      )
    const held = many.filter(({ status }) => status === 429)
    expect([many.length - held.length, held.length]).toEqual([600, 6])
    const [first] = held
    expect(Number(first?.headers['retry-after'])).toBeGreaterThan(1)
    if (first)
      checkPage('officer-rate-exceeded', {
        what: 'More calls a minute than an officer may make',
        text: exampleOf(
          {
            what: '',
            call: { path: '/api/v1/me' },
            status: 429,
            code: 'officer-rate-exceeded',
            records: [],
            forwarded: 'no',
          },
          first,
        ),
      })
    // Before a byte of the body is read.
    const posting = await raw('many-1')
    posting.send(
      'POST /api/v1/changes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n',
    )
    const answered = await posting.answer()
    expect([answered.status, answered.headers.connection]).toEqual([429, 'close'])
    posting.socket.destroy()
    // Nobody else waits.
    expect((await as('auditor-1').call({ path: '/api/v1/me' })).status).toBe(200)

    const counted = await eventually(
      async () =>
        (await readLog(world.database.adminUrl)).filter(
          ({ kind, fields }) => kind === 'refusals' && fields.detail === 'many-1',
        ),
      found => found.reduce((sum, { fields }) => sum + Number(fields.times), 0) === 7,
      GENEROUS_MILLIS,
    )
    expect(counted.length).toBeLessThanOrEqual(4)
    expect(counted[0]?.fields).toMatchObject({ problem: 'officer-rate-exceeded' })
    const events = await readSql(world, `SELECT event FROM officer_event WHERE event LIKE '%officer-rate-exceeded%'`)
    expect(events).toEqual([])
  })

  it('nor a schema that takes seconds to compile: it is tried aside, refused, and nobody waits', async () => {
    const text = { type: 'string', minLength: 1, maxLength: 5, format: 'date', pattern: '^[a-z]{1,20}$' }
    const many = (count: number, value: (n: number) => object) => ({
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(Array.from({ length: count }, (_, n) => [`m${n}`, value(n)])),
    })
    const propose = async (hostile: object) => {
      const { json } = await as('security-1').call({ path: `/api/v1/objects/service/${encodeURIComponent(SERVICE)}` })
      const { digest, value } = json as unknown as { digest: string; value: { openapi: { components: object } } }
      const openapi = structuredClone(value.openapi) as { components: { schemas: Record<string, object> } }
      openapi.components.schemas.Commune = hostile
      const edit = { kind: 'service', id: SERVICE, was: digest, value: { ...value, openapi } }
      const drafted = await as('security-1').draft([edit])
      return as('security-1').act('proposal', drafted, as('security-1').signed('propose', drafted))
    }
    // As much as the limits on schemas allow in all: some seconds of work. An honest one passes.
    let done = false
    const proposal = propose(many(16, () => many(300, n => ({ ...text, pattern: `^[a-z${n}]{1,20}$` })))).finally(
      () => (done = true),
    )
    const waits: number[] = []
    while (!done) {
      const began = performance.now()
      const answers = await Promise.all([as('auditor-1').call({ path: '/api/v1/me' }), records.call(LIST)])
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      waits.push(performance.now() - began)
    }
    const refused = await proposal
    expect([refused.status, refused.json?.code]).toEqual([422, 'change-invalid'])
    expect(refused.text).toContain('does not compile within 1 s')
    tell(`${waits.length} calls meanwhile, the slowest took ${Math.round(Math.max(...waits))} ms`)
    expect(waits.length).toBeGreaterThan(4)
    // This process went on meanwhile, however busy the machine is.
    expect(Math.max(...waits)).toBeLessThan(GENEROUS_MILLIS)
    expect((await propose(many(10, () => text))).json?.state).toBe('proposed')
  })
})
