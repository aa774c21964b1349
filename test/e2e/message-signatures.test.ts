import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, hkdfSync, verify, createDecipheriv, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigner, httpbis } from 'http-message-signatures'
import pg from 'pg'
import { addAgreement } from '../support/refusals/additions.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { checkAnswer } from '../support/signatures/check-answer.ts'
import { demoKey } from '../support/signatures/demo-key.ts'
import { digestHeader, keyIdOf, signRequest, type ToSign } from '../support/signatures/sign-request.ts'
import { clientOf, type Answered, type Client } from '../support/world/client.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/world/gateway-process.ts'
import { json } from '../support/world/test-provider.ts'
import { startWorld, type World } from '../support/world/world.ts'

const CATEGORIES = '/exchange/G99.10/categories/v1'
const LIST = `${CATEGORIES}/provinces`
const SIGNED = { 'exchange-purpose': 'signed' }
const ed25519 = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

describe('message signatures', () => {
  let world: World
  let records: Client
  let key: KeyObject

  beforeAll(async () => {
    world = await startWorld({
      configure(files, certsDir) {
        addAgreement(files, { id: 'signed', signature: 'required' })
        for (const [name, { publicKey }] of Object.entries({ ed25519, rsa }))
          writeFileSync(join(certsDir, `more.${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }))
        const systems = files.get('systems.yaml') ?? ''
        const more = ['ed25519', 'rsa'].map(name => `    - publicKey: more.${name}.pub\n`).join('')
        files.set('systems.yaml', systems.replace(/( {4}- publicKey: G99.21.records.sign.pub\n)/, `$1${more}`))
      },
    })
    records = world.client('G99.21.records')
    key = demoKey(world)
  })
  afterAll(() => world?.close())

  const authority = (gateway: GatewayProcess = world.gateway) => `localhost:${gateway.exchangePort}`
  const list = (): ToSign => ({ target: LIST, authority: authority(), headers: SIGNED })
  const send = (headers: Record<string, string>, client = records): Promise<Answered> =>
    client.call({ path: LIST, headers })
  const outcome = ({ status, json }: Answered) => [status, json?.code]
  /** The key that an answer names, as the gateway publishes it. */
  const answersKey = async ({ headers }: Answered): Promise<KeyObject> => {
    const [, keyId] = /;keyid="([0-9a-f]+)"/.exec(String(headers['signature-input'])) ?? []
    const { json: set } = await records.call({ path: '/.well-known/jwks.json' })
    const jwk = (set?.keys as Record<string, string>[]).find(({ kid }) => kid === keyId)
    if (!jwk) throw new Error(`no key ${keyId} is published`)
    return createPublicKey({ key: jwk, format: 'jwk' })
  }

  it.each([
    ['ES256', () => key],
    ['Ed25519', () => ed25519.privateKey],
    ['PS256', () => rsa.privateKey],
  ])('%s: taken, and the answer is signed over the request', async (alg, keyOf) => {
    const headers = signRequest(list(), { key: keyOf() })
    const answered = await send(headers)
    expect(outcome(answered)).toEqual([200, undefined])
    const request = { method: 'GET', uri: `https://${authority()}${LIST}`, headers }
    expect(checkAnswer(answered, request, await answersKey(answered))?.covered).toEqual([
      ...['"@status"', '"content-digest"', '"content-type"', '"exchange-id"', '"exchange-receipt"'],
      ...['"@method";req', '"@target-uri";req', '"signature";req;key="sig1"'],
    ])
    const log = await readLog(world.database.adminUrl)
    const [record] = log.filter(({ exchange }) => exchange === answered.headers['exchange-id'])
    expect(record).toMatchObject({ kind: 'request', fields: { signature: { alg, key: keyIdOf(keyOf()) } } })
  })

  it('a body is signed by its digest, and the answer names that digest', async () => {
    const body = '{"codes":["01"]}'
    const target = `${LIST}/search`
    const headers = signRequest(
      {
        method: 'POST',
        target,
        authority: authority(),
        headers: { ...SIGNED, 'content-type': 'application/json' },
        body,
      },
      { key },
    )
    const call = { method: 'POST', path: target, headers }
    // The body is another than the digest says; then the digest too is another than was signed.
    expect(outcome(await records.call({ ...call, body: '{"codes":["02"]}' }))).toEqual([400, 'digest-mismatch'])
    const forged = { ...headers, 'content-digest': digestHeader('{"codes":["02"]}') }
    expect(outcome(await records.call({ ...call, headers: forged, body: '{"codes":["02"]}' }))).toEqual([
      401,
      'signature-invalid',
    ])
    const before = world.provider.answer
    world.provider.answer = json(200, { items: [{ code: '01', name: 'Thành phố Hà Nội' }], total: 1 })
    const answered = await records.call({ ...call, body })
    world.provider.answer = before
    expect(answered.status).toBe(200)
    const request = { method: 'POST', uri: `https://${authority()}${target}`, headers }
    expect(checkAnswer(answered, request, await answersKey(answered))?.covered).toContain('"content-digest";req')
  })

  it('the key of another system is no key', async () => {
    const before = world.provider.seen.length
    const answered = await send(signRequest(list(), { key: demoKey(world, 'G99.22.logistics') }))
    expect(outcome(answered)).toEqual([401, 'signature-invalid'])
    expect(world.provider.seen.length).toBe(before)
  })

  it('the provider sees nothing of the signature', async () => {
    await send(signRequest(list(), { key }))
    const names = Object.keys(world.provider.seen.at(-1)?.headers ?? {})
    expect(names.filter(name => name.startsWith('signature'))).toEqual([])
  })

  it('a copy is refused: at this process, at another, after a restart, and sent forty times at once', async () => {
    const headers = signRequest(list(), { key, lifetime: 300 })
    const seen = world.provider.seen.length
    expect(outcome(await send(headers))).toEqual([200, undefined])
    expect(outcome(await send(headers))).toEqual([401, 'signature-replayed'])

    const second = await startGatewayProcess({
      ...world.environment,
      GATEWAY_ID: 'gateway-2',
      DATA_DIR: join(world.directory, 'var-2'),
      KEYS_DIR: join(world.directory, 'var/keys'),
    })
    const elsewhere = clientOf(world.certsDir, () => second.exchangePort, 'G99.21.records')
    const host = { host: authority() }
    expect(outcome(await send({ ...headers, ...host }, elsewhere))).toEqual([401, 'signature-replayed'])
    // Both at once: one of all copies crosses, wherever it came in.
    const racing = { ...signRequest(list(), { key }), ...host }
    const raced = await Promise.all(
      Array.from({ length: 40 }, (_, n) => send(racing, n % 2 === 0 ? records : elsewhere)),
    )
    expect(raced.filter(({ status }) => status === 200).length).toBe(1)
    expect(new Set(raced.filter(({ status }) => status !== 200).map(({ json }) => json?.code))).toEqual(
      new Set(['signature-replayed']),
    )
    elsewhere.close()
    await second.stop()

    await world.gateway.kill()
    await world.restart()
    expect(outcome(await send({ ...headers, ...host }, world.client('G99.21.records')))).toEqual([
      401,
      'signature-replayed',
    ])
    expect(world.provider.seen.length - seen).toBe(2)
    records = world.client('G99.21.records')
  }, 120_000)

  it('where the nonce cannot be written nothing crosses; unsigned requests go on; then all is as before', async () => {
    const headers = signRequest(list(), { key })
    const database = new pg.Client({ connectionString: world.database.adminUrl })
    await database.connect()
    await database.query('BEGIN')
    await database.query('LOCK TABLE nonce IN ACCESS EXCLUSIVE MODE')
    const seen = world.provider.seen.length
    const held = send(headers)
    const unsigned = await records.call({ path: LIST, headers: { 'exchange-purpose': 'reference-data' } })
    expect(unsigned.status).toBe(200)
    expect(outcome(await held)).toEqual([503, 'audit-unavailable'])
    expect(world.provider.seen.length - seen).toBe(1)
    await database.query('ROLLBACK')
    await database.end()
    expect(outcome(await send(signRequest(list(), { key })))).toEqual([200, undefined])
  }, 60_000)

  it('the npm package http-message-signatures signs requests that are taken, and checks answers', async () => {
    const fields = ['@method', '@target-uri', 'exchange-purpose']
    const url = `https://${authority()}${LIST}`
    const signer = createSigner(
      key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'ecdsa-p256-sha256',
      keyIdOf(key),
    )
    const request = await httpbis.signMessage(
      {
        key: signer,
        fields,
        params: ['created', 'expires', 'nonce', 'keyid', 'alg'],
        paramValues: { nonce: crypto.randomUUID() },
      },
      { method: 'GET', url, headers: { ...SIGNED } },
    )
    const answered = await send(request.headers)
    expect(outcome(answered)).toEqual([200, undefined])
    const verified = await httpbis.verifyMessage(
      {
        keyLookup: async () => ({
          verify: async (data, signature) => {
            return verify('sha256', data, { key: await answersKey(answered), dsaEncoding: 'ieee-p1363' }, signature)
          },
        }),
        requiredFields: ['@status', 'content-digest', 'signature'],
      },
      { status: answered.status, headers: answered.headers as Record<string, string> },
      request,
    )
    expect(verified).toBe(true)
  })

  it('non-repudiation: with k from /exchanges, openssl and the registered key alone show who signed what', async () => {
    const answered = await send(signRequest(list(), { key }))
    const id = String(answered.headers['exchange-id'])
    const shown = (await records.call({ path: `/exchanges/${id}` })).json as {
      commitmentKeys: { request: string }
      records: { leaf: string }[]
    }
    const [leaf] = shown.records.map(
      record =>
        JSON.parse(Buffer.from(record.leaf, 'base64').toString()) as { signature: { sealed: string; key: string } },
    )
    // docs/message-signatures.md, "What is kept".
    const k = Buffer.from(shown.commitmentKeys.request, 'hex')
    const sealed = Buffer.from(leaf?.signature.sealed ?? '', 'base64')
    const cipher = createDecipheriv(
      'aes-256-gcm',
      Buffer.from(hkdfSync('sha256', k, '', 'signature base', 32)),
      Buffer.alloc(12),
    )
    cipher.setAuthTag(sealed.subarray(-16))
    const opened = JSON.parse(Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]).toString()) as {
      base: string
      signature: string
    }
    expect(opened.base).toContain(`"@target-uri": https://${authority()}${LIST}\n"exchange-purpose": signed\n`)
    const directory = world.directory
    writeFileSync(join(directory, 'base'), opened.base)
    writeFileSync(join(directory, 'signature.der'), derOf(Buffer.from(opened.signature, 'base64')))
    const words = ['dgst', '-sha256', '-verify', join(world.certsDir, 'G99.21.records.sign.pub'), '-signature']
    const verified = execFileSync('openssl', [...words, join(directory, 'signature.der'), join(directory, 'base')])
    expect(verified.toString()).toContain('Verified OK')
  })

  it('leaves a log that verifies', async () => {
    expect(await world.verify()).toMatchObject({ code: 0, good: true, findings: [] })
  })
})

/** r and s (IEEE P1363) as openssl takes them: DER (RFC 3279 section 2.2.3). */
function derOf(signature: Buffer): Buffer {
  const integers = [signature.subarray(0, 32), signature.subarray(32)].map(bytes => {
    const start = bytes.findIndex(byte => byte !== 0)
    const plain = bytes.subarray(start)
    const value = (plain[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), plain]) : plain
    return Buffer.concat([Buffer.from([0x02, value.length]), value])
  })
  const body = Buffer.concat(integers)
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}
