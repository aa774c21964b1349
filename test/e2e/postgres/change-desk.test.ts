import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import type { Draft } from '../../../gateway/control/change-desk.ts'
import type { DeskRefusal } from '../../../gateway/control/desk-refusal.ts'
import { IDLE_AFTER } from '../../../gateway/control/officer-activity.ts'
import type { StoredChange } from '../../../gateway/control/stored-change.ts'
import { formatInstant, type Instant } from '../../../gateway/domain/instant.ts'
import { must, type Result } from '../../../gateway/domain/result.ts'
import type { RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { newestRevision } from '../../../gateway/edge/postgres/revisions.ts'
import { makeKey } from '../../../gateway/pki/keys.ts'
import { signChange } from '../../../gateway/snapshot/sign-change.ts'
import { type DeskWorld, deskWorld, officerId } from '../../support/desk/desk-world.ts'

let world: DeskWorld
beforeAll(async () => {
  world = await deskWorld()
})
afterAll(() => world.close())
beforeEach(() => world.events())

const ONE = officerId('security-1')
const TWO = officerId('security-2')
const THREE = officerId('security-3')
const later = (micros: number): Instant => (world.now + micros) as Instant
const reason = (result: Result<StoredChange, DeskRefusal>): string => (result.ok ? 'done' : result.error.reason)
const records = (minute: number): Promise<Draft> =>
  world.agreement('records-categories', { limits: { perMinute: minute } })
const approve = (change: StoredChange, officer = TWO) =>
  world.desk.approve(officer, change.id, change.version, world.sign(change, 'approve', officer))
const acts = async () =>
  (await world.events()).map(({ event, officer, outcome, reason: why }) => [event, officer, outcome, why])

describe('the life of a change', () => {
  it('draft, proposed, approved, applied: a revision, and each act recorded', async () => {
    const drafted = must(await world.desk.draft(ONE, await records(7)))
    expect(drafted).toMatchObject({ version: 1, state: 'draft', authors: [ONE], signatures: [] })
    const signature = world.sign(drafted, 'propose', ONE)
    const proposed = must(await world.desk.propose(ONE, drafted.id, 1, signature))
    expect(proposed).toMatchObject({ version: 2, state: 'proposed', proposer: ONE })
    const before = await newestRevision(world.database)
    const applied = must(await approve(proposed))
    expect(applied).toMatchObject({ version: 4, state: 'applied', approvers: [TWO], revision: before + 1 })
    expect(await world.desk.get(drafted.id)).toEqual(applied)
    const newest = await world.revisions.newest()
    expect(newest).toMatchObject({ number: before + 1, officers: [ONE, TWO] })
    const events = await world.events()
    expect(events.map(({ event, officer, outcome }) => [event, officer, outcome])).toEqual([
      ['draft', ONE, 'done'],
      ['propose', ONE, 'done'],
      ['approve', TWO, 'done'],
      ['apply', TWO, 'done'],
    ])
    // Each act starts from what the one before it left.
    expect(events.slice(1).map(({ was }) => was)).toEqual(events.slice(0, -1).map(({ is }) => is))
    expect(events.every(({ change }) => change === drafted.id)).toBe(true)
  })

  it('what only takes away is applied on one officer’s word, also a unit’s own service', async () => {
    const suspended = await world.proposed(await world.agreement('training-categories', { suspended: true }))
    expect(suspended).toMatchObject({ state: 'applied', approvers: [] })
    const giving = await world.proposed(await world.agreement('training-categories', { suspended: false }))
    expect(giving.state).toBe('proposed')
    expect(reason(await approve(giving))).toBe('done')

    const inventory = world.genesis.services.find(({ id }) => id === 'G99.22/inventory/v1')
    const edits = [{ kind: 'service' as const, id: 'G99.22/inventory/v1', value: { ...inventory, suspended: true } }]
    const draft = { title: 'Stop', reason: 'A test', edits, applyAt: null }
    expect(reason(await world.desk.draft(officerId('unit-21'), draft))).toBe('not-entitled')
    expect(await world.proposed(draft, 'unit-22')).toMatchObject({ state: 'applied', approvers: [] })
  })

  it('an edit takes the signatures off, and its writer may not approve any more', async () => {
    const proposed = await world.proposed(await records(8))
    const edited = must(await world.desk.edit(TWO, proposed.id, proposed.version, await records(9)))
    expect(edited).toMatchObject({ state: 'draft', signatures: [], proposer: null, authors: [ONE, TWO] })
    const signature = world.sign(edited, 'propose', ONE)
    const again = must(await world.desk.propose(ONE, edited.id, edited.version, signature))
    expect(reason(await approve(again, TWO))).toBe('not-entitled')
    expect(reason(await approve(again, THREE))).toBe('done')
  })

  it('is rejected by a security officer, withdrawn by its author, and then over', async () => {
    const rejected = await world.proposed(await records(10))
    const said = must(await world.desk.reject(TWO, rejected.id, rejected.version, 'Not now'))
    expect(said).toMatchObject({ state: 'rejected', why: 'Not now' })
    const withdrawn = await world.proposed(await records(10))
    expect(reason(await world.desk.withdraw(TWO, withdrawn.id, withdrawn.version))).toBe('not-entitled')
    const back = must(await world.desk.withdraw(ONE, withdrawn.id, withdrawn.version))
    for (const { id, version } of [said, back]) {
      expect(reason(await world.desk.edit(ONE, id, version, await records(11)))).toBe('wrong-state')
      expect(reason(await world.desk.withdraw(ONE, id, version))).toBe('wrong-state')
    }
  })

  it('rolls back by a change like any other', async () => {
    const back = must(await world.desk.rollback(ONE, 0 as RevisionNumber))
    const signature = world.sign(back, 'propose', ONE)
    const proposed = must(await world.desk.propose(ONE, back.id, back.version, signature))
    expect(must(await approve(proposed)).state).toBe('applied')
    expect((await world.revisions.newest())?.document).toEqual(world.genesis)
    expect(reason(await world.desk.rollback(ONE, 0 as RevisionNumber))).toBe('malformed')
    expect(reason(await world.desk.rollback(ONE, 9999 as RevisionNumber))).toBe('not-found')
  })

  it('is listed, the newest first, page by page', async () => {
    const all = await world.desk.list({ state: null, cursor: null, limit: 1000 })
    expect(all.cursor).toBeNull()
    const ids = all.changes.map(({ id }) => id)
    expect(ids).toEqual([...ids].sort().reverse())
    const paged: string[] = []
    for (let cursor = null as (typeof all)['cursor']; ; ) {
      const page = await world.desk.list({ state: null, cursor, limit: 2 })
      paged.push(...page.changes.map(({ id }) => id))
      cursor = page.cursor
      if (cursor === null) break
    }
    expect(paged).toEqual(ids)
    const rejected = await world.desk.list({ state: 'rejected', cursor: null, limit: 10 })
    expect(rejected.changes.map(({ state }) => state)).toEqual(['rejected'])
  })
})

describe('others at the same time', () => {
  it('of two approvals one counts, of two acts on one version one is stale', async () => {
    const proposed = await world.proposed(await records(20))
    const { id, version } = proposed
    const both = await Promise.all([
      world.desk.approve(TWO, id, version, world.sign(proposed, 'approve', TWO)),
      world.otherDesk.approve(THREE, id, version, world.sign(proposed, 'approve', THREE)),
    ])
    expect(both.map(reason).sort()).toEqual(['done', 'stale'])
    expect(await acts()).toContainEqual(['approve', expect.any(String), 'refused', 'stale'])
  })

  it('revisions that touched nothing of it do not matter: its signatures hold behind them', async () => {
    const mine = await world.proposed(await records(21))
    const other = await world.proposed(await world.agreement('training-categories', { limits: { perMinute: 21 } }))
    const [first, second] = await Promise.all([
      approve(mine),
      world.otherDesk.approve(THREE, other.id, other.version, world.sign(other, 'approve', THREE)),
    ])
    expect([must(first).state, must(second).state]).toEqual(['applied', 'applied'])
    expect(must(first).revision).not.toBe(must(second).revision)
  })

  it('the same object changed by another is a conflict, shown and never merged', async () => {
    const mine = await world.proposed(await records(22))
    await approve(await world.proposed(await records(23)))
    const refused = await approve(mine)
    expect(refused).toMatchObject({
      ok: false,
      error: { reason: 'conflict', conflicts: [{ kind: 'agreement', id: 'records-categories', reason: 'changed' }] },
    })
    expect((await world.desk.get(mine.id))?.state).toBe('proposed')
  })
})

describe('at a given time', () => {
  const HOUR = 60 * 60 * 1_000_000
  const scheduled = async (minute: number) =>
    world.proposed({ ...(await records(minute)), applyAt: formatInstant(later(HOUR)) })

  it('is applied then, not before, once', async () => {
    const approved = must(await approve(await scheduled(30)))
    expect(approved.state).toBe('approved')
    expect(await world.desk.applyDue()).toEqual([])
    expect(reason(await world.desk.apply(ONE, approved.id, approved.version))).toBe('not-due')
    world.now = later(HOUR)
    await world.events()
    const [applied, ...more] = (await Promise.all([world.desk.applyDue(), world.otherDesk.applyDue()])).flat()
    expect(more).toEqual([])
    expect(applied).toMatchObject({ id: approved.id, state: 'applied' })
    expect(await acts()).toContainEqual(['apply', null, 'done', null])
  })

  // Whose signature is gone by then, who lost the role, what was changed meanwhile.
  it.each([
    ['its approver is disabled', (_: StoredChange) => changeOfficer('security-3', { disabled: true }), 'not-approved'],
    ['its object is another', (_: StoredChange) => records(32), 'conflict'],
  ])('is superseded where %s', async (_, meanwhile, why) => {
    const waiting = await scheduled(31)
    const approved = must(await approve(waiting, THREE))
    must(await approve(await world.proposed(await meanwhile(approved))))
    world.now = later(HOUR)
    const newest = await newestRevision(world.database)
    await world.events()
    expect(await world.desk.applyDue()).toMatchObject([{ id: approved.id, state: 'superseded' }])
    expect((await world.desk.get(approved.id))?.why).toContain(why)
    expect(await newestRevision(world.database)).toBe(newest)
    expect(await acts()).toEqual([['supersede', null, 'done', null]])
    // Everybody is there again for the next row.
    const back = await world.proposed(await changeOfficer('security-3', { disabled: false }), 'security-1')
    must(await approve(back))
  })

  const changeOfficer = async (id: string, change: object): Promise<Draft> => {
    const officers = (await world.revisions.newest())?.document.officers ?? []
    const value = { ...officers.find(officer => officer.id === id), ...change, name: `${id} at ${world.now}` }
    return { title: 'An officer', reason: 'A test', edits: [{ kind: 'officer', id, value }], applyAt: null }
  }
})

describe('an entry point tries', () => {
  const rows: readonly (readonly [
    string,
    string,
    (proposed: StoredChange) => Promise<Result<StoredChange, DeskRefusal>>,
  ])[] = [
    ['self-approval', 'not-entitled', proposed => approve(proposed, ONE)],
    [
      'an approval given to the proposal’s own signature',
      'bad-signature',
      p => world.desk.approve(TWO, p.id, p.version, world.sign(p, 'propose', TWO)),
    ],
    [
      'a proposal’s signature shown as an approval',
      'bad-signature',
      p => world.desk.approve(TWO, p.id, p.version, { ...world.sign(p, 'propose', TWO), verdict: 'approve' }),
    ],
    [
      'an approval from before an edit',
      'bad-signature',
      async p => {
        const signature = world.sign(p, 'approve', TWO)
        const edited = must(await world.desk.edit(ONE, p.id, p.version, await records(41)))
        const again = must(await world.desk.propose(ONE, p.id, edited.version, world.sign(edited, 'propose', ONE)))
        return world.desk.approve(TWO, p.id, again.version, signature)
      },
    ],
    [
      'an approval of a draft',
      'wrong-state',
      async p => {
        const edited = must(await world.desk.edit(ONE, p.id, p.version, await records(42)))
        return approve(edited)
      },
    ],
    [
      'the replayed approval of another change',
      'bad-signature',
      async p => {
        const other = await world.proposed(await records(43))
        return world.desk.approve(TWO, p.id, p.version, world.sign(other, 'approve', TWO))
      },
    ],
    ['an approval by a disabled officer', 'officer-disabled', p => approve(p, officerId('gone-1'))],
    [
      'a disabled officer’s signature under another name',
      'bad-signature',
      p => world.desk.approve(TWO, p.id, p.version, world.sign(p, 'approve', 'gone-1')),
    ],
    [
      'an approval by nobody',
      'not-entitled',
      p => world.desk.approve(officerId('nobody-1'), p.id, p.version, world.sign(p, 'approve', TWO)),
    ],
    [
      'another officer’s signature',
      'bad-signature',
      p => world.desk.approve(TWO, p.id, p.version, world.sign(p, 'approve', THREE)),
    ],
    [
      'a forged signature',
      'bad-signature',
      p => world.desk.approve(TWO, p.id, p.version, signChange(p.text, 'approve', TWO, makeKey())),
    ],
    [
      'no signature at all',
      'bad-signature',
      p => world.desk.approve(TWO, p.id, p.version, { verdict: 'approve', jws: 'e30.e30.' }),
    ],
    ['a stale version', 'stale', p => world.desk.approve(TWO, p.id, p.version - 1, world.sign(p, 'approve', TWO))],
    ['an auditor approves', 'not-entitled', p => approve(p, officerId('auditor-1'))],
    ['an operator approves', 'not-entitled', p => approve(p, officerId('operator-1'))],
    ['a unit administrator approves', 'not-entitled', p => approve(p, officerId('unit-21'))],
    ['an auditor rejects', 'not-entitled', p => world.desk.reject(officerId('auditor-1'), p.id, p.version, 'No')],
    ['an operator drafts', 'not-entitled', async () => world.desk.draft(officerId('operator-1'), await records(44))],
    [
      'a unit administrator drafts for another unit',
      'not-entitled',
      async () =>
        world.desk.draft(officerId('unit-21'), await world.agreement('training-categories', { suspended: true })),
    ],
    [
      'a unit administrator makes an agreement of another unit its own',
      'not-entitled',
      async () =>
        world.desk.draft(
          officerId('unit-21'),
          await world.agreement('training-categories', { consumer: 'G99.21/records' }),
        ),
    ],
    [
      'a unit administrator makes itself a security officer',
      'not-entitled',
      async () => {
        const self = world.genesis.officers.find(({ id }) => id === 'unit-21')
        const value = { ...self, roles: ['security-officer'], units: [] }
        const edits = [{ kind: 'officer' as const, id: 'unit-21', value }]
        return world.desk.draft(officerId('unit-21'), { title: 'Me', reason: 'Me', edits, applyAt: null })
      },
    ],
    [
      'a unit administrator edits what a security officer proposed',
      'not-entitled',
      async () => {
        const other = await world.proposed(await world.agreement('training-categories', { limits: { perMinute: 44 } }))
        return world.desk.edit(officerId('unit-21'), other.id, other.version, await records(45))
      },
    ],
    [
      'a proposal of what does not hold together',
      'invalid',
      async () => {
        const drafted = must(
          await world.desk.draft(ONE, await world.agreement('records-categories', { consumer: 'G99.21/none' })),
        )
        return world.desk.propose(ONE, drafted.id, drafted.version, world.sign(drafted, 'propose', ONE))
      },
    ],
    [
      'a draft of nothing',
      'malformed',
      () => world.desk.draft(ONE, { title: 'a', reason: 'b', edits: [], applyAt: null }),
    ],
    ['no draft', 'malformed', () => world.desk.draft(ONE, null as unknown as Draft)],
    ['half a character', 'malformed', async () => world.desk.draft(ONE, { ...(await records(46)), title: '\ud800' })],
    [
      'a change of what is not there',
      'conflict',
      async () => {
        const edits = [{ kind: 'agreement' as const, id: 'none', value: null }]
        return world.desk.draft(ONE, { title: 'a', reason: 'b', edits, applyAt: null })
      },
    ],
  ]

  it.each(rows)('%s: %s, recorded', async (_, expected, attempt) => {
    const proposed = await world.proposed(await records(40))
    const newest = await newestRevision(world.database)
    await world.events()
    expect(reason(await attempt(proposed))).toBe(expected)
    expect((await acts()).at(-1)).toEqual([expect.any(String), expect.any(String), 'refused', expected])
    expect(await newestRevision(world.database)).toBe(newest)
  })
})

describe('an officer not seen for 45 days', () => {
  it('may not act, and is recovered by two others', async () => {
    const touched = world.now
    for (const officer of [ONE, TWO, THREE]) await world.store.touch(officer, touched)
    const proposed = await world.proposed(await records(50), 'security-2')
    world.now = later(IDLE_AFTER + 1)
    for (const officer of [TWO, THREE]) await world.store.touch(officer, world.now)
    expect(reason(await approve(proposed, ONE))).toBe('officer-idle')
    expect(await acts()).toContainEqual(['approve', ONE, 'refused', 'officer-idle'])
    expect(reason(await world.desk.recover(ONE, ONE))).toBe('officer-idle')

    const recovery = must(await world.desk.recover(TWO, ONE))
    expect(recovery.text.edits).toHaveLength(1)
    const signature = world.sign(recovery, 'propose', TWO)
    const asked = must(await world.desk.propose(TWO, recovery.id, recovery.version, signature))
    expect(asked.state).toBe('proposed')
    expect(must(await approve(asked, THREE)).state).toBe('applied')
    expect(reason(await approve(proposed, ONE))).toBe('done')

    // Nobody recovers themselves, with another's help neither.
    world.now = later(24 * 60 * 60 * 1_000_000)
    const own = must(await world.desk.recover(ONE, ONE))
    expect(reason(await world.desk.propose(ONE, own.id, own.version, world.sign(own, 'propose', ONE)))).toBe(
      'not-entitled',
    )
    const helped = must(await world.desk.propose(TWO, own.id, own.version, world.sign(own, 'propose', TWO)))
    expect(reason(await approve(helped, ONE))).toBe('not-entitled')
    expect(reason(await world.desk.recover(TWO, officerId('nobody-1')))).toBe('not-found')
  })
})

describe('straight SQL', () => {
  it('that breaks the stored chain leaves nothing to build on', async () => {
    const proposed = await world.proposed(await records(60), 'security-2')
    const admin = new Client({ connectionString: world.adminUrl })
    await admin.connect()
    try {
      await admin.query(
        `INSERT INTO revision (number, digest, previous, content)
         SELECT number + 1, repeat('0', 64), digest, content FROM revision ORDER BY number DESC LIMIT 1`,
      )
      expect(reason(await approve(proposed, THREE))).toBe('unverified')
      expect(world.revisions.broken).toMatchObject({ reason: 'digest-differs' })
      expect(await world.desk.applyDue()).toEqual([])
      await admin.query('DELETE FROM revision WHERE digest = $1', ['0'.repeat(64)])
      expect(reason(await approve(proposed, THREE))).toBe('done')
    } finally {
      await admin.end()
    }
  })
})
