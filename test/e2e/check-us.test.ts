import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { must } from '../../gateway/domain/result.ts'
import { parseCheckpoint } from '../../gateway/log/checkpoint.ts'
import { query } from '../support/ledger/read-log.ts'
import { AuditorsDesk, keyFor } from '../support/outside/auditors-desk.ts'
import { startTimeAuthority, type TimeAuthority } from '../support/outside/time-authority.ts'
import { fetchBytes } from '../support/packs/fetch-bytes.ts'
import { eventually } from '../support/refusals/scene.ts'
import { startWitness, type WitnessProcess } from '../support/witness/witness-process.ts'
import type { ConfigurationFiles } from '../support/world/configuration-directory.ts'
import { runCommand } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

const WITNESS = 'witness.g99-40.example'
const LOGIN = { name: `auditor_${process.pid}`, password: 'of-the-auditor' }
const CALL = { path: '/exchange/G99.10/categories/v1/provinces', headers: { 'exchange-purpose': 'reference-data' } }

interface Fence {
  readonly info: string
  readonly text: string
}
const PAGE = readFileSync(join(import.meta.dirname, '../../docs/check-us.md'), 'utf8')
const fences: readonly Fence[] = [...PAGE.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(
  ([, info = '', text = '']) => ({ info, text }),
)
/** The page's own commands, by words that only they hold. */
const snippet = (...words: string[]): string =>
  fences.find(({ info, text }) => info === 'bash snippet' && words.every(word => text.includes(word)))?.text ?? ''

let world: World
let witness: WitnessProcess
let authority: TimeAuthority
let desk: AuditorsDesk

beforeAll(async () => {
  world = await startWorld({ configure: withOutsiders })
  await asAdmin(`CREATE ROLE ${LOGIN.name} LOGIN PASSWORD '${LOGIN.password}' IN ROLE lienthong_auditor`)
  desk = new AuditorsDesk({ world, witness, timeRoot: authority.root, login: LOGIN })
}, 120_000)
afterAll(async () => {
  await witness?.stop()
  await authority?.stop()
  await world?.close()
  await asAdmin(`DROP ROLE IF EXISTS ${LOGIN.name}`)
})

/** A witness and a time stamping authority, processes of their own, as the configuration names them. */
async function withOutsiders(files: ConfigurationFiles, certsDir: string): Promise<void> {
  const directory = dirname(certsDir)
  const data = join(directory, 'var')
  await good(runCommand(['keys', 'make'], { DATA_DIR: data, CERTS_DIR: certsDir }))
  const tls = { cert: join(certsDir, 'gateway.crt'), key: join(certsDir, 'gateway.key') }
  witness = await startWitness({ directory: join(directory, 'witness'), name: WITNESS, tls })
  await good(witness.command('trust', (await keyFor('control-lane', data, certsDir)).vkey))
  authority = await startTimeAuthority(join(directory, 'time'))
  copyFileSync(authority.root, join(certsDir, 'time-root.crt'))
  files.set(
    'witnesses/all.yaml',
    `name: ${WITNESS}
title: { en: A witness, vi: Bên chứng kiến }
url: ${witness.url}
verifierKey: ${witness.verifierKey}
outside: true
`,
  )
  files.set(
    'time-authorities/all.yaml',
    `name: national
title: { en: National, vi: Quốc gia }
url: ${authority.url}
certificates: [time-root.crt]
`,
  )
  files.set('settings/stamps.yaml', '{ id: timestamping, every: PT2S, alertAfter: PT1M }\n')
  files.set('settings/witnesses.yaml', '{ id: witnessing, required: 1 }\n')
}

/** `…` stands for anything. */
const pattern = (prints: string): RegExp =>
  new RegExp(
    prints
      .trim()
      .split('…')
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
    's',
  )

async function follow({ info, text }: Fence, next: Fence | undefined): Promise<void> {
  const file = /^sh file=(\S+)$/.exec(info)?.[1]
  if (file !== undefined) return desk.write(file, text)
  if (info !== 'bash snippet') return
  if (text.includes('/pack"')) await untilWitnessedAndStamped()
  const { code, stdout, stderr } = await desk.run(text)
  if (code !== 0 || stderr.includes('could not be asked'))
    throw new Error(`${text}\nended with ${code}\n${stdout}${stderr}`)
  if (next?.info === 'text') expect(stdout).toMatch(pattern(next.text))
  else expect([text, stdout]).toEqual([text, ''])
}

/** "Once they have come", as the page says: both have spoken of a control lane that names the party's exchange. */
async function untilWitnessedAndStamped(): Promise<void> {
  const exchange = /^exchange-id: (\S+)/im.exec(desk.read('answer.txt'))?.[1] ?? ''
  // Answered once the control lane names it.
  expect((await fetchBytes(world, 'G99.21.records', `/exchanges/${exchange}/pack`)).status).toBe(200)
  await query(world.database.adminUrl, async client => {
    const { rows } = await client.query<{ size: number }>("SELECT size::int FROM lane WHERE name = 'control'")
    const spoken =
      'SELECT (SELECT max(size) FROM cosignature) >= $1 AND (SELECT max(size) FROM timestamp) >= $1 AS both'
    await eventually(
      async () => (await client.query<{ both: boolean | null }>(spoken, [rows[0]?.size])).rows[0]?.both,
      both => both === true,
      30_000,
    )
  })
}

it('docs/check-us.md works as written, each command of it', async () => {
  for (const [n, fence] of fences.entries()) await follow(fence, fences[n + 1])
  // No command stands there that was not run.
  const known = ['sh file=desk.env', 'bash snippet', 'text']
  expect(fences.filter(({ info }) => !known.includes(info))).toEqual([])
  expect(fences.filter(({ info }) => info === 'bash snippet').length).toBeGreaterThan(15)
}, 120_000)

const SPOIL_ALL =
  "cp -r log-copy spoilt-all; grep -rl G99.21 spoilt-all/*/tile/entries | LC_ALL=C xargs sed -i 's/G99.21/G99.22/g'\n"

it.each([
  [
    'the fingerprint of another key',
    () => snippet('control-lane.pem', 'sha256sum').replace('test ', 'fingerprint="00 $fingerprint"; test '),
    /^$/,
  ],
  [
    'a word that another than the witness gave',
    () => snippet('pkeyutl').replace('der "$witness"', 'der "$control"'),
    /Signature Verification Failure/,
  ],
  ['a genesis that is not on paper', () => snippet('grep -aroh').replace('$(plain', 'f$(plain'), /^$/],
  [
    "a witness's word on another log, to Go",
    () => `sed '3s/^./-/' note.txt > other.txt\n${snippet('-earlier note.txt').replace('note.txt', 'other.txt')}`,
    /earlier: invalid signature/,
  ],
  [
    'a spoilt copy, to Go',
    () => SPOIL_ALL + snippet('receipt.txt', '-entry').replace('-dir "log-copy/', '-dir "spoilt-all/'),
    /the entry is not the record/,
  ],
  [
    'another key for packs than the one on paper',
    () => `rm -r pack\n${snippet('openssl cms').replace('test ', 'packs="00 $packs"; test ')}`,
    /Time stamp: .*\n$/,
  ],
  [
    'another answer than the one that crossed',
    () => `echo >> answer.json\n${snippet('--payload')}`,
    /WRONG {2}payload/,
  ],
  [
    'a database that begins with another genesis',
    () =>
      snippet('genesis pin')
        .replace('DATA_DIR=$PWD/auditor', 'DATA_DIR=$PWD/other')
        .replace('pin "$genesis"', 'pin "$(plain "$genesis" | tr 0-9a-f 1-9a-f0)"')
        .replace('in-force', 'other-in-force'),
    /revision 0 does not verify \(genesis-not-pinned\)/,
  ],
])('shows %s', async (_what, spoilt, says) => {
  const { code, stdout, stderr } = await desk.run(spoilt())
  expect([code === 0, stdout + stderr]).toEqual([false, expect.stringMatching(says)])
})

it('says which witness could not be asked', async () => {
  await witness.stop()
  const { code, stderr } = await desk.run(snippet('--ask-witnesses'))
  expect([code, stderr]).toEqual([0, expect.stringContaining(`could not be asked: ${WITNESS}: `)])
})

it('names a rollback next month, and the copy stays good', async () => {
  const receipt = desk.read('receipt.txt')
  const { origin, size, root } = must(parseCheckpoint(receipt))
  const lane = origin.replace('lienthong/', '')
  const before = desk.read(`log-copy/${lane}/checkpoint`)
  expect((await world.client('G99.21.records').call(CALL)).status).toBe(200)
  const nextMonth = snippet('last-time.txt', '--out log-copy\n')
  expect(await desk.run(nextMonth)).toMatchObject({ code: 0 })
  expect(desk.read(`log-copy/${lane}/checkpoint`)).not.toBe(before)

  // A database superuser puts back the head that the party's receipt holds: it was truly signed once.
  await query(world.database.adminUrl, client =>
    client.query('UPDATE lane SET size = $1, root = $2, checkpoint = $3 WHERE name = $4', [size, root, receipt, lane]),
  )
  const { code, stdout } = await desk.run(nextMonth)
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^WRONG .* head-behind-kept: /m)])
  expect(existsSync(desk.at(`log-copy/${lane}/conflicts`))).toBe(true)
  expect(await desk.run(snippet('audit receipt'))).toMatchObject({ code: 0 })
})

async function asAdmin(statement: string): Promise<void> {
  const client = new Client({ connectionString: process.env.TEST_DATABASE_ADMIN_URL ?? '' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function good(result: Promise<{ code: number; stderr: string }>): Promise<void> {
  const { code, stderr } = await result
  if (code !== 0) throw new Error(stderr)
}
