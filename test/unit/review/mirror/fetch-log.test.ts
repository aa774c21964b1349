import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createPublicKey } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONTROL_LANE, type LaneName } from '../../../../gateway/domain/gateway-id.ts'
import { must } from '../../../../gateway/domain/result.ts'
import { CopyDirectory } from '../../../../gateway/edge/log-copy/copy-directory.ts'
import { parseCheckpoint } from '../../../../gateway/log/checkpoint.ts'
import { hashLeaf } from '../../../../gateway/log/hash.ts'
import { rawPublicKey } from '../../../../gateway/log/note-key.ts'
import {
  type Anchor,
  controlVerifierKey,
  fingerprintOf,
  grouped,
  parseAnchor,
} from '../../../../gateway/review/mirror/anchor.ts'
import { fetchLog } from '../../../../gateway/review/mirror/fetch-log.ts'
import { proveReceipt } from '../../../../gateway/review/mirror/prove-receipt.ts'
import { verifyCopy } from '../../../../gateway/review/mirror/verify-copy.ts'
import { newKey, ShownLog } from '../../../support/mirror/shown-log.ts'

const LANE = 'gateway-1.0123456789abcdef' as LaneName
const OTHER = 'gateway-1.fedcba9876543210' as LaneName

let directory: string
let log: ShownLog
let anchor: Anchor
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lienthong-copy-'))
  log = new ShownLog()
  anchor = must(parseAnchor(controlVerifierKey(log.laneOf(CONTROL_LANE).key)))
  log.open(LANE)
  log.append(LANE, 300)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const begun = (): void => {
  if (existsSync(join(directory, CONTROL_LANE))) return
  expect(readdirSync(directory)).toEqual([])
  new CopyDirectory(directory).writeKey(anchor.text)
}
async function fetch(from = log, entries = false) {
  const copy = new CopyDirectory(directory)
  const walk = fetchLog({
    from,
    copy,
    anchor,
    entries,
    begin: begun,
    expect: () => undefined,
    progress: () => undefined,
  })
  const findings: { lane: string; kind: string; detail: string }[] = []
  let next = await walk.next()
  for (; !next.done; next = await walk.next()) findings.push(next.value)
  return { findings, kinds: findings.map(({ lane, kind }) => [lane, kind]), result: next.value }
}
async function verify() {
  const walk = verifyCopy({ copy: new CopyDirectory(directory), anchor, progress: () => undefined })
  const kinds: string[] = []
  let next = await walk.next()
  for (; !next.done; next = await walk.next()) kinds.push(next.value.kind)
  return { kinds, result: next.value }
}
/** A lane that vouches for itself. */
const forgedLane = () => {
  const key = newKey()
  const fields = { event: 'opened', opened: OTHER, publicKey: Buffer.from(rawPublicKey(key)).toString('hex') }
  const leaf = Buffer.from(JSON.stringify({ v: 1, kind: 'lane', at: '2026-11-22T08:00:00.000000Z', ...fields }))
  return { key, leaves: [Buffer.from('x')], endorsement: { index: 1, leaf } }
}
const sizeOf = async (lane: LaneName): Promise<number> =>
  must(parseCheckpoint((await new CopyDirectory(directory).checkpoint(lane)) ?? '')).size

describe('a copy of a log', () => {
  it.each([1, 212, 213, 256, 700])('follows a log that grows by %i, and verifies', async count => {
    for (let times = 0; times < 2; times++) {
      expect(await fetch(log, true)).toMatchObject({ kinds: [], result: { ok: true } })
      expect(await verify()).toMatchObject({ kinds: [], result: { ok: true } })
      log.append(LANE, count)
    }
    expect(await sizeOf(LANE)).toBe(300 + count)
    // One partial tile a level stays.
    const partial = readdirSync(join(directory, LANE), { recursive: true, encoding: 'utf8' }).filter(path =>
      /tile\/\d+\/\d{3}\.p\/\d+$/.test(path),
    )
    expect(partial.length).toBeLessThanOrEqual(2)
  })

  it('asks for the leaf hashes that it lacks, and for nothing else', async () => {
    log.append(LANE, 1000)
    await fetch()
    log.asked.length = 0
    log.append(LANE, 1)
    await fetch()
    expect(log.asked.filter(path => path.startsWith(LANE))).toEqual([`${LANE}/tile/0/005.p/21`])
  })

  it('goes on where it was interrupted, and does not blame the log for what it finds damaged of its own', async () => {
    log.append(LANE, 2000)
    const { bend } = log
    log.bend = (path, bytes) => {
      if (path.includes('tile/0/004')) throw new Error('interrupted')
      return bytes
    }
    await expect(fetch()).rejects.toThrow('interrupted')
    expect(CopyDirectory.isCopy(directory)).toBe(true)
    log.bend = bend
    log.asked.length = 0
    const copy = new CopyDirectory(directory)
    copy.writeTile(LANE, { kind: 'hashes', level: 0, index: 1, width: 256 }, Buffer.alloc(8192))
    expect((await fetch()).kinds).toEqual([])
    expect((await verify()).kinds).toEqual([])
  })

  it('takes hashes alone where records are not shown', async () => {
    log.entries = false
    expect(await fetch(log, true)).toMatchObject({ kinds: [], result: { value: { entries: 'forbidden' } } })
    expect(await verify()).toMatchObject({ kinds: [], result: { value: { bodies: 0 } } })
  })
})

describe('what contradicts the copy is named and not taken', () => {
  const twin = async (bend: (twin: ShownLog) => void): Promise<ShownLog> => {
    await fetch()
    const other = log.fork()
    bend(other)
    return other
  }

  it.each<[string, (twin: ShownLog) => void, [string, string]]>([
    ['a rollback', other => void other.laneOf(LANE).leaves.splice(200), [LANE, 'head-behind-kept']],
    [
      'another leaf at the same size',
      other => void (other.laneOf(LANE).leaves[5] = Buffer.from('else')),
      [LANE, 'fork-of-kept'],
    ],
    [
      'another leaf, and more behind it',
      other => {
        other.laneOf(LANE).leaves[5] = Buffer.from('else')
        other.append(LANE, 400)
      },
      [LANE, 'fork-of-kept'],
    ],
    [
      'another leaf in the last tile, and more behind it',
      other => {
        other.laneOf(LANE).leaves[299] = Buffer.from('else')
        other.append(LANE, 400)
      },
      [LANE, 'fork-of-kept'],
    ],
    ['a lane that has gone', other => void other.shown.delete(LANE), [LANE, 'lane-missing']],
    ['a key that was replaced', other => void (other.laneOf(LANE).key = newKey()), [LANE, 'lane-not-endorsed']],
    [
      'a lane that nobody opened',
      other => void other.shown.set(OTHER, { key: newKey(), leaves: [Buffer.from('x')], endorsement: null }),
      [OTHER, 'lane-not-endorsed'],
    ],
    [
      'a lane with the endorsement of another',
      other =>
        void other.shown.set(OTHER, {
          ...other.laneOf(LANE),
          leaves: [Buffer.from('x')],
          endorsement: other.laneOf(LANE).endorsement,
        }),
      [OTHER, 'lane-not-endorsed'],
    ],
    [
      'a lane with an endorsement that the control lane does not hold',
      other => void other.shown.set(OTHER, forgedLane()),
      [OTHER, 'lane-not-endorsed'],
    ],
    [
      'another history of the control lane',
      other => {
        other.laneOf(CONTROL_LANE).leaves[1] = Buffer.from('else')
        other.append(CONTROL_LANE, 3)
      },
      [CONTROL_LANE, 'fork-of-kept'],
    ],
    [
      'a control lane cut back',
      other => void other.laneOf(CONTROL_LANE).leaves.splice(1),
      [CONTROL_LANE, 'head-behind-kept'],
    ],
    [
      'a tile that was never signed',
      other => {
        other.append(LANE, 400)
        other.bend = (path, bytes) => (path === `${LANE}/tile/0/001` ? Buffer.alloc(bytes.length) : bytes)
      },
      [LANE, 'tile-mismatch'],
    ],
    [
      'a tile that is withheld',
      other => {
        other.append(LANE, 400)
        other.bend = (path, bytes) => (path.startsWith(`${LANE}/tile/0/002`) ? 'absent' : bytes)
      },
      [LANE, 'tile-mismatch'],
    ],
  ])('%s', async (_what, bend, expected) => {
    const other = await twin(bend)
    const before = await sizeOf(LANE)
    const { kinds, result } = await fetch(other)
    expect(kinds).toEqual([expected])
    expect(result.ok).toBe(true)
    expect(await sizeOf(LANE)).toBe(before)
    // The copy is still whole, and goes on with the true log.
    expect((await verify()).kinds).toEqual([])
    log.append(LANE, 500)
    expect((await fetch()).kinds).toEqual([])
  })

  it('a lane put into the copy itself, with keys to match', async () => {
    await fetch()
    const copy = new CopyDirectory(directory)
    log.shown.set(OTHER, forgedLane())
    copy.writeKeys(await log.keys())
    copy.writeCheckpoint(OTHER, log.signed(OTHER))
    expect((await verify()).kinds).toEqual(['lane-not-endorsed'])
  })

  it('a record about keys put into the copy itself', async () => {
    await fetch()
    const { control, lanes } = await log.keys()
    const leaf = Buffer.from(control[0]?.leaf ?? [])
    new CopyDirectory(directory).writeKeys({ control: [...control, { index: 1, leaf }], lanes })
    expect((await verify()).kinds).toEqual(['key-history'])
  })

  it('the head of a fork is kept as proof', async () => {
    const other = await twin(forked => void (forked.laneOf(LANE).leaves[5] = Buffer.from('else')))
    const { findings } = await fetch(other)
    const [, path = ''] = /shown: (.*)\)$/.exec(findings[0]?.detail ?? '') ?? []
    expect(existsSync(path)).toBe(true)
  })

  it('a record that is not the one that was signed', async () => {
    log.bend = (path, bytes) => {
      if (!path.includes('entries/000')) return bytes
      const altered = Uint8Array.from(bytes)
      altered[100] = (altered[100] ?? 0) ^ 1
      return altered
    }
    expect((await fetch(log, true)).kinds).toEqual([
      [LANE, 'leaf-changed-or-missing'],
      [CONTROL_LANE, 'leaf-changed-or-missing'],
    ])
  })
})

describe('the key from outside', () => {
  it('is a verifier key, a PEM or a fingerprint as it stands on paper', () => {
    const key = createPublicKey(log.laneOf(CONTROL_LANE).key)
    const paper = grouped(fingerprintOf(key))
    expect(paper).toMatch(/^(?:[0-9A-F]{4} ){15}[0-9A-F]{4}$/)
    for (const text of [paper, paper.toLowerCase(), fingerprintOf(key), controlVerifierKey(key)])
      expect(must(parseAnchor(text)).is(key)).toBe(true)
    for (const text of ['', 'lienthong/other+00000000+AAAA', paper.slice(5), '-----BEGIN PUBLIC KEY-----'])
      expect(parseAnchor(text).ok).toBe(false)
  })

  it('leads over each hand-over to the present key, and back to the first', async () => {
    const next = newKey()
    log.handOver(next)
    log.append(CONTROL_LANE, 300)
    expect((await fetch()).result.ok).toBe(true)
    anchor = must(parseAnchor(fingerprintOf(next)))
    expect(await verify()).toMatchObject({ kinds: [], result: { ok: true } })
  })

  it.each<[string, () => void]>([
    ['another key', () => void (anchor = must(parseAnchor(fingerprintOf(newKey()))))],
    ['a hand-over without the word of the key before', () => log.handOver(newKey(), true)],
    ['a key that just takes over', () => void (log.laneOf(CONTROL_LANE).key = newKey())],
    [
      'a record about keys that the lane does not hold',
      () => void log.control.push({ index: 1, leaf: Buffer.from(log.control[0]?.leaf ?? []) }),
    ],
  ])('%s: nothing is taken', async (_what, bend) => {
    bend()
    expect((await fetch()).result.ok).toBe(false)
    expect(existsSync(join(directory, CONTROL_LANE, 'checkpoint'))).toBe(false)
  })
})

describe('a receipt', () => {
  const receipt = (index = 7, size = 20) => ({
    exchange: null,
    lane: LANE,
    index,
    leafHash: hashLeaf(log.laneOf(LANE).leaves[index] ?? Buffer.alloc(0)),
    checkpoint: log.signed(LANE, size),
  })
  const failing = async (said: ReturnType<typeof receipt>, view = log): Promise<string | undefined> => {
    for await (const { check, fault } of proveReceipt(said, view, anchor)) if (fault !== null) return check
    return undefined
  }

  it('is proven against a log, and against a copy of it', async () => {
    expect(await failing(receipt())).toBeUndefined()
    await fetch()
    for await (const { fault } of proveReceipt(receipt(), new CopyDirectory(directory), anchor))
      expect(fault).toBeNull()
  })

  it.each<[string, () => Promise<string | undefined>]>([
    ['control-lane', () => failing(receipt(), new ShownLog())],
    [
      'lane-key',
      () => {
        const said = receipt()
        log.laneOf(LANE).endorsement = null
        return failing(said)
      },
    ],
    ['receipt-signature', () => failing({ ...receipt(), checkpoint: log.signed(CONTROL_LANE) })],
    ['receipt-signature', () => failing(receipt(30, 20))],
    [
      'log-head',
      () => {
        const said = receipt(7, 290)
        log.laneOf(LANE).leaves.splice(100)
        return failing(said)
      },
    ],
    ['inclusion', () => failing({ ...receipt(), leafHash: hashLeaf(Buffer.from('else')) })],
    [
      'inclusion',
      () => {
        log.bend = (path, bytes) => (path.startsWith(`${LANE}/tile/0/000`) ? 'absent' : bytes)
        return failing(receipt())
      },
    ],
    [
      'consistency',
      () => {
        const said = receipt()
        log.laneOf(LANE).leaves[8] = Buffer.from('else')
        return failing(said)
      },
    ],
  ])('fails at %s', async (check, failingCheck) => {
    expect(await failingCheck()).toBe(check)
  })
})
