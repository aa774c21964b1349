/** `npm run bench:signatures`: what checking a message signature costs, and signing an answer. */
import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { MessageAlgorithm } from '../gateway/configuration/objects.ts'
import { bindingOf } from '../gateway/domain/binding.ts'
import { type Digest, digestOf } from '../gateway/domain/digest.ts'
import { instantOfMillis } from '../gateway/domain/instant.ts'
import { must } from '../gateway/domain/result.ts'
import { parseSystemId } from '../gateway/domain/system-id.ts'
import { openDatabase } from '../gateway/edge/postgres/database.ts'
import { startEmbedded } from '../gateway/edge/postgres/embedded/start.ts'
import { migrate } from '../gateway/edge/postgres/migrations/migrate.ts'
import { PostgresNonces } from '../gateway/edge/postgres/nonces.ts'
import { checkMessageSignature } from '../gateway/identity/message-signature/check-message-signature.ts'
import { requestMessage } from '../gateway/identity/message-signature/request-values.ts'
import { signAnswer } from '../gateway/identity/message-signature/sign-answer.ts'
import { verifyBytes } from '../gateway/identity/message-signature/verify-bytes.ts'
import { sealSignature } from '../gateway/record/seal-signature.ts'
import { signRequest } from '../test/support/signatures/sign-request.ts'
import { round, table } from './print.ts'

const ROUNDS = 2_000
const CLAIMS = 20_000
const CALLERS = 64
const SECOND = 1_764_000_000

/** Microseconds of one call, the median of five runs. */
async function costOf(work: () => unknown): Promise<number> {
  const runs: number[] = []
  for (let run = 0; run < 5; run++) {
    const began = process.hrtime.bigint()
    for (let n = 0; n < ROUNDS; n++) {
      const done = work()
      if (done instanceof Promise) await done
    }
    runs.push(Number(process.hrtime.bigint() - began) / 1000 / ROUNDS)
  }
  return runs.toSorted((a, b) => a - b)[2] ?? 0
}

const consumer = must(parseSystemId('G99.21/records'))
const at = instantOfMillis(SECOND * 1000)

async function costsOf(algorithm: MessageAlgorithm, privateKey: KeyObject) {
  const publicKey = createPublicKey(privateKey)
  const id = bindingOf(publicKey.export({ type: 'spki', format: 'der' }))
  const key = { id, pem: '', algorithm, from: null, until: null, system: consumer, publicKey }
  const target = '/exchange/G99.21/case-files/v1/files?page=2'
  const headers = {
    'exchange-purpose': 'reference-data',
    'content-type': 'application/json',
    'data-classification': 'internal',
  }
  const signed = signRequest(
    { method: 'POST', target, authority: 'localhost:8443', headers, body: 'a'.repeat(1024) },
    { key: privateKey, created: SECOND },
  )
  const raw = ['Host', 'localhost:8443', 'Accept', '*/*', 'Content-Length', '1024', ...Object.entries(signed).flat()]
  const registry = { signingKey: (named: string) => (named === id ? key : null) }
  const check = () =>
    checkMessageSignature({ message: requestMessage('POST', target, raw), hasBody: true, consumer }, registry, at)
  const { base, claimed } = must(check())
  const bytes = Buffer.from(base)
  return {
    algorithm,
    check: await costOf(check),
    verify: await costOf(() => verifyBytes(algorithm, publicKey, bytes, claimed.signature)),
  }
}

async function costOfAnswer(): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = {
    use: 'answers',
    id: bindingOf(publicKey.export({ type: 'spki', format: 'der' })),
    algorithm: 'ES256',
    publicKey,
    place: 'file',
    since: at,
    sign: (data: Uint8Array) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  } as const
  const request = requestMessage('GET', '/a', ['Host', 'localhost:8443', 'Signature', 'sig1=:AAAA:'])
  const fields = new Map([
    ['content-digest', 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'],
    ['content-type', 'application/json'],
    ['exchange-id', '01936b7e-4a2c-7def-8123-456789abcdef'],
    ['exchange-receipt', 'a'.repeat(500)],
  ])
  return costOf(() => signAnswer({ status: 200, fields, request, label: 'sig1' }, key, SECOND))
}

/** Wall time of one claim with many callers at once, on an embedded PostgreSQL with fsync on. */
async function costOfNonce(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-bench-'))
  const embedded = await startEmbedded({ dataDirectory: directory })
  try {
    await migrate(embedded.adminUrl)
    const database = openDatabase(embedded.runtimeUrl, { name: 'bench' })
    const nonces = new PostgresNonces(database, thrown => console.error(thrown))
    const expires = instantOfMillis(Date.now() + 60_000)
    const began = process.hrtime.bigint()
    const caller = async (name: number): Promise<void> => {
      for (let n = 0; n < CLAIMS / CALLERS; n++) await nonces.claim(digest(name, n), expires)
    }
    await Promise.all(Array.from({ length: CALLERS }, (_, name) => caller(name)))
    const micros = Number(process.hrtime.bigint() - began) / 1000 / CLAIMS
    await nonces.close()
    await database.close()
    return micros
  } finally {
    await embedded.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
const digest = (caller: number, n: number): Digest => digestOf(`${caller} ${n}`)

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const keys = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  Ed25519: generateKeyPairSync('ed25519').privateKey,
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
} as const satisfies Record<MessageAlgorithm, KeyObject>
const checks = []
for (const [algorithm, key] of Object.entries(keys)) checks.push(await costsOf(algorithm as MessageAlgorithm, key))
const k = createSecretKey(randomBytes(32)).export()
const others = {
  seal: await costOf(() => sealSignature(k, { base: 'a'.repeat(700), signature: 'a'.repeat(88) })),
  answer: await costOfAnswer(),
  nonce: await costOfNonce(),
}
if (values.json) console.log(JSON.stringify({ checks, ...others }, null, 2))
else {
  const rows = checks.map(({ algorithm, check, verify }) => [algorithm, round(check), round(verify)])
  console.log(table(['check of a request, µs', 'all', 'of it the signature'], rows))
  console.log(
    `\nseal for the record: ${round(others.seal)} µs\nsign an answer (ES256): ${round(others.answer)} µs\n` +
      `nonce, ${CALLERS} callers at once, wall time: ${round(others.nonce)} µs`,
  )
}
