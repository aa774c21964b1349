import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { hash } from 'node:crypto'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { instant } from '../../../gateway/domain/instant.ts'
import { issueToken, type TokenGrant } from '../../../gateway/identity/tokens/issue-token.ts'
import { agreement, grant, partsOf, SECONDS } from '../identity/tokens/world.ts'
import { AT } from '../record/facts.ts'
import {
  answer,
  codeIn,
  ExchangeWorld,
  headersOf,
  ISSUER,
  loadDemo,
  revision,
  signingKeys,
  withAgreement,
} from './world.ts'

const asksForToken = withAgreement('records-categories', { token: 'required' })
const token = (changes: Partial<TokenGrant> = {}): Promise<string> =>
  issueToken(
    grant({ issuer: ISSUER, certificate: digestOf('G99.21/records'), at: AT, ...changes }),
    signingKeys.current('tokens'),
  )

let world: ExchangeWorld
beforeAll(loadDemo)
beforeEach(() => {
  world = new ExchangeWorld()
})
const bearing = async (text: string | Promise<string>) => ({ Authorization: `Bearer ${await text}` })

describe('an agreement that asks for a token', () => {
  beforeEach(() => {
    world.snapshot = revision(1, asksForToken)
  })

  it('lets pass with one, and records its id, never the token', async () => {
    const text = await token()
    const reply = await world.run({}, await bearing(text))
    expect([reply.status, world.events]).toEqual([200, ['request', 'sent', 'response']])
    for (const { token: recorded } of world.records)
      expect(recorded).toEqual({ jti: grant().id, key: signingKeys.current('tokens').id })
    expect(Buffer.concat(world.leaves).toString()).not.toContain(text.split('.')[2])
  })

  it('passes no credentials on', async () => {
    await world.run({}, await bearing(token()))
    expect(world.sent[0]?.headers).not.toContain('authorization')
    expect(JSON.stringify(world.sent[0]?.headers)).not.toMatch(/bearer/i)
  })

  it.each([
    ['nothing', {}, 'token-missing', undefined],
    ['another scheme', { Authorization: 'Basic YTpi' }, 'token-missing', undefined],
    ['an empty token', { Authorization: 'Bearer ' }, 'token-missing', undefined],
    ['two tokens in one header', { Authorization: 'Bearer a b' }, 'token-missing', undefined],
    ['rubbish', { Authorization: 'Bearer a' }, 'token-invalid', 'malformed'],
  ])('refuses %s before the body is read', async (_what, headers, code, detail) => {
    let read = false
    const body = {
      read: () => {
        read = true
        return Buffer.alloc(0)
      },
    }
    const reply = await world.run({ body }, headers)
    expect([reply.status, codeIn(reply), world.sent.length, read]).toEqual([401, code, 0, false])
    expect(world.records.map(({ kind, problem }) => [kind, problem])).toEqual([['refusal', code]])
    expect(world.records[0]?.detail).toBe(detail)
    const challenge = headersOf(reply).get('www-authenticate')
    expect(challenge).toBe(
      code === 'token-missing' ? 'Bearer realm="exchange"' : 'Bearer realm="exchange", error="invalid_token"',
    )
  })

  it.each([
    ['of another certificate of the same system', { certificate: digestOf('renewed') }, 'of-another-certificate'],
    ['for another agreement', { agreements: [agreement('records-identity')] }, 'for-other-agreements'],
    ['that has ended', { at: instant(AT - 306 * SECONDS) }, 'expired'],
  ])('refuses a token %s', async (_what, changes, detail) => {
    const reply = await world.run({}, await bearing(token(changes)))
    expect([codeIn(reply), world.records[0]?.detail, world.sent.length]).toEqual(['token-invalid', detail, 0])
  })

  it('takes the scheme in any case (RFC 9110 section 11.1)', async () => {
    expect((await world.run({}, { Authorization: `bEARER ${await token()}` })).status).toBe(200)
  })
})

describe('an agreement that asks for none', () => {
  it('does not look at what came, and passes nothing on', async () => {
    const reply = await world.run({}, { Authorization: 'Bearer rubbish' })
    expect(reply.status).toBe(200)
    expect(world.sent[0]?.headers).not.toContain('authorization')
    expect(world.records.map(record => record.token)).toEqual([undefined, undefined])
  })

  it('and asks for one while a call is on its way: not forwarded without', async () => {
    world.onAppend = nth => {
      if (nth === 1) world.snapshot = revision(2, asksForToken)
    }
    const reply = await world.run()
    expect([codeIn(reply), world.events]).toEqual(['token-missing', ['request', 'refusal']])
  })

  it('and asks for one while a call with a good token is on its way: recorded again with it', async () => {
    world.onAppend = nth => {
      if (nth === 1) world.snapshot = revision(2, asksForToken)
    }
    const reply = await world.run({}, await bearing(token()))
    expect([reply.status, world.events]).toEqual([200, ['request', 'request', 'sent', 'response']])
    expect(world.records.map(record => (record.token as { jti: string } | undefined)?.jti)).toEqual([
      undefined,
      grant().id,
      grant().id,
    ])
  })
})

describe('Exchange-Assertion', () => {
  const identity = {
    method: 'POST',
    rawTarget: '/exchange/G99.10/identity/v1/verifications',
    body: { read: () => Buffer.from(BODY) },
  } as const
  const BODY = '{"citizenNumber":"001203000001","name":"Nguyễn Văn An","birthDate":"2003-01-01"}'
  const headers = { 'Exchange-Purpose': 'identity-check', 'Content-Type': 'application/json' }
  const sentAssertions = (): readonly string[] => {
    const [sent] = world.sent
    return (sent?.headers ?? []).filter((_, i, all) => i % 2 === 1 && all[i - 1] === 'exchange-assertion')
  }

  it('goes to a service that asks for it: once, ours, about what is sent', async () => {
    world.answer = answer({
      result: 'no-match',
      fields: { citizenNumber: 'no-match', name: 'no-match', birthDate: 'no-match' },
    })
    const reply = await world.run(identity, { ...headers, 'Exchange-Assertion': 'forged' })
    expect(reply.status).toBe(200)
    const [text = '', ...more] = sentAssertions()
    expect(more).toEqual([])
    expect(partsOf(text).claims).toMatchObject({
      iss: ISSUER,
      aud: 'G99.10/data-centre',
      sub: 'G99.21/records',
      htm: 'POST',
      target: hash('sha256', world.sent[0]?.path ?? '', 'base64url'),
      body: hash('sha256', BODY, 'base64url'),
      agreement: 'records-identity',
      purpose: 'identity-check',
    })
    expect(world.sent[0]?.path).toBe('/identity/v1/verifications')
  })

  it('does not go to another service, also where the caller sent one', async () => {
    await world.run({}, { 'Exchange-Assertion': 'forged' })
    expect([world.sent.length, sentAssertions()]).toEqual([1, []])
  })

  it('cannot be signed: nothing is forwarded, and the record says so', async () => {
    Object.assign(world.ports, { assertion: () => Promise.reject(new Error('the token is gone')) })
    const reply = await world.run(identity, headers)
    expect([reply.status, codeIn(reply), world.events]).toEqual([500, 'internal', ['request', 'fault']])
    expect(Buffer.from(reply.body).toString()).not.toContain('the token is gone')
  })
})
