import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Frontier } from '../../gateway/log/frontier.ts'
import { hashLeaf } from '../../gateway/log/hash.ts'
import { makeCheckpoint } from '../../gateway/log/checkpoint.ts'
import { CONTROL_LANE } from '../../gateway/domain/gateway-id.ts'
import { ed25519Signer } from '../../gateway/log/signed-note.ts'
import { copyOf, type FreshDatabase } from '../support/database.ts'
import { query, readLog } from '../support/ledger/read-log.ts'
import { type Load, startLoad } from '../support/load/closed-loop.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import { addAgreement } from '../support/refusals/additions.ts'
import { eventually } from '../support/refusals/scene.ts'
import { checkAnswer } from '../support/signatures/check-answer.ts'
import { demoKey } from '../support/signatures/demo-key.ts'
import { signRequest } from '../support/signatures/sign-request.ts'
import type { Client } from '../support/world/client.ts'
import { change } from '../support/world/configuration-directory.ts'
import { runCommand } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

interface Listed {
  readonly use: string
  readonly id: string
  readonly state: string
  readonly name: string
}

const LIST = '/exchange/G99.10/categories/v1/provinces'
const GENEROUS = 30_000

/** The whole life of the gateway's keys, in order, on one world under load. */
describe('keys that rotate under load', () => {
  let world: World
  let records: Client
  let load: Load
  const first = new Map<string, Listed>()

  beforeAll(async () => {
    world = await startWorld({
      configure(files) {
        addAgreement(files, { id: 'signed', signature: 'required' })
        addAgreement(files, { id: 'with-token', token: 'required' })
        change(files, 'services/categories-v1/service.yaml', 'deadline:', 'assertion: true\ndeadline:')
        const limits = 'limits: { perMinute: 600, concurrent: 16,'
        change(files, 'agreements/records-categories.yaml', limits, limits.replace('600', '1000000'))
      },
    })
    records = world.client('G99.21.records')
    for (const key of await listed()) first.set(key.use, key)
    load = startLoad([{ client: records, system: 'G99.21/records', call: listCall }], 1)
  }, 60_000)
  afterAll(async () => {
    await load?.stop()
    await world?.close()
  })

  async function keys<T>(...words: string[]): Promise<T> {
    const { code, stdout, stderr } = await world.command('keys', ...words, '--json')
    if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
    return JSON.parse(stdout) as T
  }
  const listed = async (): Promise<readonly Listed[]> => (await keys<{ keys: Listed[] }>('list')).keys
  const rotate = async (use: string): Promise<string> =>
    (await keys<{ id: string }>('rotate', '--use', use, '--now')).id
  const jwks = async (): Promise<readonly { readonly kid: string }[]> =>
    (await records.call({ path: '/.well-known/jwks.json' })).json?.keys as never
  const published = async (id: string): Promise<KeyObject> => {
    const jwk = (await jwks()).find(({ kid }) => kid === id)
    if (!jwk) throw new Error(`${id} is not published`)
    return createPublicKey({ key: jwk as never, format: 'jwk' })
  }

  const signedAnswer = async () => {
    const authority = `localhost:${world.gateway.exchangePort}`
    const headers = signRequest(
      { target: LIST, authority, headers: { 'exchange-purpose': 'signed' } },
      { key: demoKey(world) },
    )
    const answer = await records.call({ path: LIST, headers })
    expect(answer.status).toBe(200)
    const [, keyid = ''] = /keyid="([0-9a-f]{64})"/.exec(String(answer.headers['signature-input'])) ?? []
    return { answer, keyid, request: { method: 'GET', uri: `https://${authority}${LIST}`, headers } }
  }
  const newToken = async (): Promise<string> => {
    const body = 'grant_type=client_credentials&client_id=G99.21%2Frecords'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { json, text } = await records.call({ method: 'POST', path: '/oauth2/token', headers, body })
    if (typeof json?.access_token !== 'string') throw new Error(text)
    return json.access_token
  }
  const withToken = async (token: string): Promise<number> =>
    (
      await records.call({
        path: LIST,
        headers: { 'exchange-purpose': 'with-token', authorization: `Bearer ${token}` },
      })
    ).status
  const kidOf = (jws: string): string =>
    (JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid
  const holds = (jws: string, key: KeyObject): boolean => {
    const [header, payload, signature = ''] = jws.split('.')
    const data = Buffer.from(`${header}.${payload}`)
    return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  }
  const lastAssertion = (): string => String(world.provider.seen.at(-1)?.headers['exchange-assertion'])
  const keyEvents = async () =>
    (await readLog(world.database.adminUrl))
      .filter(({ lane, kind }) => lane === 'control' && kind === 'key')
      .map(({ index, fields }) => ({
        index,
        ...(fields as { event: string; use: string; key: string; place: string }),
      }))

  it('the first keys are recorded, each as registered and activated, with place and algorithm', async () => {
    const events = await eventually(keyEvents, found => found.length >= 13, GENEROUS)
    expect(events.map(({ event, use }) => `${use} ${event}`).sort()).toEqual([
      ...['answers activated', 'answers registered', 'assertions activated', 'assertions registered'],
      ...['control-lane registered', 'evidence activated', 'evidence registered'],
      ...['gateway-tls activated', 'gateway-tls registered', 'packs activated', 'packs registered'],
      ...['tokens activated', 'tokens registered'],
    ])
    const answers = events.find(({ use }) => use === 'answers')
    expect(answers).toMatchObject({ key: first.get('answers')?.id, algorithm: 'ES256', place: 'file' })
  })

  it('answers: the new key signs within seconds, what the old one signed still verifies', async () => {
    const before = await signedAnswer()
    expect(before.keyid).toBe(first.get('answers')?.id)
    const id = await rotate('answers')
    const after = await eventually(signedAnswer, ({ keyid }) => keyid === id, GENEROUS)
    expect(checkAnswer(after.answer, after.request, await published(id))).not.toBeNull()
    expect(checkAnswer(before.answer, before.request, await published(before.keyid))).not.toBeNull()
  })

  it('tokens: a token of the old key is still taken', async () => {
    const before = await newToken()
    const id = await rotate('tokens')
    const after = await eventually(newToken, token => kidOf(token) === id, GENEROUS)
    expect(holds(after, await published(id))).toBe(true)
    expect([await withToken(before), await withToken(after)]).toEqual([200, 200])
    // The overlap ended by hand: the old key's word counts for nothing.
    await keys('retire', '--use', 'tokens')
    expect(
      await eventually(
        () => withToken(before),
        status => status !== 200,
        GENEROUS,
      ),
    ).toBe(401)
    expect(await withToken(after)).toBe(200)
  })

  it('assertions: the provider gets those of the new key, and finds both in the key set', async () => {
    const before = lastAssertion()
    const id = await rotate('assertions')
    const after = await eventually(lastAssertion, assertion => kidOf(assertion) === id, GENEROUS)
    expect(holds(after, await published(id))).toBe(true)
    expect(holds(before, await published(kidOf(before)))).toBe(true)
  })

  it('a next key is published before it signs', async () => {
    const { id } = await keys<{ id: string }>('rotate', '--use', 'answers', '--lead', 'PT1H')
    await eventually(jwks, found => found.some(({ kid }) => kid === id), GENEROUS)
    expect((await signedAnswer()).keyid).not.toBe(id)
    const again = await world.command('keys', 'rotate', '--use', 'answers')
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('waits already')])
  })

  it('the control lane: handed over in one record, which carries the last word of the old key', async () => {
    copyFileSync(join(world.directory, 'var/keys/control-lane.key'), join(world.directory, 'old-control.key'))
    const early = await world.command('keys', 'retire', '--use', 'control-lane')
    expect([early.code, early.stdout.trim()]).toEqual([0, 'control-lane: nothing to retire'])
    await rotate('control-lane')
    const events = await eventually(
      keyEvents,
      found => found.some(({ event, use }) => use === 'control-lane' && event === 'activated'),
      GENEROUS,
    )
    const [old, next, taken] = events.filter(({ use }) => use === 'control-lane')
    expect([next?.event, taken?.event, taken?.key]).toEqual(['registered', 'activated', next?.key])
    expect(next?.key).not.toBe(old?.key)
    expect(taken).toMatchObject({ checkpoint: expect.stringMatching(`^lienthong/control\n${taken?.index}\n`) })
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
  })

  it('no exchange failed all the while', async () => {
    await load.stop()
    expect(load.ledger.length).toBeGreaterThan(50)
    expect(load.ledger.filter(({ status }) => status !== 200)).toEqual([])
  })

  it('the log verifies from the old key and from the new one, and from no other', async () => {
    const [old, next] = (await listed()).filter(({ use }) => use === 'control-lane')
    const verifyFrom = async (name = ''): Promise<number> =>
      (await world.command('audit', 'verify', '--key', join(world.directory, 'var/keys', name), '--json')).code
    expect([await verifyFrom(old?.name), await verifyFrom(next?.name), await verifyFrom('answers.key')]).toEqual([
      0, 0, 2,
    ])
    const strange = join(world.directory, 'strange.pem')
    writeFileSync(strange, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }))
    expect((await world.command('audit', 'verify', '--key', strange)).code).toBe(1)
  })

  it('a retired key of the control lane is destroyed, and the next process goes on with the new one', async () => {
    await keys('retire', '--use', 'control-lane')
    expect(existsSync(join(world.directory, 'var/keys/control-lane.key'))).toBe(false)
    await eventually(
      keyEvents,
      found => found.some(({ use, event }) => use === 'control-lane' && event === 'retired'),
      GENEROUS,
    )
    await world.gateway.stop()
    await world.restart()
    expect((await records.call(listCall)).status).toBe(200)
    const states = (await listed()).filter(({ use }) => use === 'control-lane').map(({ state }) => state)
    expect(states).toEqual(['retired', 'current'])
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
  })

  it('key files are found plain, encrypted in place, and of no use with another passphrase', async () => {
    const passphrase = (name: string, text: string): string => {
      writeFileSync(join(world.directory, name), text, { mode: 0o600 })
      return join(world.directory, name)
    }
    expect((await world.command('doctor')).stdout).toMatch(/! key for answers: .*: not encrypted/)
    await world.gateway.stop()
    const file = passphrase('passphrase', 'c3VjaCBhIHBhc3NwaHJhc2UhCg\n')
    world.environment.KEYS_PASSPHRASE_FILE = file
    const { encrypted } = await keys<{ encrypted: string[] }>('encrypt')
    expect(encrypted).toEqual(expect.arrayContaining(['control-lane-2.key', 'evidence.key']))
    const serve = (KEYS_PASSPHRASE_FILE: string) =>
      runCommand(['serve'], {
        ...world.environment,
        EXCHANGE_PORT: '0',
        OFFICE_PORT: '0',
        OPS_PORT: '0',
        KEYS_PASSPHRASE_FILE,
      })
    const wrong = await serve(passphrase('wrong', 'YW5vdGhlciBwYXNzcGhyYXNlCg\n'))
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('lienthong: KEYS_PASSPHRASE_FILE: its passphr'),
    ])
    const doctor = await world.command('doctor')
    expect(doctor.stdout).toMatch(/✓ key for answers: current, ES256 in answers-2.key/)
    expect(doctor.stdout + JSON.stringify(await listed())).not.toContain('c3VjaCBh')
    await world.restart()
    expect((await signedAnswer()).answer.status).toBe(200)
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
  })

  it('whoever stole the old key cannot go on with the log behind the hand-over', async () => {
    await world.gateway.stop()
    const stolen = createPrivateKey(readFileSync(join(world.directory, 'old-control.key')))
    const forged: FreshDatabase = await copyOf(world.database)
    await appendToControl(forged.adminUrl, bytes => sign(null, bytes, stolen))
    const { code, stdout } = await runCommand(['audit', 'verify', '--json'], {
      ...world.environment,
      DATABASE_URL: forged.runtimeUrl,
      // Its own kept heads are out of the way: the hand-over alone has to tell.
      DATA_DIR: join(world.directory, 'elsewhere'),
      KEYS_DIR: join(world.directory, 'var/keys'),
    })
    await forged.drop()
    expect(code).toBe(1)
    const { findings } = JSON.parse(stdout) as { findings: { lane: string; kind: string }[] }
    expect(findings).toContainEqual(expect.objectContaining({ lane: 'control', kind: 'unsigned-head' }))
    await world.restart()
  })

  /** Adds a record to the control lane as a superuser with a key could: tree, head row and checkpoint made new. */
  async function appendToControl(adminUrl: string, signWith: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    const control = (await readLog(adminUrl)).filter(({ lane }) => lane === 'control')
    const leaf = Buffer.from(control.at(-1)?.leaf.toString('utf8').replace('"detail":"', '"detail":"forged ') ?? '')
    const { frontier } = Frontier.EMPTY.append([...control.map(record => hashLeaf(record.leaf)), hashLeaf(leaf)])
    const key = createPrivateKey(readFileSync(join(world.directory, 'old-control.key')))
    const signer = { ...ed25519Signer('lienthong/control', key), sign: signWith }
    const checkpoint = makeCheckpoint(CONTROL_LANE, frontier.size, frontier.root, signer)
    await query(adminUrl, async client => {
      await client.query(
        "INSERT INTO record SELECT lane, index + 1, day, $1 FROM record WHERE lane = (SELECT id FROM lane WHERE name = 'control') ORDER BY index DESC LIMIT 1",
        [leaf],
      )
      await client.query("UPDATE lane SET size = $1, root = $2, checkpoint = $3 WHERE name = 'control'", [
        frontier.size,
        frontier.root,
        checkpoint,
      ])
    })
  }
})
