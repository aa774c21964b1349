import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { changeIn, edited, officeClient, type OfficeClient } from '../../support/office/office.ts'
import { readLog } from '../../support/ledger/read-log.ts'
import { eventually } from '../../support/refusals/scene.ts'
import type { Client } from '../../support/world/client.ts'
import { startWorld, type World } from '../../support/world/world.ts'

const LIST = { path: '/exchange/G99.10/categories/v1/provinces', headers: { 'exchange-purpose': 'reference-data' } }
const AGREEMENT = 'records-categories'

/** Promise 3 by its front door: officers change the configuration through the office API, and only two of them. */
describe('four eyes over the office API', () => {
  let world: World
  let first: OfficeClient
  let second: OfficeClient
  let records: Client
  beforeAll(async () => {
    world = await startWorld()
    first = officeClient(world, 'officer.security-1')
    second = officeClient(world, 'officer.security-2')
    records = world.client('G99.21.records', { connections: 1 })
  })
  afterAll(async () => {
    first.close()
    second.close()
    await world.close()
  })

  it('two officers change an agreement: effective on the next request of an open connection, and recorded', async () => {
    expect((await records.call(LIST)).status).toBe(200)
    // What gives needs two: a higher limit is no taking away.
    const drafted = await first.draft([
      await edited<'agreements'>(first, 'agreement', AGREEMENT, { purposes: ['records-deposit'] }),
    ])
    expect(drafted.state).toBe('draft')
    expect(drafted.words).toContain(
      `agreement ${AGREEMENT}: purposes/records-deposit added: records-deposit (gives more)`,
    )
    const proposed = await first.propose(drafted)
    expect(proposed.state).toBe('proposed')
    expect((await records.call(LIST)).status).toBe(200)
    const applied = await second.approve(proposed)
    expect(applied).toMatchObject({ state: 'applied', revision: 1 })

    const refused = await eventually(
      () => records.call(LIST),
      ({ status }) => status !== 200,
    )
    expect(refused.json).toMatchObject({ status: 403, code: 'purpose-not-granted' })

    const acts = await eventually(
      async () => (await readLog(world.database.adminUrl)).filter(({ kind }) => kind === 'officer'),
      found => found.some(({ fields }) => fields.event === 'apply'),
    )
    expect(
      acts
        .map(({ fields }) => fields)
        .filter(({ change }) => change === applied.id)
        .map(({ event, officer, outcome, via }) => [event, officer, outcome, via]),
    ).toEqual([
      ['draft', 'security-1', 'done', 'office'],
      ['propose', 'security-1', 'done', 'office'],
      ['approve', 'security-2', 'done', 'office'],
      ['apply', 'security-2', 'done', 'office'],
    ])
    expect(acts.some(({ fields }) => fields.event === 'readObject' && fields.officer === 'security-1')).toBe(true)
    expect((await world.verify()).good).toBe(true)
  })

  it('a rollback is a change too', async () => {
    const drafted = changeIn(await first.call({ method: 'POST', path: '/api/v1/revisions/0/rollback' }))
    await second.approve(await first.propose(drafted))
    const answered = await eventually(
      () => records.call(LIST),
      ({ status }) => status === 200,
    )
    expect(answered.status).toBe(200)
    const { json } = await first.call({ path: '/api/v1/revisions/2/difference' })
    expect(json).toMatchObject({
      from: 1,
      to: 2,
      differences: [
        { kind: 'agreement', id: AGREEMENT, member: 'purposes/records-deposit', change: 'removed' },
        { kind: 'agreement', id: AGREEMENT, member: 'purposes/reference-data', change: 'added' },
      ],
    })
    const listed = await first.call({ path: '/api/v1/revisions' })
    expect(listed.json).toMatchObject({
      revisions: [
        {
          number: 2,
          signatures: [
            { verdict: 'propose', officer: 'security-1', by: 'jws' },
            { verdict: 'approve', officer: 'security-2', by: 'jws' },
          ],
        },
        { number: 1 },
        { number: 0, change: null },
      ],
      cursor: null,
    })
  })
})
