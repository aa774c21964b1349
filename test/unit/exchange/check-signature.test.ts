import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { millisOf } from '../../../gateway/domain/instant.ts'
import type { Reply } from '../../../gateway/exchange/reply.ts'
import { commitmentKey } from '../../../gateway/record/commitment.ts'
import { openSignature } from '../../../gateway/record/seal-signature.ts'
import { checkAnswer } from '../../support/signatures/check-answer.ts'
import { keyIdOf, signRequest } from '../../support/signatures/sign-request.ts'
import { AT, EXCHANGE } from '../record/facts.ts'
import {
  codeIn,
  ExchangeWorld,
  headersOf,
  loadDemo,
  revision,
  signingKeys,
  withAgreement,
  withSystem,
} from './world.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicKey = createPublicKey(privateKey)
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const registered = withSystem('G99.21/records', { signingKeys: [{ publicKey: pem }] })
const asking = (signature: string) => (document: ConfigurationDocument) =>
  registered(withAgreement('records-categories', { signature })(document))
const none = asking('none')
const optional = asking('optional')
const required = asking('required')
const withdrawn = withAgreement('records-categories', { signature: 'optional' })
const toAnother = (document: ConfigurationDocument) =>
  withSystem('G99.22/logistics', { signingKeys: [{ publicKey: pem }] })(
    withSystem('G99.21/records', { signingKeys: [] })(document),
  )

const TARGET = '/exchange/G99.10/categories/v1/provinces'
const HOST = 'gateway.example:8443'
const PURPOSE = { 'exchange-purpose': 'reference-data' }

let world: ExchangeWorld
beforeAll(loadDemo)
beforeEach(() => {
  world = new ExchangeWorld()
  world.snapshot = revision(1, optional)
})

let signs = 0
function signed(headers: Record<string, string> = PURPOSE): Record<string, string> {
  const created = Math.floor(millisOf(AT) / 1000)
  const parameters = { nonce: `"nonce number ${String(signs++).padStart(8, '0')}"` }
  return signRequest({ target: TARGET, authority: HOST, headers }, { key: privateKey, created, parameters })
}
const send = (headers: Record<string, string>): Promise<Reply> =>
  world.run({ rawHeaders: ['Host', HOST, ...Object.entries(headers).flat()] })

const detail = () => world.records.at(-1)?.detail

describe('what the agreement asks for', () => {
  it.each([
    ['none', none, 'nothing', ''],
    ['none', none, 'a good one', ''],
    ['none', none, 'a bad one', ''], // not looked at
    ['optional', optional, 'nothing', ''],
    ['optional', optional, 'a good one', ''],
    ['optional', optional, 'a bad one', 'signature-invalid'],
    ['required', required, 'nothing', 'signature-missing'],
    ['required', required, 'a good one', ''],
    ['required', required, 'a bad one', 'signature-invalid'],
  ])('%s, and what comes is %s %s: %s', async (asks, change, sends, code) => {
    world.snapshot = revision(1, change)
    const bad = { ...signed(), 'exchange-purpose': 'reference-data', signature: 'sig1=:AAAA:' }
    const reply = await send(sends === 'nothing' ? PURPOSE : sends === 'a bad one' ? bad : signed())
    expect(codeIn(reply)).toBe(code)
    expect(world.sent.length).toBe(code === '' ? 1 : 0)
    const checked = sends === 'a good one' && asks !== 'none'
    expect(world.records.every(record => 'signature' in record)).toBe(checked)
    expect(world.nonces.size).toBe(checked ? 1 : 0)
    expect(headersOf(reply).has('signature')).toBe(checked)
  })
})

describe('the nonce', () => {
  it('counts once', async () => {
    const headers = signed()
    expect(codeIn(await send(headers))).toBe('')
    expect(codeIn(await send(headers))).toBe('signature-replayed')
    expect(world.sent.length).toBe(1)
  })

  it('is taken by nobody whose signature does not hold', async () => {
    const headers = signed()
    await send({ ...headers, 'request-id': 'a', signature: 'sig1=:AAAA:' })
    expect(codeIn(await send(headers))).toBe('')
  })

  it('is durable before anything is recorded', async () => {
    world.onClaim = () => world.events.push('claimed')
    await send(signed())
    expect(world.events).toEqual(['claimed', 'request', 'sent', 'response'])
  })

  it('that cannot be written lets nothing cross', async () => {
    world.onClaim = () => {
      throw new Error('the database is out of reach')
    }
    expect(codeIn(await send(signed()))).toBe('audit-unavailable')
    expect(world.events).toEqual([])
  })
})

describe('a policy that moves on before the record', () => {
  const moveOn = async (change: (document: ConfigurationDocument) => ConfigurationDocument, headers = signed()) => {
    world.onClaim = () => (world.snapshot = revision(2, change))
    return send(headers)
  }
  it.each([
    ['the key is withdrawn', withdrawn, 'signature-invalid', 'unknown-key'],
    ['the key is given to another system', toAnother, 'signature-invalid', 'unknown-key'],
  ])('%s', async (_what, change, code, why) => {
    expect(codeIn(await moveOn(change))).toBe(code)
    expect([detail(), world.records.at(-1)?.revision]).toEqual([why, 2])
    expect(world.sent).toEqual([])
  })

  it('and still content with the signature', async () => {
    expect(codeIn(await moveOn(required))).toBe('')
    expect(world.records[0]?.revision).toBe(2)
  })

  it.each([
    ['a signature that never came', PURPOSE, 'signature-missing', undefined],
    ['a signature that nobody looked at', null, 'policy-unavailable', 'agreement-changed'],
  ])('and demands %s', async (_what, headers, code, why) => {
    world.snapshot = revision(1, none)
    // Nothing is claimed here: the policy moves on with the first record.
    world.onAppend = nth => {
      if (nth === 1) world.snapshot = revision(2, required)
    }
    expect(codeIn(await send(headers ?? signed()))).toBe(code)
    expect(detail()).toBe(why)
    expect(world.sent).toEqual([])
  })
})

describe('the records', () => {
  it('hold signature and base, sealed; who has k can show who signed what', async () => {
    const headers = signed()
    await send(headers)
    const [request, response] = world.records as { signature: Record<string, unknown> }[]
    const { sealed, ...rest } = request?.signature ?? {}
    expect(rest).toMatchObject({ key: keyIdOf(publicKey), alg: 'ES256', created: Math.floor(millisOf(AT) / 1000) })
    expect(response?.signature).toEqual(rest)
    const k = commitmentKey(world.ports.evidenceKey, EXCHANGE, 'request')
    const opened = openSignature(k, String(sealed))
    expect(opened?.base).toContain(`"@target-uri": https://${HOST}${TARGET}\n`)
    expect(`sig1=:${opened?.signature}:`).toBe(headers.signature)
    const bytes = Buffer.from(opened?.signature ?? '', 'base64')
    expect(
      verify('sha256', Buffer.from(opened?.base ?? ''), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes),
    ).toBe(true)
    expect(openSignature(commitmentKey(world.ports.evidenceKey, EXCHANGE, 'response'), String(sealed))).toBeNull()
  })

  it('hold no nonce and nothing of the target', async () => {
    await send(signed())
    const text = Buffer.concat(world.leaves).toString()
    expect(text).not.toContain('nonce number')
    expect(text).not.toContain(TARGET)
  })
})

describe('the answer to a signed request', () => {
  const request = (headers: Record<string, string>) => ({ method: 'GET', uri: `https://${HOST}${TARGET}`, headers })
  const check = (reply: Reply, headers: Record<string, string>) =>
    checkAnswer(
      { status: reply.status, headers: Object.fromEntries(headersOf(reply)) },
      request(headers),
      signingKeys.current('answers').publicKey,
    )
  const BOUND = ['"@method";req', '"@target-uri";req', '"signature";req;key="sig1"']

  it('is signed, bound to the request', async () => {
    const headers = signed()
    const reply = await send(headers)
    expect(check(reply, headers)).toEqual({
      covered: ['"@status"', '"content-digest"', '"content-type"', '"exchange-id"', '"exchange-receipt"', ...BOUND],
      parameters: expect.stringMatching(/^;created=\d+;keyid="[0-9a-f]{64}";tag="lienthong-answer"$/),
    })
    expect(check(reply, signed())).toBeNull()
    expect(check({ ...reply, status: 201 }, headers)).toBeNull()
  })

  it('also in check mode', async () => {
    const headers = signed({ ...PURPOSE, 'exchange-mode': 'check' })
    const reply = await send(headers)
    expect(check(reply, headers)?.covered).toContain('"exchange-receipt"')
    expect(world.sent).toEqual([])
  })

  it('also where it is a refusal behind the check', async () => {
    world.answer = 'unreachable'
    const headers = signed()
    const reply = await send(headers)
    expect(codeIn(reply)).toBe('provider-unreachable')
    expect(check(reply, headers)?.covered).toContain('"exchange-problem"')
  })

  it('is withheld where it cannot be signed, and the record says so', async () => {
    world.answerKey = {
      ...signingKeys.current('answers'),
      sign: () => Promise.reject(new Error('the token of the key is gone')),
    }
    const reply = await send(signed())
    expect([reply.status, codeIn(reply)]).toEqual([500, 'internal'])
    expect(world.events).toEqual(['request', 'sent', 'response', 'fault'])
    expect(headersOf(reply).has('signature')).toBe(false)
    expect(world.outcomes).toEqual(['faulted internal'])
  })
})
