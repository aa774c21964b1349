import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { changeCommand } from '../../../gateway/cli/change.ts'
import { configCommand } from '../../../gateway/cli/config.ts'
import { strict } from '../../../gateway/cli/strict.ts'
import { signApproval } from '../../../gateway/identity/approval.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { makeKey } from '../../../gateway/pki/keys.ts'
import { edited, officeClient, type OfficeClient, type ShownChange } from '../../support/office/office.ts'
import { addOfficers } from '../../support/office/officers.ts'
import { type ForgedChange, forger, type Forger } from '../../support/office/forge-change.ts'
import { readSql } from '../../support/office/read-sql.ts'
import { addAgreement } from '../../support/refusals/additions.ts'
import { LIST } from '../../support/refusals/row.ts'
import { eventually } from '../../support/refusals/scene.ts'
import type { Answered } from '../../support/world/client.ts'
import { startWorld, type World } from '../../support/world/world.ts'

const ATTACKS = ['self-approval', 'after an edit', 'replayed', 'disabled', 'forged', 'stale', 'role', 'unit'] as const
type Attack = (typeof ATTACKS)[number]
const DOORS = ['API', 'rollback', 'break-glass', 'command', 'import', 'schedule', 'SQL'] as const
type Door = (typeof DOORS)[number]

/** What each attack comes to at each door: problem code, reason of the command, why it was superseded, reason of the data plane. */
const EXPECTED: Readonly<Record<Door, Readonly<Record<Attack, string | null>>>> = (() => {
  const api = {
    'self-approval': 'not-entitled',
    'after an edit': 'change-signature-invalid',
    replayed: 'change-signature-invalid',
    disabled: 'officer-disabled',
    forged: 'change-signature-invalid',
    stale: 'change-stale',
    role: 'not-entitled',
    unit: 'not-entitled',
  }
  const command = {
    'self-approval': 'not-entitled',
    'after an edit': 'stale',
    // Commands take a key, never a signature.
    replayed: null,
    disabled: 'officer-disabled',
    forged: 'bad-signature',
    stale: 'stale',
    role: 'not-entitled',
    unit: 'not-entitled',
  }
  const signed = {
    'self-approval': 'not-approved',
    'after an edit': 'not-approved',
    replayed: 'not-approved',
    disabled: 'not-approved',
    forged: 'not-approved',
    stale: 'conflict',
    role: 'not-approved',
    unit: 'not-approved',
  }
  return { API: api, rollback: api, 'break-glass': api, command, import: command, schedule: signed, SQL: signed }
})()

let world: World
let forge: Forger
let exported: string
const clients = new Map<string, OfficeClient>()
const as = (name: string): OfficeClient => {
  const client = clients.get(name) ?? officeClient(world, `officer.${name}`)
  clients.set(name, client)
  return client
}
const newest = async (): Promise<number> =>
  Number((await readSql(world, 'SELECT max(number) AS newest FROM revision'))[0]?.newest)

beforeAll(async () => {
  world = await startWorld({
    configure: async (files, certsDir) => {
      await addOfficers(files, certsDir, [
        { id: 'gone-1', roles: ['security-officer'], disabled: true },
        { id: 'admin-21', roles: ['unit-administrator'], units: ['G99.21'] },
      ])
      addAgreement(files, {
        id: 'flood',
        consumer: 'G99.22/logistics',
        purposes: ['records-deposit'],
        dormant: true,
      })
    },
  })
  exported = join(world.directory, 'exported')
  expect((await run(configCommand, 'export', exported)).code).toBe(0)
  // So that there is something to go back to.
  await as('security-2').approve(await as('security-1').propose(await limit(as('security-1'), 1)))
  forge = forger(world)
})
afterAll(async () => {
  for (const client of clients.values()) client.close()
  await world?.close()
})

let limits = 100
const limit = async (by: OfficeClient, perMinute: number = (limits += 1)): Promise<ShownChange> =>
  by.draft([
    await edited<'agreements'>(as('security-1'), 'agreement', 'logistics-categories', { limits: { perMinute } }),
  ])
const codeOf = ({ status, json }: Answered): string => (typeof json?.code === 'string' ? json.code : `${status}`)

/** How an officer comes to a change by the API. */
const drafts = {
  API: limit,
  rollback: async by => {
    const answered = await by.call({ method: 'POST', path: '/api/v1/revisions/0/rollback' })
    if (answered.status !== 201) throw new Error(codeOf(answered))
    return answered.json as unknown as ShownChange
  },
  'break-glass': async by => {
    // Bounds lie on whole minutes.
    const minute = (n: number): string => new Date((Math.floor(Date.now() / 60_000) + n) * 60_000).toISOString()
    const [from, until] = [minute(-1), minute(2)]
    const activation = { from, until, reason: 'A flood' }
    return by.draft([await edited<'agreements'>(as('security-1'), 'agreement', 'flood', { activation })])
  },
} as const satisfies Partial<Record<Door, (by: OfficeClient) => Promise<ShownChange>>>

/** Each attack by the API, on changes that come about like this. */
const byApi = (draft: (by: OfficeClient) => Promise<ShownChange>): Record<Attack, () => Promise<string>> => {
  const proposed = async (): Promise<ShownChange> => as('security-1').propose(await draft(as('security-1')))
  const approve = async (who: string, change: ShownChange, word: unknown = as(who).signed('approve', change)) =>
    codeOf(await as(who).act('approval', change, word))
  return {
    'self-approval': async () => approve('security-1', await proposed()),
    'after an edit': async () => {
      const before = await proposed()
      const word = as('security-2').signed('approve', before)
      const { edits } = (before as unknown as { text: { edits: object[] } }).text
      const rewritten = await as('security-1').call({
        method: 'PUT',
        path: `/api/v1/changes/${before.id}`,
        headers: { 'if-match': `"${before.version}"` },
        body: { title: 'Another title', reason: 'Another reason', edits },
      })
      const again = await as('security-1').propose(rewritten.json as unknown as ShownChange)
      return approve('security-2', again, word)
    },
    replayed: async () => {
      const word = as('security-2').signed('approve', await proposed())
      return approve('security-2', await proposed(), word)
    },
    disabled: async () => approve('gone-1', await proposed()),
    forged: async () => {
      const change = await proposed()
      const jws = signApproval(must(parseOfficerId('security-2')), change.digests.approve, makeKey())
      return approve('security-2', change, { jws })
    },
    stale: async () => {
      const change = await proposed()
      return approve('security-2', { ...change, version: change.version - 1 })
    },
    role: async () => approve('auditor-1', await proposed()),
    unit: () =>
      draft(as('admin-21')).then(
        ({ id }) => id,
        (thrown: Error) => /not-entitled/.exec(thrown.message)?.[0] ?? thrown.message,
      ),
  }
}

interface Printed {
  readonly code: number
  readonly change?: { readonly id: string; readonly version: number; readonly state: string }
  readonly refused?: { readonly reason: string }
}

/** A command in this process: to start one for each takes half a minute on a slow machine. */
async function run(make: typeof changeCommand, ...words: string[]): Promise<Printed> {
  const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    process.exitCode = undefined
    await strict(make({ ...world.environment })).parseAsync([...words, '--json'], { from: 'user' })
    return { code: Number(process.exitCode ?? 0), ...(JSON.parse(String(printed.mock.calls.at(-1)?.[0])) as object) }
  } finally {
    process.exitCode = undefined
    printed.mockRestore()
  }
}
const hand = (officer: string, key = officer): string[] => [
  '--officer',
  officer,
  '--key',
  join(world.certsDir, `officer.${key}.key`),
]
const reasonOf = ({ refused, change }: Printed): string => refused?.reason ?? change?.state ?? ''

/** Each attack by `lienthong change`; `propose`: how a change comes about. */
const byCommand = (
  propose: (who: string, key?: string) => Promise<Printed>,
): Partial<Record<Attack, () => Promise<string>>> => {
  const proposed = async (): Promise<{ id: string; version: number }> => {
    const made = await propose('security-1')
    if (made.change?.state !== 'proposed') throw new Error(JSON.stringify(made))
    return made.change
  }
  const approve = async (who: string, id: string, ...more: string[]): Promise<string> =>
    reasonOf(await run(changeCommand, 'approve', id, ...hand(who), ...more))
  return {
    'self-approval': async () => approve('security-1', (await proposed()).id),
    'after an edit': async () => {
      const { id, version } = await proposed()
      await run(changeCommand, 'edit', id, await draftFile(), ...hand('security-1'))
      await run(changeCommand, 'propose', id, ...hand('security-1'))
      return approve('security-2', id, '--if-version', String(version))
    },
    disabled: async () => approve('gone-1', (await proposed()).id),
    forged: async () => reasonOf(await propose('security-2', 'security-1')),
    stale: async () => approve('security-2', (await proposed()).id, '--if-version', '1'),
    role: async () => reasonOf(await propose('auditor-1')),
    unit: async () => reasonOf(await propose('admin-21')),
  }
}

async function draftFile(): Promise<string> {
  const edit = await edited<'agreements'>(as('security-1'), 'agreement', 'logistics-categories', {
    limits: { perMinute: (limits += 1) },
  })
  const path = join(world.directory, `draft-${limits}.json`)
  writeFileSync(path, JSON.stringify({ title: 'A test', reason: 'To see it', edits: [edit] }))
  return path
}

const tried: Readonly<Record<Door, () => Partial<Record<Attack, () => Promise<string>>>>> = {
  API: () => byApi(drafts.API),
  rollback: () => byApi(drafts.rollback),
  'break-glass': () => byApi(drafts['break-glass']),
  command: () =>
    byCommand(async (who, key) => {
      const drafted = await run(changeCommand, 'draft', await draftFile(), ...hand(who, key))
      return drafted.change ? run(changeCommand, 'propose', drafted.change.id, ...hand(who, key)) : drafted
    }),
  import: () =>
    byCommand(async (who, key) => {
      const file = join(exported, 'agreements/logistics-categories.yaml')
      const text = readFileSync(file, 'utf8')
      writeFileSync(file, text.replace(/perMinute: \d+/, `perMinute: ${(limits += 1)}`))
      return run(configCommand, 'apply', exported, ...hand(who, key))
    }),
  schedule: () => forgedCells(async change => (await planted).get(change) ?? 'nothing happened'),
  SQL: () => forgedCells(insertForged),
}

/** Attacks that bring their own signatures. */
const forgedCells = (bring: (attack: Attack) => Promise<string>): Record<Attack, () => Promise<string>> =>
  Object.fromEntries(ATTACKS.map(attack => [attack, () => bring(attack)])) as Record<Attack, () => Promise<string>>

const forged = new Map<Attack, Promise<ForgedChange>>()
const forgedFor = (attack: Attack): Promise<ForgedChange> => {
  const known = forged.get(attack) ?? forge(attack)
  forged.set(attack, known)
  return known
}

/** Approved changes as a database administrator writes them into the table, all at once, and what became of each. */
let planted: Promise<ReadonlyMap<Attack, string>>
async function plantAll(): Promise<ReadonlyMap<Attack, string>> {
  const ids = new Map<Attack, string>()
  for (const attack of ATTACKS) {
    const { text, stored } = await forgedFor(attack)
    ids.set(attack, text.id)
    await readSql(
      world,
      `INSERT INTO change (id, version, state, due, body) VALUES ('${text.id}', 3, 'approved', 0, '${JSON.stringify(stored).replaceAll("'", "''")}')`,
    )
  }
  const rows = await eventually(
    () => readSql(world, 'SELECT id, state, body FROM change WHERE version = 4'),
    found => [...ids.values()].every(id => found.some(row => row.id === id && row.state === 'superseded')),
    20_000,
  )
  const why = (id: string): string => {
    const row = rows.find(each => each.id === id)
    return (JSON.parse(String(row?.body)) as { why: string }).why.split(':')[0] ?? ''
  }
  return new Map([...ids].map(([attack, id]) => [attack, why(id)]))
}

/** A revision as a database administrator writes it; what the data plane says of it. Nothing is built on it, and nothing obeys it. */
async function insertForged(attack: Attack): Promise<string> {
  const { insert, judge } = await forgedFor(attack)
  const number = await insert()
  try {
    const { status, json } = await as('security-1').call({ path: '/api/v1/me' })
    expect([status, json?.code]).toEqual([503, 'policy-unavailable'])
    expect((await world.client('G99.21.records').call(LIST)).status).toBe(200)
    return await judge()
  } finally {
    await readSql(world, `SET session_replication_role = replica; DELETE FROM revision WHERE number = ${number}`)
  }
}

describe.each(DOORS)('by %s', door => {
  let attacks: Partial<Record<Attack, () => Promise<string>>>
  beforeAll(() => {
    attacks = tried[door]()
    if (door !== 'schedule') return
    planted = plantAll()
    // Each row waits for it, and says what became of it.
    void planted.catch(() => undefined)
  })

  it.each(ATTACKS.filter(attack => EXPECTED[door][attack] !== null))('%s', async attack => {
    const before = await newest()
    expect(await attacks[attack]?.()).toBe(EXPECTED[door][attack])
    expect(await newest()).toBe(before)
  })
})

describe('what came of it', () => {
  it('is in the table of docs/changes.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/changes.md'), 'utf8')
    for (const door of DOORS) {
      const row = new RegExp(`^\\| ${door} \\|(.*)\\|$`, 'm').exec(page)?.[1]?.split('|') ?? []
      const cells = row.map(cell => /^ `([a-z-]+)` $/.exec(cell)?.[1] ?? null)
      expect([door, cells]).toEqual([door, ATTACKS.map(attack => EXPECTED[door][attack])])
    }
  })

  it('is nothing: the agreements are those of the one change that two officers made', async () => {
    expect(await newest()).toBe(1)
    const { json } = await as('security-1').call({ path: '/api/v1/objects/agreement/flood' })
    expect((json as { value: object }).value).not.toHaveProperty('activation')
    expect((await world.verify()).good).toBe(true)
  })
})

describe('applying by the API', () => {
  const apply = (who: string, change: ShownChange): Promise<Answered> => as(who).act('application', change)

  it('before its time: 409, and it waits on', async () => {
    const applyAt = new Date(Date.now() + 3_600_000).toISOString()
    const edit = await edited<'agreements'>(as('security-1'), 'agreement', 'logistics-categories', {
      limits: { perMinute: 7 },
    })
    const change = await as('security-2').approve(
      await as('security-1').propose(await as('security-1').draft([edit], { applyAt })),
    )
    const answered = await apply('security-1', change)
    expect([answered.status, answered.json?.code]).toEqual([409, 'change-state'])
    expect(answered.json?.detail).toContain(applyAt.slice(0, 19))
    expect((await as('security-1').call({ path: `/api/v1/changes/${change.id}` })).json?.state).toBe('approved')
    const others = await apply('admin-21', change)
    expect([others.status, others.json?.code]).toEqual([404, 'not-found'])
  })

  it('while the stored revisions do not verify: 503', async () => {
    const change = await limit(as('security-1'))
    const { insert } = await forge('forged')
    const number = await insert()
    const answered = await apply('security-1', change)
    await readSql(world, `SET session_replication_role = replica; DELETE FROM revision WHERE number = ${number}`)
    expect([answered.status, answered.json?.code]).toEqual([503, 'policy-unavailable'])
  })

  it('with a fault on our side: 500 that says nothing of the inside, told to the operator, and recorded', async () => {
    const change = await limit(as('security-1'))
    await readSql(world, 'ALTER TABLE change RENAME TO change_elsewhere')
    const answered = await apply('security-1', change)
    await readSql(world, 'ALTER TABLE change_elsewhere RENAME TO change')
    expect(answered.status).toBe(500)
    expect(answered.json).toEqual({
      type: expect.stringContaining('internal'),
      title: 'Internal error',
      status: 500,
      detail: expect.stringMatching(/^Tell the operator/),
      code: 'internal',
    })
    expect(answered.text).not.toMatch(/relation|change_|sql|postgres|stack|\/work|\.ts|\.js/i)
    expect(world.gateway.log()).toContain('the office met a fault')
    const [last] = await readSql(world, 'SELECT event FROM officer_event ORDER BY number DESC LIMIT 1')
    expect(JSON.parse(String(last?.event))).toMatchObject({
      event: 'applyChange',
      officer: 'security-1',
      change: change.id,
      reason: 'internal',
    })
    expect((await apply('security-1', change)).json?.code).toBe('change-state')
  })
})
