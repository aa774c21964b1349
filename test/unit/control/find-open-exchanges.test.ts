import { describe, expect, it } from '@jest/globals'
import { findOpenExchanges } from '../../../gateway/control/find-open-exchanges.ts'
import { countedLeaf } from '../../../gateway/record/counted-record.ts'
import { AT, writer } from '../record/facts.ts'
import { exchangeId, laneName, leafOf, MemoryRegister } from './register.ts'

const LANE = laneName(1)

async function openIn(leaves: readonly (Uint8Array | null)[]) {
  const register = new MemoryRegister()
  register.addLane(LANE, 'sealing', leaves)
  return findOpenExchanges(register, LANE, leaves.length)
}

const counted = countedLeaf(
  AT,
  {
    kind: 'refusals',
    consumer: null,
    problem: 'not-permitted',
    source: '',
    second: AT,
    times: 1,
    certificate: null,
    detail: null,
  },
  writer,
)
const minutes = (count: number) => count * 60

describe('findOpenExchanges', () => {
  it.each<[string, readonly Uint8Array[], readonly [exchange: number, index: number][]]>([
    ['nothing', [], []],
    ['a request alone', [leafOf('request', 1)], [[1, 0]]],
    ...(['response', 'refusal', 'fault', 'undelivered'] as const).map(
      kind => [`a request and its ${kind}`, [leafOf('request', 1), leafOf(kind, 1)], []] as [string, Uint8Array[], []],
    ),
    ['a refusal alone', [leafOf('refusal', 1)], []],
    ['two, one of them answered', [leafOf('request', 1), leafOf('request', 2), leafOf('response', 1)], [[2, 1]]],
    // Decided again by a newer revision: one exchange, at its newest record.
    [
      'a request recorded twice',
      [leafOf('request', 1), leafOf('request', 2), leafOf('request', 1)],
      [
        [2, 1],
        [1, 2],
      ],
    ],
    ['a request recorded twice, then refused', [leafOf('request', 1), leafOf('request', 1), leafOf('refusal', 1)], []],
    // A check forwards nothing.
    ['a check', [leafOf('request', 1, 0, 'check')], []],
    ['other records between', [counted, leafOf('request', 1), counted, Buffer.from('no record')], [[1, 1]]],
    // No exchange lives a quarter of an hour.
    ['a request of long ago', [leafOf('request', 1), leafOf('request', 2, minutes(16))], [[2, 1]]],
    [
      'a request of almost as long ago',
      [leafOf('request', 1), leafOf('request', 2, minutes(15))],
      [
        [1, 0],
        [2, 1],
      ],
    ],
  ])('%s', async (_, leaves, open) => {
    expect(await openIn(leaves)).toEqual(open.map(([nth, index]) => ({ exchange: exchangeId(nth), index })))
  })

  it('finds them over the ends of the chunks it reads', async () => {
    const answered = Array.from({ length: 1100 }, (_, i) => [leafOf('request', i), leafOf('response', i)]).flat()
    const leaves = [leafOf('request', 5000), ...answered.slice(0, 999), leafOf('request', 5001), ...answered.slice(999)]
    expect(await openIn(leaves)).toEqual([
      { exchange: exchangeId(5000), index: 0 },
      { exchange: exchangeId(5001), index: 1000 },
    ])
  })

  it('says when a record is missing, rather than that it is closed', async () => {
    await expect(openIn([leafOf('request', 1), null])).rejects.toThrow()
  })
})
