import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { must } from '../../gateway/domain/result.ts'
import { LocalStateFile } from '../../gateway/edge/local-state.ts'
import { parseCheckpoint } from '../../gateway/log/checkpoint.ts'
import { query } from '../support/ledger/read-log.ts'
import { fetchBytes } from '../support/packs/fetch-bytes.ts'
import { eventually } from '../support/refusals/scene.ts'
import { startWitness, type WitnessProcess } from '../support/witness/witness-process.ts'
import { runCommand } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMMAND = join(ROOT, 'dist/gateway/cli/main.js')
const WITNESS = 'witness.g99-40.example'
const LOGIN = `auditor_${process.pid}`
const SECRET = 'of-the-auditor'

interface Fence {
  readonly info: string
  readonly text: string
}
const fences: readonly Fence[] = [
  ...readFileSync(join(ROOT, 'docs/check-us.md'), 'utf8').matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm),
].map(([, info = '', text = '']) => ({ info, text }))

let world: World
let witness: WitnessProcess
let authority: ChildProcess
/** The auditor's own machine: nothing is on it but what the page says to bring. */
let desk: string
const at = (name: string): string => join(desk, name)

beforeAll(async () => {
  world = await startWorld({
    configure: async (files, certsDir) => {
      const directory = dirname(certsDir)
      await good(runCommand(['keys', 'make'], { DATA_DIR: join(directory, 'var'), CERTS_DIR: certsDir }))
      const tls = { cert: join(certsDir, 'gateway.crt'), key: join(certsDir, 'gateway.key') }
      witness = await startWitness({ directory: join(directory, 'witness'), name: WITNESS, tls })
      await good(witness.command('trust', (await controlKey(directory)).vkey))
      const { url, verifierKey } = witness
      files.set(
        'witnesses/all.yaml',
        `{ name: ${WITNESS}, title: { en: A witness, vi: Bên chứng kiến }, url: "${url}", verifierKey: "${verifierKey}", outside: true }\n`,
      )
      const port = await startAuthority(join(directory, 'time'))
      copyFileSync(join(directory, 'time/time-root.crt'), join(certsDir, 'time-root.crt'))
      files.set(
        'time-authorities/all.yaml',
        `{ name: national, title: { en: National, vi: Quốc gia }, url: "http://127.0.0.1:${port}/", certificates: [time-root.crt] }\n`,
      )
      files.set(
        'settings/all.yaml',
        '- { id: timestamping, every: PT2S, alertAfter: PT1M }\n- { id: witnessing, required: 1 }\n',
      )
    },
  })
  await asAdmin(`CREATE ROLE ${LOGIN} LOGIN PASSWORD '${SECRET}' IN ROLE lienthong_auditor`)
  await bring()
}, 120_000)
afterAll(async () => {
  await witness?.stop()
  await stopAuthority()
  await world?.close()
  await asAdmin(`DROP ROLE IF EXISTS ${LOGIN}`)
})

/** What stands in the page's first table. */
async function bring(): Promise<void> {
  desk = join(world.directory, 'desk')
  mkdirSync(desk)
  symlinkSync(ROOT, at('lienthong'))
  const keys = join(world.directory, 'var/keys')
  const packs = readdirSync(keys).find(name => /^packs-[0-9a-f]{16}\.crt$/.test(name)) ?? ''
  copyFileSync(join(keys, packs), at('packs.pem'))
  for (const name of ['ca.crt', 'time-root.crt', 'G99.21.records.crt', 'G99.21.records.key'])
    copyFileSync(join(world.certsDir, name), at(name))
  for (const kind of ['crt', 'key'])
    copyFileSync(join(world.certsDir, `officer.auditor-1.${kind}`), at(`auditor.${kind}`))
  const { hostname, port, pathname } = new URL(world.database.adminUrl)
  writeFileSync(at('pgpass'), `${hostname}:${port}:${pathname.slice(1)}:${LOGIN}:${SECRET}\n`, { mode: 0o600 })
}

/** The values that the page's examples stand for. */
async function onPaper(): Promise<Readonly<Record<string, string>>> {
  const { vkey, id } = await controlKey(world.directory)
  const { genesis } = new LocalStateFile(join(world.directory, 'var')).state
  return { control: vkey, fingerprint: grouped(id), genesis: grouped(genesis ?? ''), witness: witness.verifierKey }
}

const grouped = (digest: string): string => digest.toUpperCase().match(/.{4}/g)?.join(' ') ?? ''

/** The page's words, at the addresses and directories of this test. */
function here(text: string): string {
  const { host, pathname } = new URL(world.database.adminUrl)
  return text
    .replaceAll('npx lienthong', `'${process.execPath}' '${join(ROOT, 'bin/lienthong.js')}'`)
    .replaceAll('gateway.example:8443', `localhost:${world.gateway.exchangePort}`)
    .replaceAll('gateway.example:8444', `localhost:${world.gateway.officePort}`)
    .replaceAll('/srv/witness', witness.directory)
    .replaceAll('auditor_1@db.example/lienthong', `${LOGIN}@${host}${pathname}`)
}

function run(code: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const { PATH = '', HOME = '' } = process.env
  // Nothing of this installation is in the auditor's environment.
  const env = { PATH, HOME, GOCACHE: at('go-cache') }
  return new Promise(resolve =>
    execFile('bash', ['-eo', 'pipefail', '-c', here(code)], { cwd: desk, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    ),
  )
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
  if (info === 'sh file=desk.env') return writeDesk(text)
  if (info !== 'bash snippet') return
  if (text.includes('/pack"')) await untilWitnessedAndStamped()
  const { code, stdout, stderr } = await run(text)
  if (code !== 0) throw new Error(`${text}\nended with ${code}\n${stdout}${stderr}`)
  const prints = next?.info === 'text' ? next.text : ''
  if (prints === '') expect([text, stdout]).toEqual([text, ''])
  else expect(stdout).toMatch(pattern(prints))
}

async function writeDesk(text: string): Promise<void> {
  const values = { ...(await onPaper()) }
  const written = here(text).replaceAll(/^(\w+)='.*'$/gm, (line, name: string) => {
    const value = values[name]
    delete values[name]
    return value === undefined ? line : `${name}='${value}'`
  })
  expect(Object.keys(values)).toEqual([])
  writeFileSync(at('desk.env'), written)
}

/** "Once they have come", as the page says: a pack of the party's exchange holds both words. */
async function untilWitnessedAndStamped(): Promise<void> {
  const exchange = /^exchange-id: (\S+)/im.exec(readFileSync(at('answer.txt'), 'latin1'))?.[1] ?? ''
  const holds = ['control/cosigned.txt', 'control/timestamp-1.tst']
  await eventually(
    async () => (await fetchBytes(world, 'officer.auditor-1', `/api/v1/exchanges/${exchange}/pack`)).bytes,
    bytes => holds.every(name => bytes.includes(name)),
    30_000,
  )
}

it('docs/check-us.md works as written, each command of it', async () => {
  for (const [n, fence] of fences.entries()) await follow(fence, fences[n + 1])
  const known = ['sh file=desk.env', 'bash snippet', 'text']
  expect(fences.filter(({ info }) => !known.includes(info))).toEqual([])
  expect(fences.filter(({ info }) => info === 'bash snippet').length).toBeGreaterThan(14)
}, 120_000)

/** The page's own commands, by words that only they hold. */
const snippet = (...words: string[]): string =>
  fences.find(({ info, text }) => info === 'bash snippet' && words.every(word => text.includes(word)))?.text ?? ''

it.each([
  [
    'the fingerprint of another key',
    () => run(snippet('the key on paper').replace('test ', 'fingerprint="00 $fingerprint"; test ')),
  ],
  ['a word that another witness gave', () => run(snippet('pkeyutl').replace('der "$witness"', 'der "$control"'))],
  ['a genesis that is not on paper', () => run(snippet('grep -aroh').replace('$digest\\"', '0$digest\\"'))],
  [
    "a witness's word on another log, to Go",
    () => run(`sed -i.kept '3s/^./-/' note.txt\n${snippet('-earlier note.txt')}`),
  ],
  ['the spoilt copy, to Go', () => run(snippet('receipt.txt', '-entry').replace('-dir "log-copy/', '-dir "spoilt/'))],
  [
    'another answer than the one that crossed',
    () => run(`echo >> answer.json; rm pack.asice\n${snippet('--payload')}`),
  ],
])('shows %s', async (_what, spoilt) => {
  const { code, stdout } = await spoilt()
  expect([code === 0, stdout.includes('the key on paper')]).toEqual([false, false])
})

it('names a rollback next month, and keeps the copy', async () => {
  const receipt = readFileSync(at('receipt.txt'), 'utf8')
  const { origin, size, root } = must(parseCheckpoint(receipt))
  const lane = origin.replace('lienthong/', '')
  const copied = readFileSync(at(`log-copy/${lane}/checkpoint`), 'utf8')
  // Behind what the auditor saw: one more exchange before the copy is brought to date, then back to the party's receipt.
  for (let n = 0; n < 2; n++)
    await world.client('G99.21.records').call({
      path: '/exchange/G99.10/categories/v1/provinces',
      headers: { 'exchange-purpose': 'reference-data' },
    })
  const nextMonth = snippet('last-time.txt', '--out log-copy\n')
  expect(await run(nextMonth)).toMatchObject({ code: 0 })
  expect(readFileSync(at(`log-copy/${lane}/checkpoint`), 'utf8')).not.toBe(copied)
  await query(world.database.adminUrl, client =>
    client.query('UPDATE lane SET size = $1, root = $2, checkpoint = $3 WHERE name = $4', [size, root, receipt, lane]),
  )
  const { code, stdout } = await run(nextMonth)
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^WRONG .* head-behind-kept: /m)])
  expect(existsSync(at(`log-copy/${lane}/conflicts`))).toBe(true)
  expect(await run(snippet('audit receipt'))).toMatchObject({ code: 0 })
})

async function controlKey(directory: string): Promise<{ vkey: string; id: string }> {
  const { code, stdout, stderr } = await runCommand(['keys', 'list', '--json'], {
    DATA_DIR: join(directory, 'var'),
    CERTS_DIR: join(directory, 'certs'),
  })
  if (code !== 0) throw new Error(stderr)
  const { keys } = JSON.parse(stdout) as { keys: { use: string; vkey: string; id: string }[] }
  return keys.find(({ use }) => use === 'control-lane') ?? { vkey: '', id: '' }
}

async function startAuthority(directory: string): Promise<number> {
  authority = fork(COMMAND, ['pki', 'time-authority', '--dir', directory, '--port', '0'], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [{ port }] = (await once(authority, 'message')) as [{ port: number }]
  return port
}

async function stopAuthority(): Promise<void> {
  if (!authority || authority.exitCode !== null || authority.signalCode !== null) return
  const exited = once(authority, 'exit')
  authority.kill('SIGTERM')
  await exited
}

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
