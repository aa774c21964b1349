import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loadPkcs11 } from '../../gateway/edge/keys/pkcs11-library.ts'
import { execFileSync } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSoftToken, type SoftToken, softHsm } from '../support/keys/soft-token.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import { addAgreement } from '../support/refusals/additions.ts'
import { eventually } from '../support/refusals/scene.ts'
import { demoKey } from '../support/signatures/demo-key.ts'
import { signRequest } from '../support/signatures/sign-request.ts'
import type { Answered, Client } from '../support/world/client.ts'
import { runCommand } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

const GENEROUS = 30_000
const LIST = '/exchange/G99.10/categories/v1/provinces'

// .ci/run installs SoftHSM; elsewhere these tests are left out, and say so.
/** npm leaves the optional binding out where it cannot be compiled. */
const isBound = await loadPkcs11().then(
  () => true,
  () => false,
)
const lacks = softHsm === null ? 'SoftHSM2' : isBound ? null : 'the optional package pkcs11js'
const described = lacks === null ? describe : describe.skip
const NAME =
  lacks === null ? 'keys in a PKCS#11 token' : `keys in a PKCS#11 token (skipped: ${lacks} is not installed here)`

described(NAME, () => {
  let directory: string
  let token: SoftToken
  let world: World
  let records: Client

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-token-'))
    token = makeSoftToken(directory)
    world = await startWorld({
      environment: token.environment,
      configure(files) {
        addAgreement(files, { id: 'signed', signature: 'required' })
        addAgreement(files, { id: 'with-token', token: 'required' })
      },
    })
    records = world.client('G99.21.records')
  }, 60_000)
  afterAll(async () => {
    await world?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const askToken = (): Promise<Answered> =>
    records.call({
      method: 'POST',
      path: '/oauth2/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials&client_id=G99.21%2Frecords',
    })
  const kidOf = ({ json }: Answered): string =>
    (JSON.parse(Buffer.from(String(json?.access_token).split('.')[0] ?? '', 'base64url').toString()) as { kid: string })
      .kid
  const signedCall = (): Promise<Answered> => {
    const authority = `localhost:${world.gateway.exchangePort}`
    const toSign = { target: LIST, authority, headers: { 'exchange-purpose': 'signed' } }
    return records.call({ path: LIST, headers: signRequest(toSign, { key: demoKey(world) }) })
  }
  const listed = async () =>
    (
      JSON.parse((await world.command('keys', 'list', '--json')).stdout) as {
        keys: { use: string; id: string; place: string; name: string }[]
      }
    ).keys

  it('every signing key is made in the token; only the evidence key is a file', async () => {
    expect((await listed()).map(({ use, place, name }) => [use, place, name])).toEqual([
      ['control-lane', 'pkcs11', 'lienthong-control-lane-1'],
      ['answers', 'pkcs11', 'lienthong-answers-1'],
      ['assertions', 'pkcs11', 'lienthong-assertions-1'],
      ['tokens', 'pkcs11', 'lienthong-tokens-1'],
      ['packs', 'pkcs11', 'lienthong-packs-1'],
      ['evidence', 'file', 'evidence.key'],
      ['gateway-tls', 'file', 'gateway.key'],
    ])
    const files = readdirSync(join(world.directory, 'var/keys')).filter(name => name.endsWith('.key'))
    expect(files).toEqual(['evidence.key'])
  })

  it('nobody gets them out of it, not even with the PIN', () => {
    const script = join(import.meta.dirname, '../support/keys/try-to-extract.js')
    const out = execFileSync(process.execPath, [script], { env: { ...process.env, ...token.environment } })
    const found = JSON.parse(out.toString()) as Record<string, unknown>[]
    expect(found.map(({ label }) => label).sort()).toEqual([
      ...['lienthong-answers-1', 'lienthong-assertions-1', 'lienthong-control-lane-1', 'lienthong-packs-1'],
      'lienthong-tokens-1',
    ])
    for (const key of found)
      expect(key).toMatchObject({
        extractable: false,
        wasExtractable: false,
        sensitive: true,
        madeInside: true,
        value: 'CKR_ATTRIBUTE_SENSITIVE',
      })
  })

  it('what they sign verifies with the published keys, and the log with the control lane’s', async () => {
    const answered = await askToken()
    const [header, payload, signature = ''] = String(answered.json?.access_token).split('.')
    const { keys } = (await records.call({ path: '/.well-known/jwks.json' })).json as { keys: { kid: string }[] }
    const jwk = keys.find(({ kid }) => kid === kidOf(answered))
    const key = createPublicKey({ key: jwk as never, format: 'jwk' })
    const holds = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    expect(holds).toBe(true)
    expect((await signedCall()).status).toBe(200)
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
  })

  it('rotates in the token, the running gateway takes the new key up, and the control lane is handed over', async () => {
    for (const use of ['tokens', 'control-lane'])
      expect(await world.command('keys', 'rotate', '--use', use, '--now')).toMatchObject({ code: 0 })
    const next = (await listed()).find(({ name }) => name === 'lienthong-tokens-2')?.id
    await eventually(
      async () => kidOf(await askToken()),
      kid => kid === next,
      GENEROUS,
    )
    await eventually(
      () => world.gateway.log(),
      log => log.includes('signed by another key from now on'),
      GENEROUS,
    )
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
    // Destroyed in the token, and the lane goes on.
    expect(await world.command('keys', 'retire', '--use', 'control-lane')).toMatchObject({ code: 0 })
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
  })

  it('a token that goes away: nothing unsigned leaves, what needs no signature goes on, and it is found again', async () => {
    const before = world.provider.seen.length
    renameSync(token.tokens, `${token.tokens}.away`)
    const [asked, signed] = [await askToken(), await signedCall()]
    expect([asked.status, asked.json?.code, asked.json?.access_token]).toEqual([500, 'internal', undefined])
    expect([signed.status >= 500, signed.headers.signature]).toEqual([true, undefined])
    expect((await records.call(listCall)).status).toBe(200)
    expect(world.provider.seen.length).toBeGreaterThan(before)
    expect(world.gateway.log()).toContain('lienthong-tokens-2) cannot sign')
    renameSync(`${token.tokens}.away`, token.tokens)
    await eventually(askToken, ({ status }) => status === 200, GENEROUS)
    expect((await signedCall()).status).toBe(200)
    await eventually(
      async () => (await world.verify()).good,
      good => good,
      GENEROUS,
    )
  })

  it.each([
    [
      'a wrong PIN',
      () => ({ PKCS11_PIN_FILE: write('wrong-pin', '000000') }),
      'PKCS11_PIN_FILE: the token does not take',
    ],
    [
      'a PIN that others may read',
      () => ({ PKCS11_PIN_FILE: write('open-pin', '1', 0o644) }),
      'PKCS11_PIN_FILE: others',
    ],
    ['a missing token', () => ({ PKCS11_TOKEN: 'elsewhere' }), 'PKCS11_TOKEN: the library knows no token'],
    ['a missing library', () => ({ PKCS11_MODULE: '/nowhere/lib.so' }), 'PKCS11_MODULE: there is no /nowhere/lib.so'],
    ['a library that is none', () => ({ PKCS11_MODULE: write('lib.so', 'x') }), 'PKCS11_MODULE: '],
    [
      'half of the variables',
      () => ({ PKCS11_MODULE: undefined }),
      'PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN_FILE: set all',
    ],
    [
      'a token that is not named any more',
      () => ({ PKCS11_MODULE: undefined, PKCS11_TOKEN: undefined, PKCS11_PIN_FILE: undefined }),
      'PKCS11_MODULE: the key lienthong-answers-1 lives in a token, and none is named',
    ],
  ])('%s stops the start: exit 2, and the variable is named', async (_what, changed, message) => {
    const environment = { ...world.environment, EXCHANGE_PORT: '0', OFFICE_PORT: '0', OPS_PORT: '0', ...changed() }
    const { code, stderr } = await runCommand(['serve'], environment as Record<string, string>)
    expect(stderr).toContain(`lienthong: ${message}`)
    expect(code).toBe(2)
  })

  it('doctor says where each key lives, and nothing secret', async () => {
    const { stdout } = await world.command('doctor')
    expect(stdout).toContain('✓ key for tokens: current, ES256 in the token (lienthong-tokens-2), 0 days old')
    expect(stdout).not.toContain(readFileSync(join(directory, 'pin'), 'utf8').trim())
  })

  function write(name: string, text: string, mode = 0o600): string {
    const path = join(directory, name)
    writeFileSync(path, text, { mode })
    return path
  }
})
