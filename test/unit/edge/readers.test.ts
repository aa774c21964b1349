import { describe, expect, it } from '@jest/globals'
import { turns } from '../../../gateway/edge/postgres/turns.ts'
import { readerCap } from '../../../gateway/edge/reader-cap.ts'

describe('those who read the log', () => {
  it('each may ask so often in a second, and is told when to come again', async () => {
    const held = readerCap(2)
    expect([await held('a'), await held('a'), await held('b')]).toEqual([null, null, null])
    expect(await held('a')).toBe(1)
    expect(await held('b')).toBeNull()
  })

  it('wait for their turn, in order, and a failure gives the place back', async () => {
    const inTurn = turns(2)
    const running = new Set<number>()
    let most = 0
    const done: number[] = []
    const work = (nth: number) =>
      inTurn(async () => {
        running.add(nth)
        most = Math.max(most, running.size)
        await new Promise(resolve => setImmediate(resolve))
        running.delete(nth)
        done.push(nth)
        if (nth === 1) throw new Error('broken')
      })
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map(work))
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    ])
    expect([most, done]).toEqual([2, [0, 1, 2, 3, 4]])
  })
})
