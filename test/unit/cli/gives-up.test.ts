import { describe, expect, it } from '@jest/globals'
import { givesUp } from '../../../gateway/cli/serve/gives-up.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { encodeBase64 } from '../../../gateway/log/base64.ts'
import type { Recovery } from '../../../gateway/snapshot/recovery.ts'
import { TestLog } from '../../support/witness/test-log.ts'

const log = new TestLog(20)
const tree = (size: number, of = log) => ({ size, root: encodeBase64(of.head(size).root) })
const conflict = { id: digestOf('x'), kind: 'behind', seenAt: '2026-11-22T00:00:00Z' } as const

/** The machine had kept 12 records, 8 came back, and two officers said: go on from 8. */
const recovery = (witness = 'kept head'): Recovery => ({
  v: 1,
  purpose: 'lienthong-recovery',
  genesis: digestOf('genesis'),
  conflicts: [{ ...conflict, witness, held: tree(12) }],
  goesOnFrom: tree(8),
  why: 'a backup',
  at: '2026-11-22T00:00:00Z',
})

describe('what of the kept heads a recovery gives up', () => {
  const forked = new TestLog(20, 8)
  it.each<[string, string, { size: number; root: string }, Recovery, boolean]>([
    ['the head that was named', log.note(12), tree(8), recovery(), true],
    // Another machine, which was behind that one.
    ['an older one', log.note(10), tree(8), recovery(), true],
    ['for another stored head', log.note(12), tree(7), recovery(), false],
    ['for one of another history', log.note(12), tree(10, forked), recovery(), false],
    ['the head that is stored', log.note(8), tree(8), recovery(), false],
    ['none', '', tree(8), recovery(), false],
    ["of a witness's conflict alone", log.note(12), tree(8), recovery('own'), false],
    // The log has gone on behind the recovery: whoever puts it back to 8 once more needs two officers once more.
    ['one of later', log.note(13), tree(8), recovery(), false],
    ['one of later, of the same size', forked.note(12), tree(8), recovery(), false],
  ])('%s', (_what, kept, stored, signed, expected) => {
    expect(givesUp(signed, stored, kept)).toBe(expected)
  })
})
