import { describe, expect, it } from '@jest/globals'
import { must } from '../../../gateway/domain/result.ts'
import { publicKeyOf, verifierOf } from '../../../gateway/log/note-key.ts'
import { findQuorum, type WitnessWord } from '../../../gateway/log/quorum.ts'
import {
  formatSubmission,
  judgeSubmission,
  NOTHING_WITNESSED,
  parseSubmission,
  type WitnessedLog,
} from '../../../gateway/log/witness.ts'
import { newSigner, ORIGIN, TestLog } from '../../support/witness/test-log.ts'

const stranger = newSigner()
const log = new TestLog(40)
const fork = new TestLog(40, 10, log.signer)
const keys = [verifierOf(ORIGIN, publicKeyOf(log.signer.publicKey))]
const at = (head: WitnessedLog['head']): WitnessedLog => ({ keys, head })
const judge = (body: string, known: WitnessedLog | null) => {
  const submission = must(parseSubmission(Buffer.from(body)))
  const verdict = judgeSubmission(submission, known)
  return verdict.kind === 'refuse' ? verdict.status : verdict.kind === 'conflict' ? [409, verdict.size] : 200
}

describe('a witness', () => {
  it.each<[string, () => string | Promise<string>, WitnessedLog | null, unknown]>([
    ['cosigns the first checkpoint', async () => formatSubmission(0, [], log.note(7)), at(NOTHING_WITNESSED), 200],
    [
      'cosigns one that continues',
      async () => formatSubmission(7, await log.proof(7, 40), log.note(40)),
      at(log.head(7)),
      200,
    ],
    ['cosigns the same again', async () => formatSubmission(7, [], log.note(7)), at(log.head(7)), 200],
    ['cosigns an empty log', async () => formatSubmission(0, [], log.note(0)), at(NOTHING_WITNESSED), 200],
    ['does not know the origin', async () => formatSubmission(0, [], log.note(7)), null, 404],
    ['does not know the key', async () => formatSubmission(0, [], log.note(7, stranger)), at(NOTHING_WITNESSED), 403],
    ['is told an old size above the new', async () => formatSubmission(8, [], log.note(7)), at(log.head(8)), 400],
    [
      'is asked from another size',
      async () => formatSubmission(7, await log.proof(7, 40), log.note(40)),
      at(log.head(9)),
      [409, 9],
    ],
    ['is shown a log that was put back', async () => formatSubmission(7, [], log.note(7)), at(log.head(40)), [409, 40]],
    [
      'is shown another tree of its size',
      async () => formatSubmission(40, [], fork.note(40)),
      at(log.head(40)),
      [409, 40],
    ],
    [
      'is shown a fork',
      async () => formatSubmission(20, await fork.proof(20, 40), fork.note(40)),
      at(log.head(20)),
      422,
    ],
    ['is given no proof', async () => formatSubmission(7, [], log.note(40)), at(log.head(7)), 422],
    [
      'is given a proof from nothing',
      async () => formatSubmission(0, await log.proof(7, 40), log.note(40)),
      at(NOTHING_WITNESSED),
      422,
    ],
  ])('%s', async (_what, body, known, expected) => {
    expect(judge(await body(), known)).toEqual(expected)
  })

  it('hands on the signatures of the log alone', () => {
    const note = `${log.note(7)}\u2014 witness.example AAAAAAAA\n`
    const verdict = judgeSubmission(
      must(parseSubmission(Buffer.from(formatSubmission(0, [], note)))),
      at(NOTHING_WITNESSED),
    )
    expect(verdict).toMatchObject({ kind: 'cosign', note: log.note(7) })
  })

  it.each([
    ['no old size', `\n${log.note(7)}`],
    ['a size with a leading zero', `old 07\n\n${log.note(7)}`],
    ['a size below nothing', `old -1\n\n${log.note(7)}`],
    ['no empty line', `old 0\n${log.note(7).replace('\n\n', '\n')}`],
    [
      '64 lines of proof',
      formatSubmission(
        7,
        Array.from({ length: 64 }, () => Buffer.alloc(32)),
        log.note(40),
      ),
    ],
    ['a hash of 31 bytes', formatSubmission(7, [Buffer.alloc(31)], log.note(40))],
    ['a checkpoint without signature', 'old 0\n\nlienthong/control\n7\n\n'],
    ['bytes that are no text', Buffer.from([0x6f, 0xff, 0x0a])],
  ])('does not read %s', (_what, body) => {
    expect(parseSubmission(Buffer.from(body)).ok).toBe(false)
  })
})

describe('a quorum', () => {
  const words: readonly WitnessWord[] = [
    { witness: 'own', time: 100, size: 50 },
    { witness: 'second', time: 90, size: 45 },
    { witness: 'outside', time: 60, size: 40 },
  ]
  const outside = new Set(['outside'])
  it.each([
    ['one of three', words, { required: 1, outside: null }, { time: 100, size: 50 }],
    ['two of three', words, { required: 2, outside: null }, { time: 90, size: 45 }],
    ['all', words, { required: 3, outside: null }, { time: 60, size: 40 }],
    ['more than there are', words, { required: 4, outside: null }, null],
    ['one, from outside', words, { required: 1, outside }, { time: 60, size: 40 }],
    ['two, one of them from outside', words, { required: 2, outside }, { time: 60, size: 40 }],
    ['one from outside, and there is none', words.slice(0, 2), { required: 1, outside }, null],
    ['none at all', [], { required: 0, outside: null }, null],
  ])('of %s', (_what, given, policy, expected) => {
    expect(findQuorum(given, policy)).toEqual(expected)
  })
})
