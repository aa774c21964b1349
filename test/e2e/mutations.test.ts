import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createPublicKey, generateKeyPairSync, type KeyObject, randomInt } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { CONTROL_LANE, type LaneName } from '../../gateway/domain/gateway-id.ts'
import { must } from '../../gateway/domain/result.ts'
import { KeptHeads } from '../../gateway/edge/keys/kept-heads.ts'
import { CopyDirectory } from '../../gateway/edge/log-copy/copy-directory.ts'
import { openLogReader } from '../../gateway/edge/postgres/log-reader.ts'
import { openZip } from '../../gateway/edge/zip/read-zip.ts'
import { makeCheckpoint, originOf, parseCheckpoint, verifyCheckpoint } from '../../gateway/log/checkpoint.ts'
import { formatCosignerKey, makeCosignature, parseCosignerKey } from '../../gateway/log/cosignature.ts'
import { publicKeyOf } from '../../gateway/log/note-key.ts'
import { ed25519Signer, parseNote } from '../../gateway/log/signed-note.ts'
import { parseAnchor } from '../../gateway/review/mirror/anchor.ts'
import { verifyCopy } from '../../gateway/review/mirror/verify-copy.ts'
import type { PackFile } from '../../gateway/review/pack/ports.ts'
import { verifyPack } from '../../gateway/review/pack/verify-pack.ts'
import { type LogFinding, verifyLog } from '../../gateway/review/verify-log.ts'
import { readWitnessWords, type WitnessedHead } from '../../gateway/review/witness-words.ts'
import { copyOf, type FreshDatabase } from '../support/database.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { type Dice, diceOf, mutateBytes, mutatePack } from '../support/mutations/mutate-pack.ts'
import { MutableStore } from '../support/mutations/mutate-store.ts'
import { runCommand } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

/** `npm run test:mutations` does 6,000. MUTATION_SEED repeats the choices of a run. */
const MUTATIONS = Number(process.env.MUTATIONS ?? 300)
const SEED = Number(process.env.MUTATION_SEED ?? (process.env.MUTATIONS === undefined ? 1 : randomInt(1, 2 ** 31)))
const share = (part: number): number => Math.max(10, Math.round(MUTATIONS * part))
const LIMIT = 60_000 + MUTATIONS * 500
/** More than one tile of records. */
const EXCHANGES = 140

const LIST = { path: '/exchange/G99.10/categories/v1/provinces', headers: { 'exchange-purpose': 'reference-data' } }

let world: World
let database: FreshDatabase
let kept: ReadonlyMap<LaneName, string>
let controlKey: KeyObject
/** Checkpoints that the lanes signed on their way. */
const older = new Map<LaneName, string[]>()
/** Those of a moment at which only the first gateway had run. */
let atFirst: ReadonlyMap<LaneName, string>
let copyPath: string
let packPath: string

beforeAll(async () => {
  process.stdout.write(`mutations: MUTATIONS=${MUTATIONS} MUTATION_SEED=${SEED}\n`)
  world = await startWorld()
  const exchange = await traffic(EXCHANGES)
  await keepHeads()
  atFirst = new Map([...older].map(([lane, [note = '']]) => [lane, note]))
  await world.gateway.kill()
  // A second lane, and a first one that was sealed for its dead process.
  await world.restart()
  await traffic(20)
  await until(async () => everyHeadIsNamed(world.database))
  await keepHeads()

  copyPath = join(world.directory, 'copy')
  const { officePort } = world.gateway
  const officer = join(world.certsDir, 'officer.auditor-1')
  const key = publicKeyFile()
  const fetched = await world.command(
    ...['audit', 'fetch', '--from', `https://localhost:${officePort}`, '--out', copyPath, '--key', key],
    ...['--cert', `${officer}.crt`, '--cert-key', `${officer}.key`, '--ca', join(world.certsDir, 'ca.crt')],
  )
  expect([fetched.code, fetched.stderr]).toEqual([0, expect.any(String)])
  packPath = join(world.directory, 'one.asice')
  const exported = await world.command('audit', 'export', '--exchange', exchange, '--out', packPath)
  expect([exported.code, exported.stderr]).toEqual([0, expect.any(String)])
  await world.gateway.kill()

  const heads = new KeptHeads(join(world.directory, 'var/heads'))
  kept = new Map(heads.lanes().map(lane => [lane, heads.read(lane) ?? '']))
  controlKey = createPublicKey(readFileSync(join(world.directory, 'var/keys/control-lane.key'), 'utf8'))
  database = await copyOf(world.database)
}, 180_000)
afterAll(async () => {
  await database?.drop()
  await world?.close()
}, 60_000)

/** Resolves to the id of the last exchange. */
async function traffic(count: number): Promise<string> {
  const client = world.client('G99.21.records', { connections: 4 })
  let exchange = ''
  for (let n = 0; n < count; n++) {
    const { status, headers } = await client.call(LIST)
    expect(status).toBe(200)
    exchange = String(headers['exchange-id'])
  }
  return exchange
}

async function keepHeads(): Promise<void> {
  const heads = new KeptHeads(join(world.directory, 'var/heads'))
  for (const lane of heads.lanes()) {
    const note = heads.read(lane)
    if (note !== null) older.set(lane, [...(older.get(lane) ?? []), note])
  }
}

function publicKeyFile(): string {
  const file = join(world.directory, 'control-lane.pem')
  const key = createPublicKey(readFileSync(join(world.directory, 'var/keys/control-lane.key'), 'utf8'))
  writeFileSync(file, key.export({ type: 'spki', format: 'pem' }))
  return file
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600 && !(await what()); attempt++) await sleep(50)
  expect(await what()).toBe(true)
}

async function everyHeadIsNamed(in_: FreshDatabase): Promise<boolean> {
  const log = await readLog(in_.adminUrl)
  const named = log.flatMap(({ kind, fields }) =>
    kind === 'heads' ? (fields.heads as { size: number }[]).map(({ size }) => size) : [],
  )
  return named.includes(40)
}

async function findingsIn(witnessed: readonly WitnessedHead[] = [], heads = kept): Promise<readonly LogFinding[]> {
  const reader = await openLogReader(database.runtimeUrl)
  try {
    const findings: LogFinding[] = []
    for await (const finding of verifyLog({ reader, controlKey, kept: heads, witnessed })) findings.push(finding)
    return findings
  } finally {
    await reader.close()
  }
}

const seeded = (part: number): Dice => diceOf((SEED * 2_654_435_761 + part) >>> 0)

describe(`${MUTATIONS} mutations, each of which is found`, () => {
  it('the unmutated pass', async () => {
    expect(await findingsIn()).toEqual([])
    expect(await wrongInCopy()).toEqual([])
    expect(await isGoodPack(packPath)).toBe(true)
  })

  it(
    'database rows',
    async () => {
      const store = await MutableStore.open(database.adminUrl, older)
      const dice = seeded(1)
      const unfound: string[] = []
      try {
        for (let n = 0; n < share(0.25); n++) {
          const what = await store.mutate(dice)
          if ((await findingsIn()).length === 0) unfound.push(`${n}: ${what}`)
          await store.restore()
        }
        expect(unfound).toEqual([])
        expect(await findingsIn()).toEqual([])
      } finally {
        await store.close()
      }
    },
    LIMIT,
  )

  it(
    'tiles, entries, checkpoints and keys of a copy',
    async () => {
      const dice = seeded(2)
      const unfound: string[] = []
      const files = readdirSync(copyPath, { recursive: true, withFileTypes: true })
        // The pinned key is only what the copy was begun under: here the key comes from outside.
        .filter(entry => entry.isFile() && entry.name !== 'key')
        .map(entry => join(entry.parentPath, entry.name))
      for (let n = 0; n < share(0.25); n++) {
        const file = files[dice(files.length)] as string
        const bytes = readFileSync(file)
        const { what, mutated } = mutateBytes(bytes, dice)
        // The same statement in another spelling is no lie: JSON may be spaced as one likes.
        if (file.endsWith('.json') && sameJson(bytes, mutated)) continue
        writeFileSync(file, mutated)
        if ((await wrongInCopy()).length === 0) unfound.push(`${n}: ${what} of ${file.slice(copyPath.length)}`)
        writeFileSync(file, bytes)
      }
      expect(unfound).toEqual([])
      expect(await wrongInCopy()).toEqual([])
    },
    LIMIT,
  )

  it(
    'checkpoints',
    async () => {
      const dice = seeded(3)
      const notes = [...older].flatMap(([lane, all]) => all.map(note => ({ lane, note })))
      const unfound: string[] = []
      const keys = await laneKeys()
      for (let n = 0; n < share(0.25); n++) {
        const { lane, note } = notes[dice(notes.length)] as (typeof notes)[number]
        const key = keys.get(lane) as KeyObject
        expect(verifyCheckpoint(note, lane, key).ok).toBe(true)
        const { what, mutated } = mutateNote(note, lane, notes, dice)
        const read = verifyCheckpoint(mutated, lane, key)
        if (read.ok) unfound.push(`${n}: ${what} of ${lane}`)
      }
      expect(unfound).toEqual([])
    },
    LIMIT,
  )

  it(
    'packs',
    async () => {
      const dice = seeded(4)
      const pack = readFileSync(packPath)
      const files = await filesOf(packPath)
      const file = join(world.directory, 'mutated.asice')
      const unfound: string[] = []
      for (let n = 0; n < share(0.25); n++) {
        const { what, mutated } = await mutatePack(pack, files, dice)
        writeFileSync(file, mutated)
        if (await isGoodPack(file)) unfound.push(`${n}: ${what}`)
      }
      expect(unfound).toEqual([])
    },
    LIMIT,
  )

  it(
    'what needs a witness: the whole machine put back, and another history signed with its key',
    async () => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519')
      const name = 'witness.example'
      const verifier = must(parseCosignerKey(formatCosignerKey(name, publicKey)))
      const cosigned = (note: string): string => {
        const text = must(parseNote(note)).text
        return `${note}${makeCosignature(text, Math.floor(Date.now() / 1000), name, privateKey)}`
      }
      const newest = kept.get(CONTROL_LANE) ?? ''
      const said = readWitnessWords([{ note: cosigned(newest), where: 'the witness', witness: null }], [verifier])
      expect(said.findings).toEqual([])
      expect(await findingsIn(said.heads)).toEqual([])
      expect(await wrongInCopy(said.heads)).toEqual([])
      const [head] = said.heads
      const other = { ...(head as WitnessedHead), root: Buffer.alloc(32, 1), size: 5 }
      expect(await wrongInCopy([other])).toContain('fork-of-named')
      const elsewhere = { ...world.environment, DATA_DIR: join(world.directory, 'nothing-pinned') }
      const asked = await runCommand(
        ['audit', 'verify', '--ask-witnesses', '--key', join(world.directory, 'control-lane.pem')],
        elsewhere,
      )
      expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('genesis pin')])

      const store = await MutableStore.open(database.adminUrl, older)
      try {
        // Yesterday's database, and yesterday's files with it.
        const before = atFirst.get(CONTROL_LANE) ?? ''
        await store.putBack(atFirst)
        expect(must(parseCheckpoint(before)).size).toBeLessThan(must(parseCheckpoint(newest)).size)
        expect(await findingsIn([], atFirst)).toEqual([])
        expect((await findingsIn(said.heads, atFirst)).map(({ kind }) => kind)).toContain('head-behind-named')
        await store.restore()

        const key = readFileSync(join(world.directory, 'var/keys/control-lane.key'), 'utf8')
        const forged = await store.forgeControl(key)
        const shown = new Map([...kept, [CONTROL_LANE, forged]])
        expect(await findingsIn([], shown)).toEqual([])
        expect((await findingsIn(said.heads, shown)).map(({ kind }) => kind)).toContain('fork-of-named')
      } finally {
        await store.restore()
        await store.close()
      }
    },
    LIMIT,
  )
})

async function wrongInCopy(witnessed: readonly WitnessedHead[] = []): Promise<readonly string[]> {
  const copy = new CopyDirectory(copyPath)
  const anchor = parseAnchor(readFileSync(join(world.directory, 'control-lane.pem'), 'utf8'))
  try {
    const walk = verifyCopy({ copy, anchor: must(anchor), witnessed, progress: () => undefined })
    const found: string[] = []
    let next = await walk.next()
    for (; !next.done; next = await walk.next()) found.push(next.value.kind)
    return next.value.ok ? found : [...found, next.value.error]
  } catch (thrown) {
    return [String(thrown)]
  }
}

async function isGoodPack(path: string): Promise<boolean> {
  const source = await openZip(path)
  if (!source.ok) return false
  try {
    const anchor = parseAnchor(readFileSync(join(world.directory, 'control-lane.pem'), 'utf8'))
    const { good } = await verifyPack({ source: source.value, controlKey: must(anchor) })
    return good
  } finally {
    await source.value.close()
  }
}

async function filesOf(path: string): Promise<readonly PackFile[]> {
  const source = must(await openZip(path))
  try {
    const files: PackFile[] = []
    for (const name of source.names) files.push({ name, bytes: must(await source.read(name)) })
    return files
  } finally {
    await source.close()
  }
}

/** The key under which each lane's checkpoints verify: those that the control lane endorsed, as the database had them. */
async function laneKeys(): Promise<ReadonlyMap<LaneName, KeyObject>> {
  const reader = await openLogReader(database.runtimeUrl)
  try {
    const lanes = await reader.lanes()
    return new Map(
      lanes.map(({ name, publicKey }) => [name, name === CONTROL_LANE ? controlKey : publicKeyOf(publicKey)]),
    )
  } finally {
    await reader.close()
  }
}

/** A checkpoint edited, cut, signed with another key, or that of another lane. */
function mutateNote(
  note: string,
  lane: LaneName,
  notes: readonly { readonly lane: LaneName; readonly note: string }[],
  dice: Dice,
): { readonly what: string; readonly mutated: string | Uint8Array } {
  const way = dice(5)
  const others = notes.filter(each => each.lane !== lane)
  const other = others[dice(others.length)]
  if (way === 0 && other) return { what: 'of another lane', mutated: other.note }
  const { size, root } = must(parseCheckpoint(note))
  if (way === 1) {
    const thief = ed25519Signer(originOf(lane), generateKeyPairSync('ed25519').privateKey)
    return { what: 'signed with another key', mutated: makeCheckpoint(lane, size + dice(3), root, thief) }
  }
  if (way === 2 && other) {
    const [, signature = ''] = other.note.split('\n\n')
    return { what: 'under the signature of another', mutated: `${note.split('\n\n')[0]}\n\n${signature}` }
  }
  return mutateBytes(Buffer.from(note), dice)
}

function sameJson(a: Uint8Array, b: Uint8Array): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(Buffer.from(a).toString()), JSON.parse(Buffer.from(b).toString()))
  } catch {
    return false
  }
}
