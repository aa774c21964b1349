import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WitnessWatch } from '../../../gateway/cli/serve/witness-watch.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import type { StoredCosignature } from '../../../gateway/edge/postgres/cosignatures.ts'
import type { Database } from '../../../gateway/edge/postgres/database.ts'
import { WitnessMemory } from '../../../gateway/edge/witness/witness-memory.ts'
import { formatCosignerKey, makeCosignature } from '../../../gateway/log/cosignature.ts'
import type { Snapshot } from '../../../gateway/snapshot/snapshot.ts'
import { conflictText } from '../../../gateway/snapshot/recovery.ts'
import { TestLog } from '../../support/witness/test-log.ts'

const START = Date.parse('2026-11-22T00:00:00Z') / 1000
const log = new TestLog(10)
const keys = new Map(['own', 'second', 'outside'].map(name => [name, generateKeyPairSync('ed25519').privateKey]))
const keyOf = (name: string) => keys.get(name) as NonNullable<ReturnType<typeof keys.get>>

/** A watch over rows that a test chooses: the signatures are real, the table is a list. */
describe('what a process believes of its witnesses', () => {
  let directory: string
  let rows: StoredCosignature[]
  let now: number
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-watch-'))
    rows = []
    now = START
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  function watch(mode: 'development' | 'production', required: number): WitnessWatch {
    const witnesses = [...keys.keys()].map(name => ({
      name,
      title: { en: name, vi: name },
      url: 'http://localhost',
      verifierKey: formatCosignerKey(name, keyOf(name)),
      outside: name === 'outside',
    }))
    const settings = [{ id: 'witnessing', required, alertAfterMillis: 20_000, stopAfterMillis: 60_000 }]
    const snapshot = { mode, configuration: { witnesses, settings, officers: [] } } as unknown as Snapshot
    const pool = { query: async ({ name }: { name: string }) => ({ rows: name === 'newest cosignatures' ? rows : [] }) }
    return new WitnessWatch({
      database: { pool } as unknown as Database,
      snapshots: { current: () => snapshot, atLeast: async () => snapshot },
      memory: new WitnessMemory(directory),
      genesis: () => digestOf('genesis'),
      now: (): Instant => instantOfMillis(now * 1000),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
  }

  /** The word of a witness at a time, as stored; `signedBy`: whose key made it. */
  function word(witness: string, time: number, signedBy = witness): StoredCosignature {
    const checkpoint = log.note(5)
    const text = checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1)
    return { witness, size: 5, time, checkpoint, line: makeCosignature(text, time, witness, keyOf(signedBy)) }
  }

  it.each<[string, 'development' | 'production', number, () => StoredCosignature[], 'unwitnessed' | null]>([
    ['none required, none there', 'production', 0, () => [], null],
    ['one required, none there', 'development', 1, () => [], 'unwitnessed'],
    ['one required, one there', 'development', 1, () => [word('own', START)], null],
    ['two required, one there', 'development', 2, () => [word('own', START)], 'unwitnessed'],
    ['two required, two there', 'development', 2, () => [word('own', START), word('second', START)], null],
    // A witness of the operator's own says nothing about the operator.
    [
      'two in production, none outside',
      'production',
      2,
      () => [word('own', START), word('second', START)],
      'unwitnessed',
    ],
    ['two in production, one outside', 'production', 2, () => [word('own', START), word('outside', START)], null],
    ['a word by another key', 'development', 1, () => [word('own', START, 'second')], 'unwitnessed'],
    ['a word from before the start', 'development', 1, () => [word('own', START - 30)], 'unwitnessed'],
    ['a word from the future', 'development', 1, () => [word('own', START + 3_600)], 'unwitnessed'],
  ])('%s (%s): %s', async (_what, mode, required, given, expected) => {
    rows = given()
    const watched = watch(mode, required)
    await watched.poll()
    expect(watched.halted()).toBe(expected)
  })

  it('grows old: first somebody is told, then nothing crosses, and a new word lets it', async () => {
    const watched = watch('development', 1)
    const at = async (second: number) => {
      now = START + second
      await watched.poll()
      return [watched.isOverdue(), watched.halted()]
    }
    rows = [word('own', START)]
    expect(await at(19)).toEqual([false, null])
    expect(await at(21)).toEqual([true, null])
    expect(watched.describe()).toBe('un-cosigned since 2026-11-22T00:00:00.000000Z (1 of 3 required)')
    expect(await at(61)).toEqual([true, 'unwitnessed'])
    rows = [word('own', START + 61)]
    expect(await at(62)).toEqual([false, null])
    expect(watched.uncosignedSeconds()).toBe(1)
  })

  it('remembers a conflict over a restart, whatever the database says, and does not read a damaged memory as none', async () => {
    const first = watch('development', 0)
    const tree = { size: 5, root: 'AAAA' }
    const text = conflictText({
      ...{ v: 1, witness: 'own', kind: 'behind', held: { size: 9, root: null }, ours: tree, evidence: null },
      seenAt: '2026-11-22T00:00:00Z',
    })
    first.noteConflict(text)
    expect(first.halted()).toBe('unwitnessed')
    const second = watch('development', 0)
    await second.poll()
    expect([second.halted(), second.open.map(({ id }) => id)]).toEqual(['unwitnessed', [digestOf(text)]])
    writeFileSync(join(directory, 'witnesses.json'), '{"conflicts":[')
    expect(() => watch('development', 0)).toThrow('is damaged')
  })
})
