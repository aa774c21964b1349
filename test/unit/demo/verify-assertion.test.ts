import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import express from 'express'
import type { KeyObject } from 'node:crypto'
import supertest from 'supertest'
import { keepBytes, verifyAssertion } from '../../../demo/provider/verify-assertion.ts'
import { instantOfMillis } from '../../../gateway/domain/instant.ts'
import { parsePurpose } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { issueAssertion } from '../../../gateway/identity/tokens/issue-assertion.ts'
import { KeysInMemory, newSigningKey } from '../../support/signing-keys.ts'
import { agreement, ISSUER, resigned, system } from '../identity/tokens/world.ts'
import { EXCHANGE } from '../record/facts.ts'

const keys = new KeysInMemory()
const key = keys.current('assertions')
const TARGET = '/identity/v1/verifications?detail=1'
const BODY = '{"citizenNumber":"001203000001"}'

/** What the gateway would sign of the call that `send` makes. */
const assertion = (changes: Partial<Parameters<typeof issueAssertion>[0]> = {}, signer = key) =>
  issueAssertion(
    {
      exchange: EXCHANGE,
      provider: system('G99.10/data-centre'),
      consumer: system('G99.21/records'),
      method: 'POST',
      target: TARGET,
      body: Buffer.from(BODY),
      agreement: agreement('records-identity'),
      purpose: must(parsePurpose('identity-check')),
      at: instantOfMillis(Date.now()),
      ...changes,
    },
    ISSUER,
    signer,
  )

const keyOf = async (name?: string): Promise<KeyObject> => {
  const found = keys.published('assertions').find(({ id }) => id === name)
  if (!found) throw new Error('no such key')
  return found.publicKey
}

/** A provider as docs/offer-a-service.md builds it. */
function provider() {
  const reached = jest.fn()
  const app = express()
  app.use(express.json({ verify: keepBytes }))
  app.use('/identity/v1', verifyAssertion(ISSUER, 'G99.10/data-centre', keyOf))
  app.use((_request, response) => {
    reached()
    response.json({ reached: true })
  })
  return { reached, app }
}
let target: ReturnType<typeof provider>
beforeEach(() => {
  target = provider()
})

interface Sent {
  readonly method?: 'post' | 'put' | 'get'
  readonly path?: string
  readonly body?: string
  readonly consumer?: string
}

const send = (
  text: string | null,
  { method = 'post', path = TARGET, body = BODY, consumer = 'G99.21/records' }: Sent = {},
) => {
  const call = supertest(target.app)[method](path).set('exchange-consumer', consumer)
  if (text !== null) void call.set('exchange-assertion', text)
  return method === 'get' ? call : call.set('content-type', 'application/json').send(body)
}

describe('the provider lets in', () => {
  it('the request that the gateway vouches for', async () => {
    expect((await send(await assertion())).status).toBe(200)
    expect(target.reached).toHaveBeenCalledTimes(1)
  })

  it('one without a body', async () => {
    const text = await assertion({ method: 'GET', body: Buffer.alloc(0) })
    expect((await send(text, { method: 'get' })).status).toBe(200)
  })

  it('one that the previous key signed, while that is published', async () => {
    const before = await assertion({}, keys.current('assertions'))
    keys.rotate('assertions')
    expect((await send(before)).status).toBe(200)
  })
})

const seconds = () => Math.floor(Date.now() / 1000)
const again = async (header: object, claims: object) => resigned(await assertion(), { ...header }, { ...claims }, key)

/** What comes instead, and over which call. */
const refused: readonly (readonly [string, () => Promise<string | null>, Sent?])[] = [
  ['none', async () => null],
  ['nothing', async () => ''],
  ['no JWT', async () => 'x'],
  // Forged.
  ["a key that is not the gateway's", () => assertion({}, newSigningKey('assertions'))],
  [
    "a key that is not the gateway's, under the kid of one",
    async () => resigned(await assertion(), {}, {}, newSigningKey('assertions')),
  ],
  [
    'alg none',
    async () =>
      `${Buffer.from(`{"alg":"none","kid":"${key.id}"}`).toString('base64url')}.${(await assertion()).split('.')[1]}.`,
  ],
  ['a changed claim', async () => tampered(await assertion())],
  ['an access token of the gateway (typ)', () => again({ typ: 'at+jwt' }, {})],
  ['crit', () => again({ crit: ['exp'] }, {})],
  // Not now.
  ['an expired one', () => assertion({ at: instantOfMillis(Date.now() - 66_000) })],
  ['one without an end', () => again({}, { exp: undefined })],
  ['one that lives too long', () => again({}, { iat: seconds() - 66, exp: seconds() + 3600 })],
  // Not for this.
  ['one for another provider', () => assertion({ provider: system('G99.22/logistics') })],
  ['one of another gateway', () => again({}, { iss: 'https://other.example' })],
  ['one for another path', () => assertion(), { path: '/identity/v1/other?detail=1' }],
  ['one for another query', () => assertion(), { path: '/identity/v1/verifications?detail=2' }],
  ['one for another spelling of the path', () => assertion(), { path: '/identity/v1/%76erifications?detail=1' }],
  ['one for another method', () => assertion(), { method: 'put' }],
  ['one for another body', () => assertion(), { body: '{"citizenNumber":"001203000002"}' }],
  ['one for the same JSON in other bytes', () => assertion(), { body: '{"citizenNumber": "001203000001"}' }],
  ['one for another consumer', () => assertion(), { consumer: 'G99.23/training' }],
  ['one without jti', () => again({}, { jti: undefined })],
]

function tampered(text: string): string {
  const [header, claims = '', signature] = text.split('.')
  const changed = Buffer.from(claims, 'base64url').toString().replace('G99.21/records', 'G99.21/recordz')
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.')
}

describe('the provider refuses', () => {
  it.each(refused.map(([what, make, sent = {}]) => [what, make, sent] as const))('%s', async (_what, make, sent) => {
    const answered = await send(await make(), sent)
    expect([answered.status, (answered.body as { code: string }).code]).toEqual([401, 'assertion-invalid'])
    expect(target.reached).not.toHaveBeenCalled()
  })

  it('one that was used before', async () => {
    const text = await assertion()
    expect([(await send(text)).status, (await send(text)).status]).toEqual([200, 401])
    expect(target.reached).toHaveBeenCalledTimes(1)
  })

  it('two of the same exchange', async () => {
    const [one, two] = [await assertion(), await again({}, { iat: seconds() - 1 })]
    expect([(await send(one)).status, (await send(two)).status]).toEqual([200, 401])
  })
})
