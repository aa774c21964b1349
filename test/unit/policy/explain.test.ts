import { describe, expect, it } from '@jest/globals'
import { decide, type Policy } from '../../../gateway/policy/decide.ts'
import { explain } from '../../../gateway/policy/explain.ts'
import { CHECKS } from '../../../gateway/policy/explain-checks.ts'
import { agreement, hours, input, minute, policy } from './world.ts'

const wordsOf = (explanation: ReturnType<typeof explain>, name: keyof typeof CHECKS): readonly string[] =>
  explanation.checks
    .filter(({ check }) => check === name)
    .flatMap(({ compared }) => compared.map(({ name: what, value }) => `${what.en}: ${value}`))

describe('explain', () => {
  it('shows what was compared, the time as the clock of the agreed zone shows it', () => {
    const asked = input({ minute: minute('2026-06-06T02:30') })
    const explanation = explain(asked, policy('internal', [agreement({ hours: hours() })]))
    expect(explanation.decision).toEqual(decide(asked, policy('internal', [agreement({ hours: hours() })])))
    expect(wordsOf(explanation, 'outside-hours')).toEqual([
      'agreed hours: Mon Tue Wed Thu Fri 07:00-18:00 Asia/Ho_Chi_Minh',
      'time there: Sat 09:30 Asia/Ho_Chi_Minh',
    ])
    expect(wordsOf(explanation, 'agreement-expired')).toEqual([
      'valid until: 2027-01-01T00:00Z',
      'asked for: 2026-06-06T02:30Z',
    ])
    // Behind the check that refuses nothing is looked at.
    expect(wordsOf(explanation, 'too-sensitive')).toEqual([])
  })

  it('has words in both languages for every check', () => {
    for (const { claim } of Object.values(CHECKS)) {
      expect(claim.en).not.toBe('')
      expect(claim.vi).toMatch(/[^\u0000-\u007f]/)
    }
  })

  it('breaks off rather than contradict decide', () => {
    const honest = policy('internal', [agreement()])
    let asked = 0
    // Says something else when it is asked again.
    const fickle: Policy = { ...honest, labelOf: (...of) => (asked++ === 0 ? honest.labelOf(...of) : null) }
    expect(() => explain(input(), fickle)).toThrow('explain says no-agreement, decide null')
  })
})
