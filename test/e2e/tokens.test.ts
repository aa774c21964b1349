import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHash, createPublicKey, type JsonWebKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { addAgreement } from '../support/refusals/additions.ts'
import type { Answered, Client } from '../support/world/client.ts'
import { json } from '../support/world/test-provider.ts'
import { startWorld, type World } from '../support/world/world.ts'

const PATH = '/exchange/G99.10/categories/v1/provinces'
const IDENTITY = '/exchange/G99.10/identity/v1/verifications'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const GRANT = 'grant_type=client_credentials&client_id=G99.21%2Frecords'

interface Claims {
  readonly scope: string
  readonly cnf: { readonly 'x5t#S256': string }
  readonly [name: string]: unknown
}

/** Tokens that a system gets for itself, and assertions that its provider gets, against a running gateway. */
describe('tokens and assertions', () => {
  let world: World
  let records: Client
  let training: Client

  beforeAll(async () => {
    world = await startWorld({
      configure(files) {
        addAgreement(files, { id: 'with-token', token: 'required' })
        addAgreement(files, { id: 'with-token-too', token: 'required' })
        addAgreement(files, { id: 'suspended-token', token: 'required', suspended: true })
        addAgreement(files, { id: 'of-training', token: 'required', consumer: 'G99.23/training' })
      },
    })
    records = world.client('G99.21.records')
    training = world.client('G99.23.training')
  })
  afterAll(() => world?.close())

  const ask = (body: string, client = records, headers: Record<string, string> = FORM): Promise<Answered> =>
    client.call({ method: 'POST', path: '/oauth2/token', headers, body })
  const claimsOf = (answered: Answered) => jwt.decode(String(answered.json?.access_token)) as unknown as Claims
  const call = (token: string | null, purpose = 'with-token', client = records) =>
    client.call({
      path: PATH,
      headers: { 'exchange-purpose': purpose, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    })

  it('gives a token that is bound to the certificate, and that the published key verifies', async () => {
    const answered = await ask(GRANT)
    expect(answered).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': 'application/json; charset=utf-8' },
      json: { token_type: 'Bearer', expires_in: 300, scope: 'with-token with-token-too' },
    })
    const der = new X509Certificate(readFileSync(join(world.certsDir, 'G99.21.records.crt'))).raw
    expect(claimsOf(answered).cnf['x5t#S256']).toBe(createHash('sha256').update(der).digest('base64url'))
    const { json: metadata } = await training.call({ path: '/.well-known/oauth-authorization-server' })
    const verified = jwt.verify(String(answered.json?.access_token), await publishedKey(answered), {
      algorithms: ['ES256'],
      issuer: String(metadata?.issuer),
      audience: `${String(metadata?.issuer)}/exchange`,
    })
    expect(verified).toMatchObject({ sub: 'G99.21/records', client_id: 'G99.21/records', revision: 0 })
  })

  const publishedKey = async (answered: Answered, claim = 'access_token') => {
    const { kid } = jwt.decode(String(answered.json?.[claim]), { complete: true })?.header ?? {}
    return keyNamed(kid)
  }
  const keyNamed = async (kid: string | undefined) => {
    const { json: set } = await training.call({ path: '/.well-known/jwks.json' })
    const jwk = (set?.keys as (JsonWebKey & { kid: string })[]).find(key => key.kid === kid)
    if (!jwk) throw new Error('the key is not published')
    return createPublicKey({ key: jwk, format: 'jwk' })
  }

  it('describes itself (RFC 8414), to known systems only', async () => {
    const { status, headers, json: metadata } = await records.call({ path: '/.well-known/oauth-authorization-server' })
    const issuer = `https://localhost:${world.gateway.exchangePort}`
    expect([status, headers['cache-control']]).toEqual([200, 'private, max-age=300'])
    expect(metadata).toEqual({
      issuer,
      token_endpoint: `${issuer}/oauth2/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['tls_client_auth'],
      tls_client_certificate_bound_access_tokens: true,
    })
  })

  it('publishes public keys for tokens, assertions and answers', async () => {
    const { headers, json: set } = await records.call({ path: '/.well-known/jwks.json' })
    expect(headers['content-type']).toMatch(/^application\/jwk-set\+json/)
    expect(headers['cache-control']).toBe('private, max-age=300')
    const keys = set?.keys as Record<string, unknown>[]
    expect(keys).toHaveLength(3)
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  it('lets pass with a token, records its jti on both records, and passes no credentials on', async () => {
    const token = await ask(`${GRANT}&scope=with-token`)
    expect(claimsOf(token).scope).toBe('with-token')
    const seen = world.provider.seen.length
    for (let i = 0; i < 3; i++) expect((await call(String(token.json?.access_token))).status).toBe(200)
    const answered = await call(String(token.json?.access_token))
    expect(world.provider.seen.slice(seen).flatMap(({ headers }) => headers.authorization ?? [])).toEqual([])
    const { json: shown } = await records.call({ path: `/exchanges/${String(answered.headers['exchange-id'])}` })
    const leaves = (shown?.records as { leaf: string }[]).map(({ leaf }) => Buffer.from(leaf, 'base64').toString())
    expect(leaves.map(leaf => (JSON.parse(leaf) as { token: { jti: string } }).token.jti)).toEqual([
      claimsOf(token).jti,
      claimsOf(token).jti,
    ])
    expect(leaves.join()).not.toContain(String(token.json?.access_token).split('.')[2])
  })

  it('a token that was taken by another system is worth nothing', async () => {
    const stolen = await call(String((await ask(GRANT)).json?.access_token), 'of-training', training)
    expect([stolen.status, stolen.json?.code, stolen.headers['www-authenticate']]).toEqual([
      401,
      'token-invalid',
      'Bearer realm="exchange", error="invalid_token"',
    ])
  })

  it('a token for one agreement is none for another; without one: 401 and how to ask', async () => {
    const token = String((await ask(`${GRANT}&scope=with-token`)).json?.access_token)
    expect((await call(token, 'with-token-too')).json?.code).toBe('token-invalid')
    const without = await call(null)
    expect([without.status, without.json?.code, without.headers['www-authenticate']]).toEqual([
      401,
      'token-missing',
      'Bearer realm="exchange"',
    ])
  })

  it.each([
    // RFC 6749 section 5.2.
    ['no grant_type', 'client_id=G99.21%2Frecords', 400, 'invalid_request'],
    ['no client_id', 'grant_type=client_credentials', 400, 'invalid_request'],
    ['an empty client_id', 'grant_type=client_credentials&client_id=', 400, 'invalid_request'],
    ['a parameter twice', `${GRANT}&client_id=G99.21%2Frecords`, 400, 'invalid_request'],
    ['an unknown parameter twice', `${GRANT}&a=1&a=2`, 400, 'invalid_request'],
    ['a client secret', `${GRANT}&client_secret=x`, 400, 'invalid_request'],
    ['a client assertion', `${GRANT}&client_assertion=x`, 400, 'invalid_request'],
    ['a body that is too large', `${GRANT}&x=${'a'.repeat(9000)}`, 400, 'invalid_request'],
    ['another grant', GRANT.replace('client_credentials', 'password'), 400, 'unsupported_grant_type'],
    ['another system', GRANT.replace('records', 'training'), 401, 'invalid_client'],
    ['a suspended agreement', `${GRANT}&scope=suspended-token`, 400, 'invalid_scope'],
    ['an agreement of another system', `${GRANT}&scope=of-training`, 400, 'invalid_scope'],
    ['an agreement that asks for no token', `${GRANT}&scope=records-categories`, 400, 'invalid_scope'],
    ['one good agreement and one unknown', `${GRANT}&scope=with-token+nothing`, 400, 'invalid_scope'],
    ['two spaces in the scope', `${GRANT}&scope=with-token++with-token-too`, 400, 'invalid_scope'],
  ])('gives no token for %s', async (_what, body, status, error) => {
    const answered = await ask(body)
    expect([answered.status, answered.json?.error, answered.headers['cache-control']]).toEqual([
      status,
      error,
      'no-store',
    ])
    expect(answered.text).not.toContain('access_token')
  })

  it.each([
    ['a form called JSON', { 'content-type': 'application/json' }],
    ['a form without Content-Type', {}],
    ['a compressed body', { ...FORM, 'content-encoding': 'gzip' }],
    ['a form beside an Authorization header', { ...FORM, authorization: 'Basic YTpi' }],
  ])('gives no token for %s', async (_what, headers) => {
    const answered = await ask(GRANT, records, headers)
    expect([answered.status, answered.json?.error]).toEqual([400, 'invalid_request'])
  })

  it('answers a system without such agreements with invalid_scope, and whatever is no POST with a problem', async () => {
    const logistics = world.client('G99.22.logistics')
    const none = await ask('grant_type=client_credentials&client_id=G99.22%2Flogistics', logistics)
    expect([none.status, none.json?.error]).toEqual([400, 'invalid_scope'])
    const got = await records.call({ path: `/oauth2/token?${GRANT}` })
    expect([got.status, got.json?.code]).toEqual([403, 'not-permitted'])
  })

  it('counts what it gave and refused', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/metrics`)).text()
    for (const outcome of ['issued', 'invalid_scope', 'invalid_client'])
      expect(metrics).toMatch(new RegExp(`^lienthong_token_requests_total{outcome="${outcome}"} [1-9]`, 'm'))
  })

  it('asserts to the provider what it decided, and drops what caller or provider send under that name', async () => {
    const body = '{"citizenNumber":"001203000001","name":"Nguyễn Văn An","birthDate":"2003-01-01"}'
    const fields = { citizenNumber: 'no-match', name: 'no-match', birthDate: 'no-match' }
    const plain = world.provider.answer
    world.provider.answer = (seen, request, response) => {
      response.setHeader('exchange-assertion', 'from the provider')
      return json(200, { result: 'no-match', fields })(seen, request, response)
    }
    const answered = await records.call({
      method: 'POST',
      path: IDENTITY,
      headers: {
        'exchange-purpose': 'identity-check',
        'content-type': 'application/json',
        'exchange-assertion': 'from the caller',
      },
      body,
    })
    world.provider.answer = plain
    expect(answered.status).toBe(200)
    expect(answered.headers).not.toHaveProperty('exchange-assertion')
    const seen = world.provider.seen.at(-1)
    const assertion = String(seen?.headers['exchange-assertion'])
    const key = await keyNamed(jwt.decode(assertion, { complete: true })?.header.kid)
    const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')
    expect(
      jwt.verify(assertion, key, {
        algorithms: ['ES256'],
        issuer: `https://localhost:${world.gateway.exchangePort}`,
        audience: 'G99.10/data-centre',
        maxAge: 60,
      }),
    ).toMatchObject({
      sub: 'G99.21/records',
      jti: answered.headers['exchange-id'],
      htm: 'POST',
      target: sha256('/identity/v1/verifications'),
      body: sha256(body),
      agreement: 'records-identity',
      purpose: 'identity-check',
    })
  })
})
