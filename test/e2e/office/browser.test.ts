import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { changeIn, edited, officeClient, type OfficeClient, type ShownChange } from '../../support/office/office.ts'
import {
  type Mischief,
  softwareAuthenticator,
  type SoftwareAuthenticator,
} from '../../support/office/software-authenticator.ts'
import { readSql } from '../../support/office/read-sql.ts'
import type { Answered } from '../../support/world/client.ts'
import { startWorld, type World } from '../../support/world/world.ts'

/** That of the demo's genesis. */
const ORIGIN = 'https://localhost:8444'

/** Officers who sign with an authenticator in a browser: registered by a change, asked for by the API, obeyed by the data plane. */
describe('signing in a browser', () => {
  let world: World
  let first: OfficeClient
  let second: OfficeClient
  const own = softwareAuthenticator(ORIGIN)
  const others = softwareAuthenticator(ORIGIN)
  beforeAll(async () => {
    world = await startWorld()
    first = officeClient(world, 'officer.security-1')
    second = officeClient(world, 'officer.security-2')
  })
  afterAll(async () => {
    first.close()
    second.close()
    await world.close()
  })

  const begin = async (office: OfficeClient): Promise<string> => {
    const { json } = await office.call({ method: 'POST', path: '/api/v1/me/authenticator/options' })
    return String(json?.challenge)
  }
  const verify = (office: OfficeClient, body: unknown): Promise<Answered> =>
    office.call({ method: 'POST', path: '/api/v1/me/authenticator/verification', body })

  const word = async (
    office: OfficeClient,
    verdict: 'propose' | 'approve',
    { id }: ShownChange,
    by: SoftwareAuthenticator,
    mischief: Mischief = {},
  ): Promise<{ webauthn: object }> => {
    const { json } = await office.call({ path: `/api/v1/changes/${id}/assertion/${verdict}` })
    return { webauthn: by.assert(String(json?.challenge), mischief) }
  }
  const limit = async (n: number): Promise<ShownChange> =>
    first.draft([await edited<'agreements'>(first, 'agreement', 'records-categories', { limits: { perMinute: n } })])
  const newest = async (): Promise<number> =>
    Number((await readSql(world, 'SELECT max(number) AS newest FROM revision'))[0]?.newest)

  it.each<[string, Mischief & { stale?: true }]>([
    ['made at another origin', { origin: 'https://evil.example' }],
    ['made for another relying party', { rpId: 'evil.example' }],
    ['made over another challenge', { challenge: 'AAAA' }],
    ['made without user verification', { flags: 0x01 }],
  ])('an authenticator %s is not registered', async (_, mischief) => {
    const answered = await verify(first, own.register(await begin(first), mischief))
    expect([answered.status, answered.json?.code]).toEqual([422, 'request-invalid'])
  })

  it('an authenticator without options, and the same options twice, are refused', async () => {
    const challenge = await begin(first)
    expect((await verify(second, own.register(challenge))).status).toBe(422)
    expect((await verify(first, own.register(challenge))).status).toBe(200)
    expect((await verify(first, own.register(challenge))).status).toBe(422)
  })

  it('authenticators are registered by a change that two officers sign', async () => {
    for (const [office, authenticator] of [
      [first, own],
      [second, others],
    ] as const) {
      const { json } = await verify(office, authenticator.register(await begin(office)))
      expect(json).toEqual({ id: authenticator.id, publicKey: authenticator.publicKey })
      const edit = await edited<'officers'>(first, 'officer', office.name, { authenticators: [json as never] })
      await second.approve(await first.propose(await first.draft([edit])))
      expect((await office.call({ path: '/api/v1/me' })).json?.authenticators).toEqual([authenticator.id])
    }
  })

  it('two officers change the configuration from their browsers', async () => {
    const drafted = await limit(111)
    const proposed = changeIn(await first.act('proposal', drafted, await word(first, 'propose', drafted, own)))
    const applied = changeIn(await second.act('approval', proposed, await word(second, 'approve', proposed, others)))
    expect(applied).toMatchObject({
      state: 'applied',
      signatures: [
        { verdict: 'propose', officer: 'security-1', by: 'webauthn' },
        { verdict: 'approve', officer: 'security-2', by: 'webauthn' },
      ],
    })
    const { json } = await second.call({ path: '/api/v1/objects/agreement/records-categories' })
    expect((json as { value: { limits: object } }).value.limits).toEqual({ perMinute: 111 })
  })

  const tried: readonly (readonly [string, (change: ShownChange) => Promise<unknown>])[] = [
    ['made at another origin', c => word(second, 'approve', c, others, { origin: 'https://localhost:9444' })],
    ['made without user verification', c => word(second, 'approve', c, others, { flags: 0x01 })],
    ['over another challenge', c => word(second, 'approve', c, others, { challenge: 'AAAA' })],
    ["with another officer's authenticator", c => word(second, 'approve', c, own)],
    ['for the other verdict', c => word(second, 'propose', c, others)],
    ['of another change', async () => word(second, 'approve', await limit(112), others)],
  ]
  it.each(tried)('an approval %s is refused', async (_, make) => {
    const before = await newest()
    const change = await first.propose(await limit(113))
    const answered = await second.act('approval', change, await make(change))
    expect([answered.status, answered.json?.code]).toEqual([422, 'change-signature-invalid'])
    expect(await newest()).toBe(before)
  })

  it('where the setting second-factor says so, the key of a certificate approves nothing any more', async () => {
    const value = { id: 'second-factor', approvals: 'required' }
    await second.approve(await first.propose(await first.draft([{ kind: 'setting', id: value.id, was: null, value }])))
    const before = await newest()
    const proposed = await first.propose(await limit(114))
    const refused = await second.act('approval', proposed, second.signed('approve', proposed))
    expect([refused.status, refused.json?.code]).toEqual([422, 'change-signature-invalid'])
    expect(await newest()).toBe(before)
    const applied = await second.act('approval', proposed, await word(second, 'approve', proposed, others))
    expect(changeIn(applied).state).toBe('applied')
  })

  it('the data plane obeys it at the next start, too', async () => {
    const before = await newest()
    await world.gateway.stop()
    await world.restart()
    expect(world.gateway.log()).toContain(`"revision":${before}`)
    expect((await first.call({ path: '/api/v1/me' })).json?.revision).toBe(before)
    expect((await world.verify()).good).toBe(true)
  })
})
