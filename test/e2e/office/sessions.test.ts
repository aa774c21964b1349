import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { join } from 'node:path'
import { SESSION_IDLE, SESSION_LASTS } from '../../../gateway/control/session.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import type { ProblemCode } from '../../../gateway/problems/catalogue.ts'
import { changeIn, edited, officeClient, type OfficeCall, type OfficeClient } from '../../support/office/office.ts'
import { addOfficers } from '../../support/office/officers.ts'
import { readSql } from '../../support/office/read-sql.ts'
import {
  type Mischief,
  softwareAuthenticator,
  type SoftwareAuthenticator,
} from '../../support/office/software-authenticator.ts'
import { checkPage, exampleOf } from '../../support/refusals/problem-page.ts'
import type { Answered } from '../../support/world/client.ts'
import { type GatewayProcess, startGatewayProcess } from '../../support/world/gateway-process.ts'
import { startWorld, type World } from '../../support/world/world.ts'

/** That of the demo's genesis. */
const ORIGIN = 'https://localhost:8444'
const BROWSER = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }

/** Officers in browsers, over two office processes on one database. */
describe('sessions', () => {
  let world: World
  let second: GatewayProcess
  const own: Record<string, SoftwareAuthenticator> = {}
  const clients = new Map<string, OfficeClient>()
  const as = (name: string, at: 1 | 2 = 1): OfficeClient => {
    const port = (): number => (at === 1 ? world.gateway : second).officePort
    const client = clients.get(`${name} ${at}`) ?? officeClient(world, `officer.${name}`, port)
    clients.set(`${name} ${at}`, client)
    return client
  }

  beforeAll(async () => {
    const names = ['browser-1', 'browser-2', 'strict-1', 'strict-2']
    for (const name of names) own[name] = softwareAuthenticator(ORIGIN)
    const officer = (id: string) => {
      const { id: credential = '', publicKey = '' } = own[id] ?? {}
      return { id, roles: ['security-officer'], authenticators: [{ id: credential, publicKey }] }
    }
    world = await startWorld({
      configure: (files, certsDir) =>
        addOfficers(
          files,
          certsDir,
          names.map(id => ({ ...officer(id), ...(id.startsWith('strict') ? { secondFactor: 'required' } : {}) })),
        ),
    })
    second = await startGatewayProcess(
      {
        ...world.environment,
        GATEWAY_ID: 'office-2',
        DATABASE_URL: world.database.officeUrl,
        DATA_DIR: join(world.directory, 'var-2'),
        KEYS_DIR: join(world.directory, 'var', 'keys'),
      },
      'office',
    )
  })
  afterAll(async () => {
    for (const client of clients.values()) client.close()
    await second?.stop()
    await world?.close()
  })

  const options = (office: OfficeClient, headers: object = BROWSER): Promise<Answered> =>
    office.call({ method: 'POST', path: '/api/v1/sessions/options', headers: { ...headers } })
  const open = (office: OfficeClient, body: unknown, headers: object = BROWSER): Promise<Answered> =>
    office.call({ method: 'POST', path: '/api/v1/sessions', body, headers: { ...headers } })
  const word = (name: string, challenge: string, mischief: Mischief = {}): unknown =>
    own[name]?.assert(challenge, mischief)
  const challengeFor = async (office: OfficeClient): Promise<string> => String((await options(office)).json?.challenge)
  /** The cookie of a new session. */
  const signIn = async (name: string, at: 1 | 2 = 1, headers: object = BROWSER): Promise<string> => {
    const office = as(name, at)
    const answered = await open(office, word(name, await challengeFor(office)), headers)
    expect(answered.status).toBe(201)
    return cookieIn(answered)
  }
  const cookieIn = ({ headers }: Answered): string => String(headers['set-cookie']).split(';')[0] ?? ''
  const me = (name: string, headers: object, at: 1 | 2 = 1): Promise<Answered> =>
    as(name, at).call({ path: '/api/v1/me', headers: { ...headers } })
  const draft = async (name: string, headers: object, at: 1 | 2 = 1): Promise<Answered> => {
    const edit = await edited<'agreements'>(as('security-1'), 'agreement', 'records-categories', {
      limits: { perMinute: 77 },
    })
    const body = { title: 'From a browser', reason: 'A test.', edits: [edit] }
    return as(name, at).call({ method: 'POST', path: '/api/v1/changes', body, headers: { ...headers } })
  }
  const refused = ({ status, json }: Answered): unknown[] => [status, json?.code]
  /** The row of this cookie's session. */
  const isOf = (cookie: string): string => `digest = '${digestOf(cookie.split('=')[1] ?? '')}'`
  const count = async (): Promise<number> =>
    Number((await readSql(world, 'SELECT count(*)::int AS n FROM office_session'))[0]?.n)
  const page = (code: ProblemCode, what: string, shown: OfficeCall, answered: Answered): void => {
    const { method = 'GET', path, headers = {}, body } = shown
    const call = { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const row = { what: '', call, status: 0, code, records: [], forwarded: 'no' as const }
    checkPage(code, { what, text: exampleOf(row, answered) })
  }

  it('opens for what an authenticator signed, at another process than the one that asked, and is good at both', async () => {
    const challenge = await challengeFor(as('browser-1', 1))
    const answered = await open(as('browser-1', 2), word('browser-1', challenge))
    expect(answered.status).toBe(201)
    const given = String(answered.headers['set-cookie'])
    expect(given).toMatch(/^__Host-lienthong-session=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/)
    const cookie = cookieIn(answered)
    const { openedAt, idleAt, endsAt } = answered.json as Record<string, string>
    const after = (time = ''): number => (Date.parse(time) - Date.parse(openedAt ?? '')) * 1000
    expect([after(idleAt), after(endsAt)]).toEqual([SESSION_IDLE, SESSION_LASTS])
    for (const at of [1, 2] as const) {
      expect((await draft('browser-1', { ...BROWSER, cookie }, at)).status).toBe(201)
      expect((await me('browser-1', { cookie }, at)).json?.session).toMatchObject({ openedAt, endsAt })
    }
    // What lies in the database opens nothing.
    const [stored] = await readSql(world, 'SELECT * FROM office_session')
    expect(JSON.stringify(stored)).not.toContain(cookie.split('=')[1])
    expect((await me('browser-1', {})).json?.session).toBeNull()
  })

  it('once for each challenge, and for nobody else', async () => {
    const challenge = await challengeFor(as('browser-1'))
    const given = word('browser-1', challenge)
    expect(refused(await open(as('browser-2'), word('browser-2', challenge)))).toEqual([401, 'sign-in-refused'])
    expect((await open(as('browser-1'), given)).status).toBe(201)
    expect(refused(await open(as('browser-1'), given))).toEqual([401, 'sign-in-refused'])
  })

  it.each<[string, string, Mischief]>([
    ['made at another origin', 'browser-1', { origin: 'https://evil.example' }],
    ['made for another relying party', 'browser-1', { rpId: 'evil.example' }],
    ['over another challenge', 'browser-1', { challenge: 'AAAA' }],
    ['without user verification', 'browser-1', { flags: 0x01 }],
    ["of another officer's authenticator", 'browser-2', {}],
  ])('not for an assertion %s', async (_, signer, mischief) => {
    const before = await count()
    const answered = await open(as('browser-1'), word(signer, await challengeFor(as('browser-1')), mischief))
    expect(refused(answered)).toEqual([401, 'sign-in-refused'])
    expect(answered.headers['set-cookie']).toBeUndefined()
    expect(await count()).toBe(before)
  })

  it('not for a challenge that is five minutes old, nor for an officer without authenticator', async () => {
    const challenge = await challengeFor(as('browser-1'))
    await readSql(world, `UPDATE office_challenge SET until = until - ${5 * 60_000_000}`)
    const body = word('browser-1', challenge)
    const answered = await open(as('browser-1'), body)
    expect(refused(answered)).toEqual([401, 'sign-in-refused'])
    const shown = { method: 'POST', path: '/api/v1/sessions', body: { id: '...', authenticatorData: '...' } }
    page('sign-in-refused', 'A sign-in more than five minutes behind its options', shown, answered)
    expect(refused(await options(as('security-1')))).toEqual([401, 'sign-in-refused'])
  })

  it('over the certificate of another officer: refused, ended, and both are recorded', async () => {
    const cookie = await signIn('browser-1')
    const stolen = await draft('browser-2', { ...BROWSER, cookie })
    expect(refused(stolen)).toEqual([401, 'session-required'])
    expect(cookieIn(stolen)).toBe('__Host-lienthong-session=')
    const recorded = await readSql(world, 'SELECT event FROM officer_event ORDER BY number DESC LIMIT 2')
    expect(recorded.map(({ event }) => JSON.parse(String(event)) as object)).toMatchObject([
      { event: 'draftChange', officer: 'browser-2', outcome: 'refused', reason: 'session-required' },
      { event: 'useSession', officer: 'browser-1', outcome: 'refused', reason: 'another-certificate' },
    ])
    expect(refused(await draft('browser-1', { ...BROWSER, cookie }))).toEqual([401, 'session-required'])
  })

  it('is over once the authenticator that opened it is no longer that of the officer', async () => {
    const cookie = await signIn('browser-1')
    const others = (await count()) - 1
    await readSql(world, `UPDATE office_session SET authenticator = 'another' WHERE ${isOf(cookie)}`)
    expect(refused(await me('browser-1', { cookie }))).toEqual([401, 'session-required'])
    expect(await count()).toBe(others)
  })

  it('with a key that was not the one it was opened with: refused and ended', async () => {
    const cookie = await signIn('browser-1')
    const others = (await count()) - 1
    await readSql(world, `UPDATE office_session SET key = repeat('0', 64) WHERE ${isOf(cookie)}`)
    expect(refused(await me('browser-1', { cookie }))).toEqual([401, 'session-required'])
    expect(await count()).toBe(others)
  })

  it.each<[string, string, string]>([
    ['15 minutes idle', 'seen_at', `${SESSION_IDLE}`],
    ['8 hours old', 'opened_at', `${SESSION_LASTS}`],
  ])('is over when it is %s', async (_, column, micros) => {
    const cookie = await signIn('browser-1')
    // Five seconds are left.
    const almost = `UPDATE office_session SET ${column} = ${column} - ${micros} + 5000000 WHERE ${isOf(cookie)}`
    await readSql(world, almost)
    expect((await me('browser-1', { cookie })).json?.session).toMatchObject({})
    await readSql(world, `UPDATE office_session SET ${column} = opened_at - ${micros} WHERE ${isOf(cookie)}`)
    expect(refused(await me('browser-1', { cookie }))).toEqual([401, 'session-required'])
    expect(refused(await draft('browser-1', { ...BROWSER, cookie }))).toEqual([401, 'session-required'])
  })

  it('use keeps it from going idle', async () => {
    const cookie = await signIn('browser-1')
    await readSql(world, `UPDATE office_session SET seen_at = opened_at - 60000000 WHERE ${isOf(cookie)}`)
    expect((await me('browser-1', { cookie })).status).toBe(200)
    const [session] = await readSql(
      world,
      `SELECT seen_at - opened_at AS used FROM office_session WHERE ${isOf(cookie)}`,
    )
    expect(Number(session?.used)).toBeGreaterThan(0)
  })

  it('ends when that is asked for, and when another is opened in its place', async () => {
    const cookie = await signIn('browser-1')
    const ended = await as('browser-1').call({
      method: 'DELETE',
      path: '/api/v1/sessions/current',
      headers: { ...BROWSER, cookie },
    })
    expect([ended.status, String(ended.headers['set-cookie'])]).toEqual([
      200,
      '__Host-lienthong-session=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0',
    ])
    expect(refused(await me('browser-1', { cookie }))).toEqual([401, 'session-required'])
    const earlier = await signIn('browser-1')
    const later = await signIn('browser-1', 1, { ...BROWSER, cookie: earlier })
    expect((await me('browser-1', { cookie: later })).status).toBe(200)
    expect(refused(await me('browser-1', { cookie: earlier }))).toEqual([401, 'session-required'])
    const without = await as('browser-1').call({ method: 'DELETE', path: '/api/v1/sessions/current' })
    expect(refused(without)).toEqual([404, 'not-found'])
  })

  it('eight of one officer are kept', async () => {
    const first = await signIn('browser-2')
    for (let n = 0; n < 8; n++) await signIn('browser-2')
    expect(refused(await me('browser-2', { cookie: first }))).toEqual([401, 'session-required'])
    const kept = await readSql(world, `SELECT count(*)::int AS n FROM office_session WHERE officer = 'browser-2'`)
    expect(kept).toEqual([{ n: 8 }])
  })

  describe('what a browser may', () => {
    let cookie: string
    beforeAll(async () => {
      cookie = await signIn('browser-1')
    })

    it('change nothing without a session', async () => {
      const answered = await draft('browser-1', BROWSER)
      expect(refused(answered)).toEqual([401, 'session-required'])
      page(
        'session-required',
        'A browser that changes something without a session',
        { method: 'POST', path: '/api/v1/changes', headers: BROWSER, body: { title: '...', reason: '...', edits: [] } },
        answered,
      )
      const rollback = { method: 'POST', path: '/api/v1/revisions/0/rollback', headers: BROWSER }
      expect(refused(await as('browser-1').call(rollback))).toEqual([401, 'session-required'])
    })

    it.each<[string, Record<string, string>]>([
      ['from another origin', { origin: 'https://evil.example' }],
      ['from a page without origin', { origin: 'null' }],
      ['from another port of this host', { origin: 'https://localhost:9999' }],
      ['with two origins', { origin: `${ORIGIN}, https://evil.example` }],
      ['from another site, whatever its Origin says', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
      ['from another host of the site', { origin: ORIGIN, 'sec-fetch-site': 'same-site' }],
      ['without Origin', { 'sec-fetch-site': 'same-origin' }],
      ['with nothing but the cookie', {}],
    ])('change nothing %s, with a session neither', async (what, headers) => {
      const answered = await draft('browser-1', { ...headers, cookie })
      expect(refused(answered)).toEqual([403, 'origin-refused'])
      if (what === 'from another origin')
        page(
          'origin-refused',
          'A page of another site that makes the browser call',
          { method: 'POST', path: '/api/v1/changes', headers, body: { title: '...', reason: '...', edits: [] } },
          answered,
        )
    })

    it('read from its own origin, and not for another site', async () => {
      expect((await me('browser-1', { 'sec-fetch-site': 'none' })).status).toBe(200)
      expect((await me('browser-1', { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
      expect(refused(await me('browser-1', { 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'origin-refused'])
    })

    it.each<[string, string]>([
      ['another', `${'A'.repeat(43)}`],
      ['none at all', 'x'],
    ])('not come with a token that is %s', async (_, token) => {
      const name = '__Host-lienthong-session'
      const answered = await draft('browser-1', { ...BROWSER, cookie: `${name}=${token}` })
      expect(refused(answered)).toEqual(token === 'x' ? [400, 'header-invalid'] : [401, 'session-required'])
      const twice = await me('browser-1', { cookie: `${cookie}; ${name}=${token}` })
      expect(refused(twice)).toEqual([400, 'header-invalid'])
    })

    it('send no form', async () => {
      const form = { 'content-type': 'text/plain', ...BROWSER, cookie }
      expect(refused(await draft('browser-1', form))).toEqual([415, 'media-type-refused'])
    })
  })

  it('a program needs none, and Node’s fetch is one', async () => {
    expect((await draft('security-1', {})).status).toBe(201)
    expect((await draft('security-1', { 'sec-fetch-mode': 'cors' })).status).toBe(201)
  })

  describe('an officer with a second factor', () => {
    it('calls with a session only, reading included', async () => {
      expect(refused(await me('strict-1', {}))).toEqual([401, 'session-required'])
      expect(refused(await draft('strict-1', {}))).toEqual([401, 'session-required'])
      const cookie = await signIn('strict-1')
      expect((await me('strict-1', { cookie })).json).toMatchObject({ secondFactor: true })
    })

    it('signs with an authenticator only, and the data plane sees to it', async () => {
      const edit = await edited<'agreements'>(as('security-1'), 'agreement', 'records-categories', {
        limits: { perMinute: 78 },
      })
      const change = await as('security-1').propose(await as('security-1').draft([edit]))
      const headers = { ...BROWSER, cookie: await signIn('strict-1') }
      const approval = (body: unknown): Promise<Answered> =>
        as('strict-1').call({
          method: 'POST',
          path: `/api/v1/changes/${change.id}/approval`,
          headers: { ...headers, 'if-match': `"${change.version}"` },
          body,
        })
      const byKey = await approval(as('strict-1').signed('approve', change))
      expect([...refused(byKey), byKey.json?.detail]).toEqual([
        422,
        'change-signature-invalid',
        'only an authenticator signs for this officer',
      ])
      const command = await world.command(
        ...['change', 'approve', change.id, '--officer', 'strict-1', '--json', '--key'],
        join(world.certsDir, 'officer.strict-1.key'),
      )
      expect([command.code, JSON.parse(command.stdout)]).toMatchObject([1, { refused: { reason: 'bad-signature' } }])
      const { json } = await as('strict-1').call({ path: `/api/v1/changes/${change.id}/assertion/approve`, headers })
      const applied = await approval({ webauthn: word('strict-1', String(json?.challenge)) })
      expect(changeIn(applied)).toMatchObject({ state: 'applied', revision: 1 })
    })
  })
})
