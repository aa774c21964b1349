import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseCheckpoint } from '../../gateway/log/checkpoint.ts'
import { parseEntryBundle } from '../../gateway/log/entry-bundle.ts'
import { hashLeaf, subtreeRoot } from '../../gateway/log/hash.ts'
import { formatVerifierKey, parseVerifierKey } from '../../gateway/log/note-key.ts'
import { ed25519Signer, openNote, signNote } from '../../gateway/log/signed-note.ts'
import { must } from '../../gateway/domain/result.ts'
import { CopyDirectory } from '../../gateway/edge/log-copy/copy-directory.ts'
import type { LogFinding } from '../../gateway/review/log-finding.ts'
import { parseAnchor } from '../../gateway/review/mirror/anchor.ts'
import { verifyCopy } from '../../gateway/review/mirror/verify-copy.ts'
import { readReceipt } from '../../gateway/review/read-receipt.ts'
import { query, readLog } from '../support/ledger/read-log.ts'
import { getBytes, type GotBytes } from '../support/mirror/get-bytes.ts'
import { buildGoTool, type GoTool } from '../support/mirror/go-tool.ts'
import { checkPage, exampleOf } from '../support/refusals/problem-page.ts'
import { eventually } from '../support/refusals/scene.ts'
import type { Client } from '../support/world/client.ts'
import { startWorld, type World } from '../support/world/world.ts'

interface Listed {
  readonly name: string
  readonly state: string
  readonly size: number
  readonly key: string
}

const LIST = '/exchange/G99.10/categories/v1/provinces'
const PURPOSE = { 'exchange-purpose': 'reference-data' }
const PROBLEM = 'application/problem+json; charset=utf-8'

/** One lane of more than a full tile, read by systems, auditors, our own commands and Go's implementation. */
describe('the log, served', () => {
  let world: World
  let records: Client
  let go: GoTool
  let lane: Listed
  /** After a few records, before the first tile was full. */
  let early: string
  let receipt: string

  beforeAll(async () => {
    ;[go, world] = await Promise.all([buildGoTool(), startWorld()])
    records = world.client('G99.21.records')
    receipt = String((await records.call({ path: LIST, headers: PURPOSE })).headers['exchange-receipt'])
    const name = must(readReceipt(receipt)).lane
    early = (await records.call({ path: `/log/${name}/checkpoint` })).text
    await exchange(140)
    lane = (await lanes()).find(listed => listed.name === name) as Listed
  }, 90_000)
  afterAll(async () => {
    go?.remove()
    await world?.close()
  })

  async function exchange(times: number): Promise<void> {
    for (let done = 0; done < times; done += 10)
      await Promise.all(
        Array.from({ length: Math.min(10, times - done) }, () => records.call({ path: LIST, headers: PURPOSE })),
      )
  }
  const lanes = async (): Promise<readonly Listed[]> =>
    (await records.call({ path: '/log/lanes' })).json?.lanes as readonly Listed[]
  const asSystem = (path: string): Promise<GotBytes> =>
    getBytes(world.certsDir, world.gateway.exchangePort, 'G99.21.records', path)
  const asOfficer = (name: string, path: string, headers = {}): Promise<GotBytes> =>
    getBytes(world.certsDir, world.gateway.officePort, `officer.${name}`, path, headers)
  const file = (name: string): string => join(world.directory, name)
  const certificate = (name: string): readonly string[] => [
    ...['--ca', join(world.certsDir, 'ca.crt')],
    ...['--cert', join(world.certsDir, `${name}.crt`), '--cert-key', join(world.certsDir, `${name}.key`)],
  ]
  const ofSystem = (): readonly string[] => [
    ...['--from', `https://localhost:${world.gateway.exchangePort}`, ...certificate('G99.21.records')],
  ]
  const ofAuditor = (): readonly string[] => [
    ...['--from', `https://localhost:${world.gateway.officePort}`, ...certificate('officer.auditor-1')],
  ]
  const controlKeys = async (): Promise<readonly { event: string; key: string; fingerprint: string }[]> =>
    (await records.call({ path: '/log/keys' })).json?.control as never

  describe('as C2SP tlog-tiles says', () => {
    it('lists lanes with their keys, page by page', async () => {
      const all = await lanes()
      expect(all.map(({ name, state }) => [name, state])).toEqual([
        ['control', 'open'],
        [lane.name, 'open'],
      ])
      expect(lane.size).toBeGreaterThanOrEqual(282)
      expect(must(parseVerifierKey(lane.key)).name).toBe(`lienthong/${lane.name}`)
      const { json: first } = await records.call({ path: '/log/lanes?limit=1' })
      const { json: second } = await records.call({ path: `/log/lanes?limit=1&cursor=${String(first?.cursor)}` })
      expect([first?.lanes, second?.lanes].flat().map(listed => (listed as Listed).name)).toEqual([
        'control',
        lane.name,
      ])
      expect(second?.cursor).toBeNull()
    })

    it.each(['exchange', 'office'])('serves a signed checkpoint that is not kept (%s listener)', async listener => {
      const get = listener === 'office' ? (path: string) => asOfficer('operator-1', path) : asSystem
      const { status, headers, bytes } = await get(`/log/${lane.name}/checkpoint`)
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        'text/plain; charset=utf-8',
        'no-store',
      ])
      expect(openNote(bytes, [must(parseVerifierKey(lane.key))]).ok).toBe(true)
    })

    it('serves tiles for ever: full, partial of every width up to the signed size, and those above', async () => {
      const { size } = must(parseCheckpoint((await asSystem(`/log/${lane.name}/checkpoint`)).bytes))
      const full = await asSystem(`/log/${lane.name}/tile/0/000`)
      expect([full.status, full.headers['content-type'], full.headers['cache-control'], full.bytes.length]).toEqual([
        200,
        'application/octet-stream',
        'private, max-age=31536000, immutable',
        8192,
      ])
      for (const width of [1, 255])
        expect((await asSystem(`/log/${lane.name}/tile/0/000.p/${width}`)).bytes).toEqual(
          full.bytes.subarray(0, width * 32),
        )
      const above = await asSystem(`/log/${lane.name}/tile/1/000.p/1`)
      expect(above.bytes).toEqual(Buffer.from(subtreeRoot(full.bytes, 0, 256)))
      const last = await asSystem(`/log/${lane.name}/tile/0/001.p/${size - 256}`)
      expect(last.bytes.length).toBe((size - 256) * 32)
      await exchange(2)
      expect((await asSystem(`/log/${lane.name}/tile/0/000`)).bytes).toEqual(full.bytes)
      expect((await asSystem(`/log/${lane.name}/tile/0/001.p/${size - 256}`)).bytes).toEqual(last.bytes)
    })

    // C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles": one spelling each, no empty tile, nothing beyond the tree.
    it.each([
      ['a lane that is none', '/log/gateway-1.0000000000000000/checkpoint'],
      ['a name that no lane has', '/log/..%2Fcontrol/checkpoint'],
      ['a tile beyond the tree', '/log/LANE/tile/0/009'],
      ['a partial tile beyond the tree', '/log/LANE/tile/0/001.p/255'],
      ['a full tile that is not full yet', '/log/LANE/tile/0/001'],
      ['an empty tile', '/log/LANE/tile/0/000.p/0'],
      ['a partial tile as wide as a full one', '/log/LANE/tile/0/000.p/256'],
      ['a level above all', '/log/LANE/tile/9/000.p/1'],
      ['a level with a zero in front', '/log/LANE/tile/00/000'],
      ['an index without its zeroes', '/log/LANE/tile/0/0'],
      ['an index with an empty group', '/log/LANE/tile/0/x000/000'],
      ["Go's own path", '/log/LANE/tile/8/0/000'],
      ['an escaped digit', '/log/LANE/tile/0/00%30'],
      ['a slash at the end', '/log/LANE/checkpoint/'],
      ['no list of ours', '/log/everything'],
      ['a page that is none', '/log/lanes?limit=0'],
    ])('%s is not there', async (_what, path) => {
      const { status, headers } = await asSystem(path.replace('LANE', lane.name))
      expect([status, headers['content-type'], headers['exchange-problem'], headers['cache-control']]).toEqual([
        404,
        PROBLEM,
        'log-not-found',
        'no-store',
      ])
    })

    it('documents what is not there: 404 log-not-found', async () => {
      const call = { path: '/log/gateway-1.0000000000000000/checkpoint' }
      const row = { what: '', call, status: 404, code: 'log-not-found', records: [], forwarded: 'no' } as const
      checkPage('log-not-found', { what: 'A lane that is none', text: exampleOf(row, await records.call(call)) })
    })

    it('serves records to auditors alone, and records each reading', async () => {
      const path = `/log/${lane.name}/tile/entries/000`
      expect((await asSystem(path)).headers['exchange-problem']).toBe('not-permitted')
      expect((await asOfficer('operator-1', path)).headers['exchange-problem']).toBe('not-entitled')
      expect((await asOfficer('operator-1', `/log/${lane.name}/tile/0/000`)).status).toBe(200)
      const { status, headers, bytes } = await asOfficer('auditor-1', path)
      expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
      const leaves = must(parseEntryBundle(bytes))
      const { bytes: hashes } = await asSystem(`/log/${lane.name}/tile/0/000`)
      expect(Buffer.concat(leaves.map(hashLeaf))).toEqual(hashes)
      const compressed = await asOfficer('auditor-1', path, { 'accept-encoding': 'gzip' })
      expect(compressed.headers['content-encoding']).toBe('gzip')
      expect(gunzipSync(compressed.bytes)).toEqual(bytes)
      const reads = await eventually(
        async () => (await readLog(world.database.adminUrl)).filter(({ kind }) => kind === 'read'),
        found => found.length >= 2,
        20_000,
      )
      expect(reads.map(({ lane: where, fields }) => [where, fields.reader, fields.what])).toEqual([
        ['control', 'auditor-1', path],
        ['control', 'auditor-1', path],
      ])
      const refused = (await readLog(world.database.adminUrl)).filter(({ fields }) => fields.event === 'readLog')
      expect(refused.map(({ fields }) => [fields.officer, fields.outcome, fields.reason])).toEqual([
        ['operator-1', 'refused', 'not-entitled'],
      ])
    })
  })

  describe('to Go', () => {
    const verify = (name: string, vkey: string, more: readonly string[] = []) =>
      go.run([
        ...['verify', '-url', `https://localhost:${world.gateway.exchangePort}/log/${name}`, '-vkey', vkey],
        ...['-ca', join(world.certsDir, 'ca.crt'), '-cert', join(world.certsDir, 'G99.21.records.crt')],
        ...['-key', join(world.certsDir, 'G99.21.records.key'), ...more],
      ])
    const leafOf = (index: number, leaf: Uint8Array): readonly string[] => [
      ...['-index', String(index), '-leaf', Buffer.from(leaf).toString('base64')],
    ]

    it('notes: one that Go signed is opened by us, one that we signed by Go', async () => {
      const text = 'lienthong/control\n7\nroot\n'
      const theirs = JSON.parse((await go.run(['sign', '-name', 'lienthong/control'], text)).stdout) as {
        vkey: string
        note: string
      }
      expect(must(openNote(theirs.note, [must(parseVerifierKey(theirs.vkey))])).text).toBe(text)
      const signer = ed25519Signer('lienthong/control', generateKeyPairSync('ed25519').privateKey)
      const vkey = formatVerifierKey(signer.name, signer.publicKey)
      expect(await go.run(['open', '-vkey', vkey], signNote(text, [signer]))).toMatchObject({ code: 0, stdout: text })
      expect((await go.run(['open', '-vkey', theirs.vkey], signNote(text, [signer]))).code).toBe(1)
    })

    it('a receipt is proven: signature, inclusion, and consistency with an early checkpoint', async () => {
      const { index, leafHash } = must(readReceipt(receipt))
      writeFileSync(file('early'), early)
      const { code, stdout, stderr } = await verify(lane.name, lane.key, [
        ...[...leafOf(index, leafHash), '-earlier', file('early')],
      ])
      expect([code, stderr]).toEqual([0, ''])
      const proven = JSON.parse(stdout) as { size: number; inclusion: number; consistency: { from: number } }
      expect(proven.size).toBeGreaterThan(280)
      expect(proven.inclusion).toBeGreaterThan(7)
      expect(proven.consistency.from).toBe(must(parseCheckpoint(early)).size)
    })

    it('sees a wrong key, a wrong leaf, and a checkpoint of another tree', async () => {
      const { index, leafHash } = must(readReceipt(receipt))
      const control = (await lanes()).find(({ name }) => name === 'control')?.key ?? ''
      expect((await verify(lane.name, control)).stderr).toContain('note has no verifiable signatures')
      expect((await verify(lane.name, lane.key, leafOf(index + 1, leafHash))).stderr).toContain('inclusion')
      writeFileSync(file('other'), early.replace(/^(.+\n\d+\n)./, '$1A'))
      expect((await verify(lane.name, lane.key, ['-earlier', file('other')])).stderr).toContain('invalid signature')
    })

    it('the control lane is one log before and behind the rotation of its key', async () => {
      const before = (await lanes()).find(({ name }) => name === 'control') as Listed
      writeFileSync(file('before'), (await records.call({ path: '/log/control/checkpoint' })).text)
      expect((await world.command('keys', 'rotate', '--use', 'control-lane', '--now')).code).toBe(0)
      const after = await eventually(
        async () => (await lanes()).find(({ name }) => name === 'control') as Listed,
        ({ key }) => key !== before.key,
        20_000,
      )
      const both = ['-earlier', file('before'), '-earlier-vkey', before.key]
      expect(await verify('control', after.key, both)).toMatchObject({ code: 0 })
      expect((await verify('control', before.key)).stderr).toContain('note has no verifiable signatures')
      expect((await controlKeys()).map(({ event, key }) => [event, key])).toEqual([
        ['registered', before.key],
        ['registered', after.key],
        ['activated', after.key],
      ])
    })
  })

  describe('to those who keep a copy', () => {
    const copy = (): string => file('copy')
    const fetch = async (...words: readonly string[]) => {
      const { code, stdout, stderr } = await world.command('audit', 'fetch', '--out', copy(), '--json', ...words)
      if (stdout === '') throw new Error(stderr)
      return { code, ...(JSON.parse(stdout) as { readonly leaves?: number }) }
    }
    const verified = async () => {
      const { code, stdout, stderr } = await world.command('audit', 'verify', copy(), '--json')
      if (stdout === '') throw new Error(stderr)
      return { code, ...(JSON.parse(stdout) as { bodies: number }) }
    }
    const findingsIn = async (where: string): Promise<readonly LogFinding[]> => {
      const opened = new CopyDirectory(where)
      const walk = verifyCopy({
        copy: opened,
        anchor: must(parseAnchor(opened.readKey() ?? '')),
        progress: () => undefined,
      })
      const findings: LogFinding[] = []
      for (let next = await walk.next(); !next.done; next = await walk.next()) findings.push(next.value)
      return findings
    }

    it('nothing is believed without a key from outside, or with another one', async () => {
      const without = await world.command('audit', 'fetch', '--out', copy(), ...ofSystem())
      expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('--key')])
      expect(await fetch(...ofSystem(), '--key', 'ab'.repeat(32))).toMatchObject({ code: 1, good: false })
    })

    it('the fingerprint on paper of the oldest key is enough: a system copies hashes, all lanes, verified', async () => {
      const { stdout } = await world.command('keys', 'list')
      const [oldest] = await controlKeys()
      const paper = oldest?.fingerprint.toUpperCase().match(/.{4}/g)?.join(' ') ?? ''
      expect(stdout).toContain(paper)
      expect(stdout).toContain(oldest?.key)
      expect(await fetch(...ofSystem(), '--key', paper)).toMatchObject({
        ...{ code: 0, good: true, lanes: 2, entries: 'forbidden', findings: [] },
      })
      expect(await verified()).toMatchObject({ code: 0, good: true, bodies: 0 })
    })

    it('comes to date with what is new alone, and the auditor gets the records too', async () => {
      await exchange(5)
      const again = await fetch(...ofAuditor())
      expect(again).toMatchObject({ code: 0, good: true, entries: 'taken' })
      expect(again.leaves).toBeLessThan(60)
      const whole = await verified()
      expect(whole).toMatchObject({ code: 0, good: true })
      expect(whole.bodies).toBeGreaterThan(280)
    })

    it('is a log that Go reads; one that was altered is not, and our own command says where', async () => {
      const { index, leafHash } = must(readReceipt(receipt))
      const words = (where: string): readonly string[] => [
        ...['verify', '-dir', join(where, lane.name), '-vkey', lane.key, '-earlier', file('early'), '-entry'],
        ...['-index', String(index), '-leaf', Buffer.from(leafHash).toString('base64')],
      ]
      expect(await go.run(words(copy()))).toMatchObject({ code: 0, stderr: '' })
      const place = {
        // The record's neighbour, with which its proof begins.
        'tile/0/000': () => (index ^ 1) * 32,
        'tile/1/000.p/1': () => 0,
        // Inside the salt.
        'tile/entries/000': (bytes: Buffer) => bytes.indexOf('"salt":"', entryAt(bytes, index)) + 10,
      }
      for (const [name, kind, said] of [
        ['tile/0/000', 'tile-mismatch', 'inclusion'],
        ['tile/1/000.p/1', 'tile-mismatch', 'inconsistent tile'],
        ['tile/entries/000', 'leaf-changed-or-missing', 'not the record'],
      ] as const) {
        const altered = file(`altered-${name.replaceAll('/', '-')}`)
        cpSync(copy(), altered, { recursive: true })
        const path = join(altered, lane.name, name)
        const bytes = readFileSync(path)
        const at = place[name](bytes)
        bytes[at] = (bytes[at] ?? 0) ^ 1
        writeFileSync(path, bytes)
        expect([name, (await go.run(words(altered))).stderr]).toEqual([name, expect.stringContaining(said)])
        expect([name, (await findingsIn(altered))[0]?.kind]).toEqual([name, kind])
      }
    })

    it('a party proves its receipt against the gateway and against a copy', async () => {
      const fingerprint = (await controlKeys())[0]?.fingerprint ?? ''
      writeFileSync(file('answer'), `HTTP/1.1 200 OK\r\nExchange-Receipt: ${receipt}\r\nDate: today\r\n\r\n`)
      const words = [file('answer'), ...ofSystem(), '--key', fingerprint]
      const { code, stdout, stderr } = await world.command('audit', 'receipt', ...words)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout.match(/^✓/gm)?.length).toBe(6)
      const other = receipt.replace(/index=\d+/, `index=${must(readReceipt(receipt)).index - 1}`)
      const wrong = await world.command('audit', 'receipt', other, '--log', copy(), '--json')
      expect(wrong.code).toBe(1)
      expect(JSON.parse(wrong.stdout)).toMatchObject({ good: false, lane: lane.name })
    })
  })

  it('a head that no key signed is not shown, to nobody', async () => {
    const name = 'gateway-1.00000000000000ff'
    const forged = (await records.call({ path: `/log/${lane.name}/checkpoint` })).text.replaceAll(lane.name, name)
    await query(world.database.adminUrl, client =>
      client.query(
        "INSERT INTO lane (name, gateway, kind, state, public_key, size, root, checkpoint) SELECT $1, gateway, kind, 'sealed', public_key, size, root, $2 FROM lane WHERE name = $3",
        [name, forged, lane.name],
      ),
    )
    for (const path of [`/log/${name}/checkpoint`, `/log/${name}/tile/0/000`])
      expect((await records.call({ path })).headers['exchange-problem']).toBe('internal')
    expect(world.gateway.log()).toContain(`the head of ${name} is not shown`)
  })
})

/** Where an entry begins in its bundle. */
function entryAt(bundle: Buffer, index: number): number {
  let at = 0
  for (let skip = index; skip > 0; skip--) at += 2 + bundle.readUInt16BE(at)
  return at
}
