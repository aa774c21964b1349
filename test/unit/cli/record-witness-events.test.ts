import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordWitnessEvents } from '../../../gateway/cli/serve/record-witness-events.ts'
import { WitnessWatch } from '../../../gateway/cli/serve/witness-watch.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import type { Instant } from '../../../gateway/domain/instant.ts'
import type { Database } from '../../../gateway/edge/postgres/database.ts'
import { WitnessMemory } from '../../../gateway/edge/witness/witness-memory.ts'
import type { Snapshot } from '../../../gateway/snapshot/snapshot.ts'
import { conflictText, type WitnessConflict } from '../../../gateway/snapshot/recovery.ts'

const CONFLICT: WitnessConflict = {
  v: 1,
  witness: 'own',
  kind: 'behind',
  held: { size: 9, root: null },
  ours: { size: 5, root: 'AAAA' },
  evidence: null,
  seenAt: '2026-11-22T00:00:00Z',
}

/** The table is a list, which other processes read too. */
describe('what becomes of a conflict that one process has found', () => {
  let directory: string
  let table: { id: number; kind: string; subject: string; body: string }[]
  let isOutOfReach: boolean
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-conflict-'))
    table = []
    isOutOfReach = false
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const database = {
    pool: {
      query: async (given: string | { name: string }, [kind, subject, body]: readonly string[] = []) => {
        if (isOutOfReach) throw new Error('a failover')
        if (typeof given === 'string')
          table.push({ id: table.length, kind: `${kind}`, subject: `${subject}`, body: `${body}` })
        return { rows: typeof given !== 'string' && given.name === 'witness events' ? table.toReversed() : [] }
      },
    },
  } as unknown as Database

  function watch(machine: string): WitnessWatch {
    const configuration = { witnesses: [], settings: [], officers: [] }
    const snapshot = { mode: 'production', configuration } as unknown as Snapshot
    return new WitnessWatch({
      database,
      snapshots: { current: () => snapshot, atLeast: async () => snapshot },
      memory: new WitnessMemory(join(directory, machine)),
      genesis: () => digestOf('genesis'),
      now: () => 0 as Instant,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
  }

  it.each([true, false])('is told to the others once the database is there again (on duty: %s)', async isOnDuty => {
    const [finder, other] = [watch('one'), watch('two')]
    const control = { isOnDuty, record: async () => false }
    isOutOfReach = true
    finder.noteConflict(conflictText(CONFLICT))
    await expect(recordWitnessEvents({ watch: finder, control, database })).rejects.toThrow('a failover')
    isOutOfReach = false
    await other.poll()
    expect([finder.halted(), other.halted()]).toEqual(['unwitnessed', null])
    await recordWitnessEvents({ watch: finder, control, database })
    await other.poll()
    expect(other.halted()).toBe('unwitnessed')
    await recordWitnessEvents({ watch: finder, control, database })
    expect(table).toHaveLength(1)
  })

  it('stops exchanges however long the proof is that a witness shows, or whoever answers for it', () => {
    const found = watch('one')
    found.noteConflict(conflictText({ ...CONFLICT, evidence: `${'a'.repeat(60_000)}\n` }))
    expect(found.halted()).toBe('unwitnessed')
  })
})
