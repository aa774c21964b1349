import { describe, expect, it } from '@jest/globals'
import { costOfDecide } from '../../../bench/decide-scale.ts'

/**
 * Microseconds. The target is 1 (npm run bench:decide); a walk through the agreements would cost hundreds. The rest is room
 * for a machine that does something else meanwhile.
 */
const MOST_MORE = 5

describe('decide', () => {
  it('costs no more with 100,000 agreements than with 100 (AZ-1)', () => {
    costOfDecide(1000, 20_000, 1)
    const few = costOfDecide(100, 20_000, 3)
    const many = costOfDecide(100_000, 20_000, 3)
    expect(many.busy - few.busy).toBeLessThan(MOST_MORE)
  })
})
