import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { signApproval } from '../../../gateway/identity/approval.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { makeKey } from '../../../gateway/pki/keys.ts'
import type { ProblemCode } from '../../../gateway/problems/catalogue.ts'
import { readLog } from '../../support/ledger/read-log.ts'
import { addOfficers } from '../../support/office/officers.ts'
import { changeIn, edited, officeClient, type OfficeCall, type OfficeClient } from '../../support/office/office.ts'
import { readSql } from '../../support/office/read-sql.ts'
import { checkPage, exampleOf } from '../../support/refusals/problem-page.ts'
import { eventually } from '../../support/refusals/scene.ts'
import { writeCertificate } from '../../support/refusals/certificates.ts'
import type { Answered } from '../../support/world/client.ts'
import { startWorld, type World } from '../../support/world/world.ts'

let world: World
const clients = new Map<string, OfficeClient>()
const as = (name: string): OfficeClient => {
  const client = clients.get(name) ?? officeClient(world, name.includes('.') ? name : `officer.${name}`)
  clients.set(name, client)
  return client
}

beforeAll(async () => {
  world = await startWorld({
    configure: async (files, certsDir) => {
      await addOfficers(files, certsDir, [
        { id: 'security-3', roles: ['security-officer'] },
        { id: 'gone-1', roles: ['security-officer'], disabled: true },
        { id: 'idle-1', roles: ['security-officer'] },
        { id: 'admin-21', roles: ['unit-administrator'], units: ['G99.21'] },
        { id: 'observer-1', roles: ['observer'] },
      ])
    },
  })
  // 46 days: the longest that nobody is idle for is 45.
  await readSql(
    world,
    `INSERT INTO officer_activity (officer, seen_at) VALUES ('idle-1', (extract(epoch FROM now()) * 1e6)::bigint - 46 * 86400000000::bigint)
     ON CONFLICT (officer) DO UPDATE SET seen_at = excluded.seen_at`,
  )
})
afterAll(async () => {
  for (const client of clients.values()) client.close()
  await world.close()
})

/** An edit that gives something: it needs two. */
const more = (n: number): Promise<object> =>
  edited<'agreements'>(as('security-1'), 'agreement', 'records-categories', { limits: { perMinute: 1000 + n } })
const UNKNOWN = '019a0000-0000-7000-8000-000000000001'
const draftBody = async (n: number) => ({ title: `Limit ${n}`, reason: 'A test.', edits: [await more(n)] })

interface Tried {
  readonly answered: Answered
  /** As the page shows the request. */
  readonly shown: OfficeCall
}

interface Row {
  readonly what: string
  readonly status: number
  readonly code: ProblemCode
  /** Who, which act or operation, and the reason, as the control lane has it. */
  readonly recorded: readonly [officer: string, event: string, reason: string]
  readonly run: () => Promise<Tried>
  /** The page of the code shows this row. */
  readonly documents?: true
}

const call = async (who: string, shown: OfficeCall): Promise<Tried> => ({ answered: await as(who).call(shown), shown })
const act = async (
  who: string,
  name: string,
  change: { readonly id: string; readonly version: number },
  body?: unknown,
): Promise<Tried> =>
  call(who, {
    method: 'POST',
    path: `/api/v1/changes/${change.id}/${name}`,
    headers: { 'if-match': `"${change.version}"` },
    ...(body === undefined ? {} : { body }),
  })
const proposed = async (n: number) => as('security-1').propose(await as('security-1').draft([await more(n)]))
const approveAs = async (who: string, n: number): Promise<Tried> => {
  const change = await proposed(n)
  return act(who, 'approval', change, as(who).signed('approve', change))
}

/** Every way in which somebody tries more than they may (issue "Done when"), by the API. */
const rows: readonly Row[] = [
  {
    what: 'an officer who approves the own proposal',
    status: 403,
    code: 'not-entitled',
    recorded: ['security-1', 'approve', 'not-entitled'],
    run: () => approveAs('security-1', 1),
    documents: true,
  },
  {
    what: 'an officer who approves what the officer has written a part of',
    status: 403,
    code: 'not-entitled',
    recorded: ['security-2', 'approve', 'not-entitled'],
    run: async () => {
      const drafted = await as('security-1').draft([await more(2)])
      const rewritten = changeIn(
        await as('security-2').call({
          method: 'PUT',
          path: `/api/v1/changes/${drafted.id}`,
          headers: { 'if-match': '"1"' },
          body: await draftBody(3),
        }),
      )
      const change = await as('security-1').propose(rewritten)
      return act('security-2', 'approval', change, as('security-2').signed('approve', change))
    },
  },
  {
    what: 'an approval of the text before an edit',
    status: 422,
    code: 'change-signature-invalid',
    recorded: ['security-2', 'approve', 'bad-signature'],
    run: async () => {
      const before = await proposed(4)
      const word = as('security-2').signed('approve', before)
      const rewritten = await as('security-1').call({
        method: 'PUT',
        path: `/api/v1/changes/${before.id}`,
        headers: { 'if-match': `"${before.version}"` },
        body: await draftBody(5),
      })
      return act('security-2', 'approval', await as('security-1').propose(changeIn(rewritten)), word)
    },
    documents: true,
  },
  {
    what: 'an approval of another change, replayed',
    status: 422,
    code: 'change-signature-invalid',
    recorded: ['security-2', 'approve', 'bad-signature'],
    run: async () => {
      const word = as('security-2').signed('approve', await proposed(6))
      return act('security-2', 'approval', await proposed(6), word)
    },
  },
  {
    what: 'a proposal passed off as an approval',
    status: 422,
    code: 'change-signature-invalid',
    recorded: ['security-2', 'approve', 'bad-signature'],
    run: async () => {
      const change = await proposed(7)
      return act('security-2', 'approval', change, as('security-2').signed('propose', change))
    },
  },
  {
    what: 'a signature with a key of nobody',
    status: 422,
    code: 'change-signature-invalid',
    recorded: ['security-2', 'approve', 'bad-signature'],
    run: async () => {
      const change = await proposed(8)
      const jws = signApproval(must(parseOfficerId('security-2')), change.digests.approve, makeKey())
      return act('security-2', 'approval', change, { jws })
    },
  },
  {
    what: "another officer's signature",
    status: 422,
    code: 'change-signature-invalid',
    recorded: ['security-2', 'approve', 'bad-signature'],
    run: async () => {
      const change = await proposed(9)
      return act('security-2', 'approval', change, as('security-3').signed('approve', change))
    },
  },
  {
    what: 'a disabled officer',
    status: 403,
    code: 'officer-disabled',
    recorded: ['gone-1', 'approveChange', 'officer-disabled'],
    run: () => approveAs('gone-1', 10),
    documents: true,
  },
  {
    what: 'an officer who was not seen for 45 days',
    status: 403,
    code: 'officer-idle',
    recorded: ['idle-1', 'approveChange', 'officer-idle'],
    run: () => approveAs('idle-1', 11),
    documents: true,
  },
  {
    what: 'an act on a version that is not the newest',
    status: 412,
    code: 'change-stale',
    recorded: ['security-2', 'approve', 'stale'],
    run: async () => {
      const change = await proposed(12)
      return act('security-2', 'approval', { ...change, version: 1 }, as('security-2').signed('approve', change))
    },
    documents: true,
  },
  {
    what: 'an act that names no version',
    status: 428,
    code: 'precondition-required',
    recorded: ['security-1', 'withdrawChange', 'precondition-required'],
    run: async () => {
      const { id } = await proposed(13)
      return call('security-1', { method: 'POST', path: `/api/v1/changes/${id}/withdrawal` })
    },
    documents: true,
  },
  {
    what: 'an act on any version',
    status: 400,
    code: 'header-invalid',
    recorded: ['security-1', 'withdrawChange', 'header-invalid'],
    run: async () => {
      const { id } = await proposed(14)
      return call('security-1', {
        method: 'POST',
        path: `/api/v1/changes/${id}/withdrawal`,
        headers: { 'if-match': '*' },
      })
    },
  },
  {
    what: 'an auditor who approves',
    status: 403,
    code: 'not-entitled',
    recorded: ['auditor-1', 'approveChange', 'not-entitled'],
    run: () => approveAs('auditor-1', 15),
  },
  {
    what: 'a unit administrator who approves',
    status: 403,
    code: 'not-entitled',
    recorded: ['admin-21', 'approveChange', 'not-entitled'],
    run: () => approveAs('admin-21', 16),
  },
  {
    what: 'a unit administrator who drafts for another unit',
    status: 403,
    code: 'not-entitled',
    recorded: ['admin-21', 'draft', 'not-entitled'],
    run: async () => {
      const edit = await edited<'systems'>(as('security-1'), 'system', 'G99.22/logistics', { suspended: true })
      return call('admin-21', {
        method: 'POST',
        path: '/api/v1/changes',
        body: { title: 'Not mine', reason: 'A test.', edits: [edit] },
      })
    },
  },
  {
    what: "a unit administrator who reads another unit's system",
    status: 404,
    code: 'not-found',
    recorded: ['admin-21', 'readObject', 'not-found'],
    run: () => call('admin-21', { path: '/api/v1/objects/system/G99.22%2Flogistics' }),
  },
  {
    what: "a unit administrator who reads a change of another unit's",
    status: 404,
    code: 'not-found',
    recorded: ['admin-21', 'readChange', 'not-found'],
    run: async () => {
      const edit = await edited<'systems'>(as('security-1'), 'system', 'G99.22/logistics', { suspended: true })
      const { id } = await as('security-1').draft([edit])
      return call('admin-21', { path: `/api/v1/changes/${id}` })
    },
  },
  {
    what: 'an approval of what nobody has proposed',
    status: 409,
    code: 'change-state',
    recorded: ['security-2', 'approve', 'wrong-state'],
    run: async () => {
      const change = await as('security-1').draft([await more(17)])
      return act('security-2', 'approval', change, as('security-2').signed('approve', change))
    },
    documents: true,
  },
  {
    what: 'a proposal that replaces what is not there any more',
    status: 409,
    code: 'change-conflict',
    recorded: ['security-1', 'draft', 'conflict'],
    run: async () => {
      const { was: _, ...edit } = (await more(18)) as { was: string }
      return call('security-1', {
        method: 'POST',
        path: '/api/v1/changes',
        body: { title: 'Too late', reason: 'A test.', edits: [{ ...edit, was: 'ab'.repeat(32) }] },
      })
    },
    documents: true,
  },
  {
    what: 'a proposal whose agreement is for a system that does not exist',
    status: 422,
    code: 'change-invalid',
    recorded: ['security-1', 'propose', 'invalid'],
    run: async () => {
      const edit = await edited<'agreements'>(as('security-1'), 'agreement', 'records-categories', {
        consumer: 'G99.21/nobody',
      })
      const change = await as('security-1').draft([edit])
      return act('security-1', 'proposal', change, as('security-1').signed('propose', change))
    },
    documents: true,
  },
  {
    what: 'a change that is not there',
    status: 404,
    code: 'not-found',
    recorded: ['security-1', 'readChange', 'not-found'],
    run: () => call('security-1', { path: `/api/v1/changes/${UNKNOWN}` }),
    documents: true,
  },
  {
    what: 'a path that is none',
    status: 404,
    code: 'not-found',
    recorded: ['security-1', 'unknown-operation', 'not-found'],
    run: () => call('security-1', { path: '/api/v1/records' }),
  },
  {
    what: 'a body with a name twice',
    status: 400,
    code: 'body-malformed',
    recorded: ['security-1', 'draftChange', 'body-malformed'],
    run: () => call('security-1', { method: 'POST', path: '/api/v1/changes', body: '{"title":"a","title":"b"}' }),
  },
  {
    what: 'a body that is not JSON',
    status: 415,
    code: 'media-type-refused',
    recorded: ['security-1', 'draftChange', 'media-type-refused'],
    run: () =>
      call('security-1', {
        method: 'POST',
        path: '/api/v1/changes',
        body: 'title=a',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
  },
  {
    what: 'a compressed body',
    status: 415,
    code: 'content-encoding-refused',
    recorded: ['security-1', 'draftChange', 'content-encoding-refused'],
    run: () =>
      call('security-1', {
        method: 'POST',
        path: '/api/v1/changes',
        body: '{}',
        headers: { 'content-encoding': 'gzip' },
      }),
  },
  {
    what: 'a body above the limit',
    status: 413,
    code: 'request-too-large',
    recorded: ['security-1', 'draftChange', 'request-too-large'],
    run: () =>
      call('security-1', {
        method: 'POST',
        path: '/api/v1/changes',
        body: JSON.stringify({ title: 'x'.repeat(9 * 1024 * 1024) }),
      }),
  },
  {
    what: 'a body with a member that is not described',
    status: 422,
    code: 'request-invalid',
    recorded: ['security-1', 'draftChange', 'request-invalid'],
    run: async () =>
      call('security-1', { method: 'POST', path: '/api/v1/changes', body: { ...(await draftBody(19)), urgent: true } }),
  },
  {
    what: 'a query that is not described',
    status: 422,
    code: 'request-invalid',
    recorded: ['security-1', 'listChanges', 'request-invalid'],
    run: () => call('security-1', { path: '/api/v1/changes?all=true' }),
  },
  {
    what: 'a part of the path in the query too',
    status: 422,
    code: 'request-invalid',
    recorded: ['security-1', 'readChange', 'request-invalid'],
    run: () => call('security-1', { path: `/api/v1/changes/${UNKNOWN}?change=${UNKNOWN}` }),
  },
  {
    what: 'another request under the same Idempotency-Key',
    status: 422,
    code: 'idempotency-conflict',
    recorded: ['security-1', 'draftChange', 'idempotency-conflict'],
    run: async () => {
      const once = { method: 'POST', path: '/api/v1/changes', headers: { 'idempotency-key': 'once-1' } }
      await as('security-1').call({ ...once, body: await draftBody(20) })
      return call('security-1', { ...once, body: await draftBody(21) })
    },
    documents: true,
  },
]

const nameOf = (event: Readonly<Record<string, unknown>>): string =>
  event.outcome === 'refused' ? [event.officer, event.event, event.reason].join(' ') : ''
/** What is durable already and waits for the control lane. */
const refusals = async (): Promise<readonly string[]> =>
  (await readSql(world, 'SELECT event FROM officer_event ORDER BY number')).map(({ event }) =>
    nameOf(JSON.parse(String(event)) as Record<string, unknown>),
  )
const timesOf = (list: readonly string[], entry: string): number => list.filter(other => other === entry).length

describe('the office API refuses, and records that it was tried', () => {
  it.each(rows)('$what: $status $code', async ({ status, code, recorded, run, documents }) => {
    const entry = recorded.join(' ')
    const before = timesOf(await refusals(), entry)
    const { answered, shown } = await run()
    expect([answered.status, answered.json?.code]).toEqual([status, code])
    expect(answered.headers['exchange-problem']).toBe(code)
    // Durable before the answer.
    expect(timesOf(await refusals(), entry)).toBe(before + 1)
    // Nothing came of it.
    expect(await readSql(world, 'SELECT max(number) AS newest FROM revision')).toEqual([{ newest: 0 }])
    if (documents) checkPage(code, { what: whatOf(code), text: exampleOf(pageRow(shown, code), steady(answered)) })
  })

  it('every one of these stands in the control lane', async () => {
    const waiting = (await refusals()).filter(name => name !== '')
    const recorded = await eventually(
      async () =>
        (await readLog(world.database.adminUrl))
          .filter(({ kind }) => kind === 'officer')
          .map(({ fields }) => nameOf(fields)),
      found => found.filter(name => name !== '').length >= waiting.length,
      30_000,
    )
    expect(recorded.filter(name => name !== '')).toEqual(waiting)
  })

  const whatOf = (code: ProblemCode): string => {
    const what = rows.find(row => row.documents && row.code === code)?.what ?? ''
    return what.charAt(0).toUpperCase() + what.slice(1)
  }
  /** Signatures differ from run to run. */
  const pageRow = ({ method = 'GET', path, headers, body }: OfficeCall, code: ProblemCode) => ({
    what: '',
    call: {
      method,
      path: path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, UNKNOWN),
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body: String(JSON.stringify(body)).replace(/"jws":"[^"]*"/, '"jws":"..."') }),
    },
    status: 0,
    code,
    records: [],
    forwarded: 'no' as const,
  })
  const steady = (answered: Answered): Answered => ({
    ...answered,
    json: JSON.parse(answered.text.replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '2026-10-01T00:00:00.000000Z')) as never,
  })
})

describe('the office listener is for officers, and the exchange listener is not (AD-1)', () => {
  it('a system at the office listener: 401 officer-unknown, and the connection closes', async () => {
    const shown = { path: '/api/v1/me' }
    const answered = await as('G99.21.records').call(shown)
    expect([answered.status, answered.json?.code, answered.headers.connection]).toEqual([
      401,
      'officer-unknown',
      'close',
    ])
    checkPage('officer-unknown', {
      what: 'A system at the office listener',
      text: exampleOf(
        { what: '', call: shown, status: 401, code: 'officer-unknown', records: [], forwarded: 'no' },
        answered,
      ),
    })
  })

  it.each([
    ["a key that is an officer's under the name of another", 'urn:lienthong:officer:security-2', 'officer-unknown'],
    ["a key that is an officer's under the name of a system", 'urn:lienthong:system:G99.21/records', 'officer-unknown'],
  ])('%s: 401', async (what, uri, code) => {
    const file = `odd.${uri.split(':').at(-1)?.replace('/', '.') ?? ''}`
    const { key } = as('security-1').identity()
    await writeCertificate(world.certsDir, file, { system: what, uris: [uri], usages: ['clientAuth'], key })
    const answered = await as(file).call({ path: '/api/v1/me' })
    expect([answered.status, answered.json?.code]).toEqual([401, code])
  })

  it('an officer at the exchange listener: 401', async () => {
    const answered = await world
      .client('officer.security-1')
      .call({ path: '/exchange/G99.10/categories/v1/provinces', headers: { 'exchange-purpose': 'reference-data' } })
    expect([answered.status, answered.json?.code]).toEqual([401, 'certificate-unbound'])
  })

  it('nobody at the office listener: closed before a byte of HTTP', async () => {
    const nobody = officeClient(world, null)
    await expect(nobody.call({ path: '/api/v1/me' })).rejects.toThrow()
    nobody.close()
  })
})

describe('what an officer may call', () => {
  /** Independent of the code: S security officer, U unit administrator, A auditor, O operator, B observer. */
  const GRID: Readonly<Record<string, string>> = {
    readDocs: 'SUAOB',
    readDocsStyle: 'SUAOB',
    readOpenapi: 'SUAOB',
    readMe: 'SUAOB',
    beginSession: 'SUAOB',
    openSession: 'SUAOB',
    endSession: 'SUAOB',
    beginAuthenticator: 'SUAOB',
    verifyAuthenticator: 'SUAOB',
    listOfficers: 'S AO ',
    recoverOfficer: 'S    ',
    listRevisions: 'S AOB',
    readRevision: 'S AOB',
    compareRevisions: 'S AOB',
    rollBack: 'S    ',
    listObjects: 'SUAOB',
    readObject: 'SUAOB',
    listAgreements: 'SUAOB',
    explainDecision: 'SUAO ',
    readUsage: 'SUA  ',
    readWithheld: 'SUA  ',
    listUnused: 'SUA  ',
    createReplay: 'S A  ',
    readReplay: 'S A  ',
    streamDifferences: 'S A  ',
    cancelReplay: 'S A  ',
    listAlerts: 'S AO ',
    reviewAlert: 'S A  ',
    readPack: '  A  ',
    makePack: '  A  ',
    listChanges: 'SUA  ',
    readChange: 'SUA  ',
    readAssertionOptions: 'SU   ',
    draftChange: 'SU   ',
    editChange: 'SU   ',
    proposeChange: 'SU   ',
    approveChange: 'S    ',
    rejectChange: 'S    ',
    withdrawChange: 'SU   ',
    applyChange: 'SU   ',
  }
  const WHO = { S: 'security-3', U: 'admin-21', A: 'auditor-1', O: 'operator-1', B: 'observer-1' } as const
  const FILLED: Readonly<Record<string, string>> = {
    change: UNKNOWN,
    alert: UNKNOWN,
    revision: '0',
    kind: 'system',
    id: 'G99.21%2Frecords',
    officer: 'security-2',
    verdict: 'propose',
    replay: UNKNOWN,
    exchange: UNKNOWN,
  }

  it('is what the table says, for every operation of the document and every role', async () => {
    const { json } = await as('security-3').call({ path: '/api/v1/openapi.json' })
    const paths = (json as { paths: Record<string, Record<string, { operationId: string }>> }).paths
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ path, method, operationId })),
    )
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(GRID).sort())
    const wrong: string[] = []
    for (const { path, method, operationId } of operations)
      for (const [letter, name] of Object.entries(WHO)) {
        const answered = await as(name).call({
          method: method.toUpperCase(),
          path: path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => FILLED[parameter] ?? ''),
        })
        const may = GRID[operationId]?.includes(letter) === true
        const refused = answered.status === 403 && answered.json?.code === 'not-entitled'
        if (may === refused) wrong.push(`${name} ${operationId}: ${answered.status}`)
      }
    expect(wrong).toEqual([])
  }, 120_000)

  it('is what /me says, and a unit administrator sees the own unit only', async () => {
    const { json } = await as('admin-21').call({ path: '/api/v1/me' })
    expect(json).toMatchObject({ id: 'admin-21', roles: ['unit-administrator'], units: ['G99.21'] })
    const { json: systems } = await as('admin-21').call({ path: '/api/v1/objects/system' })
    expect((systems as { objects: { id: string }[] }).objects.map(({ id }) => id)).toEqual(['G99.21/records'])
    const own = await edited<'systems'>(as('admin-21'), 'system', 'G99.21/records', { suspended: true })
    expect((await as('admin-21').draft([own])).state).toBe('draft')
  })

  it('the officers are shown with what they are: three active security officers are enough', async () => {
    const { json } = await as('auditor-1').call({ path: '/api/v1/officers' })
    const { officers, ...rest } = json as { officers: { id: string; state: string }[] }
    expect(rest).toEqual({ activeSecurityOfficers: 3, enough: true })
    expect(officers.filter(({ state }) => state !== 'active').map(({ id, state }) => [id, state])).toEqual([
      ['gone-1', 'disabled'],
      ['idle-1', 'idle'],
    ])
  })
})

describe('what the listener promises', () => {
  it('the same request under the same Idempotency-Key makes one change', async () => {
    const once = {
      method: 'POST',
      path: '/api/v1/changes',
      headers: { 'idempotency-key': 'twice-1' },
      body: await draftBody(30),
    }
    const made = await Promise.all([as('security-1').call(once), as('security-1').call(once)])
    const again = await as('security-1').call(once)
    expect(new Set([...made, again].map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set([...made, again].map(({ json }) => json?.id)).size).toBe(1)
    // Somebody else's key of the same name is another.
    expect((await as('security-2').call(once)).json?.id).not.toBe(again.json?.id)
  })

  it('pages come with a cursor and end', async () => {
    const seen: unknown[] = []
    let path: string | null = '/api/v1/changes?limit=7'
    while (path !== null) {
      const { json } = await as('security-1').call({ path })
      const { changes, cursor } = json as { changes: { id: string }[]; cursor: string | null }
      seen.push(...changes.map(({ id }) => id))
      path = cursor === null ? null : `/api/v1/changes?limit=7&cursor=${cursor}`
    }
    expect(seen.length).toBeGreaterThan(14)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual([...seen].sort().reverse())
  })

  it('the page for people names every operation and takes nothing from outside', async () => {
    const { text, headers } = await as('observer-1').call({ path: '/api/docs' })
    expect(String(headers['content-security-policy'])).toBe("default-src 'none';style-src 'self'")
    expect(text).toContain('/api/v1/changes/{change}/approval')
    expect(text).not.toMatch(/<script|https?:\/\//)
  })

  it('answers in Vietnamese where that is asked for', async () => {
    const { json } = await as('observer-1').call({ path: '/api/v1/changes', headers: { 'accept-language': 'vi' } })
    expect(json?.title).toBe('Cán bộ này không có quyền làm việc đó')
  })
})
