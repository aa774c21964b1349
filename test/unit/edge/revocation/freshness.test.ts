import { describe, expect, it } from '@jest/globals'
import type { Binding } from '../../../../gateway/domain/binding.ts'
import type { Instant } from '../../../../gateway/domain/instant.ts'
import { AlertStale } from '../../../../gateway/edge/revocation/alert-stale.ts'
import { freshnessOf, type IssuerFreshness } from '../../../../gateway/edge/revocation/freshness.ts'

const second = (count: number): Instant => (count * 1e6) as Instant
const ROOT = 'root' as Binding
const ISSUING = 'issuing' as Binding
const plan = { name: 'a-ca', lists: [ISSUING, ROOT], key: ISSUING, graceMicros: 100e6 }

describe('how long the certificates of an issuer can be told', () => {
  const lists = { issuing: { until: second(1_000), wasFresh: true }, root: { until: second(5_000), wasFresh: true } }
  const at = (when: number, held: Partial<typeof lists> = lists): IssuerFreshness =>
    freshnessOf(plan, key => held[key as keyof typeof lists] ?? null, second(when))

  it.each([
    // At, state, seconds fresh, seconds of grace left.
    [0, 'fresh', 1_000, 100],
    [999, 'fresh', 1, 100],
    [1_000, 'grace', 0, 100],
    [1_060, 'grace', 0, 40],
    [1_100, 'unknown', 0, 0],
  ])('at second %i: %s', (when, state, freshSeconds, graceSeconds) => {
    expect(at(when)).toMatchObject({ issuer: 'a-ca', state, freshSeconds, graceSeconds, until: second(1_000) })
  })

  it('is unknown as soon as one list is missing', () => {
    expect(at(0, { root: lists.root })).toMatchObject({
      state: 'unknown',
      until: null,
      freshSeconds: 0,
      graceSeconds: 0,
    })
  })

  it('has no grace for a list that was stale when it came', () => {
    const stale = { ...lists, issuing: { until: second(1_000), wasFresh: false } }
    expect(at(1_000, stale)).toMatchObject({ state: 'unknown', graceSeconds: 0 })
  })

  it('needs no list where a responder alone is asked', () => {
    expect(freshnessOf({ ...plan, lists: [] }, () => null, second(0))).toMatchObject({ state: 'fresh', until: null })
  })
})

describe('the alerts before lists are of no use', () => {
  function log() {
    const lines: string[] = []
    const say = (level: string) => (message: string, fields: Readonly<Record<string, unknown>>) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
    const alerts = new AlertStale({ warn: say('warn'), error: say('error') })
    alerts.follow(new Map([['a-ca', 100]]))
    const look = (state: IssuerFreshness['state'], freshSeconds: number, graceSeconds: number): readonly string[] => {
      lines.length = 0
      alerts.look([{ issuer: 'a-ca', state, until: null, freshSeconds, graceSeconds }])
      return [...lines]
    }
    return look
  }

  it('come once at each stage, and again when lists were fresh between', () => {
    const look = log()
    expect(look('fresh', 10_000, 100)).toEqual([])
    expect(look('fresh', 3_600, 100)).toEqual([expect.stringMatching(/^warn .*about to go stale.*3600/)])
    expect(look('fresh', 3_599, 100)).toEqual([])
    expect(look('grace', 0, 100)).toEqual([expect.stringMatching(/^error .*when the grace is over.*100/)])
    expect(look('grace', 0, 51)).toEqual([])
    expect(look('grace', 0, 50)).toEqual([expect.stringMatching(/^error .*"graceSeconds":50/)])
    expect(look('grace', 0, 10)).toEqual([expect.stringMatching(/^error .*"graceSeconds":10/)])
    expect(look('grace', 0, 9)).toEqual([])
    expect(look('unknown', 0, 0)).toEqual([expect.stringMatching(/^error the certificates of an issuer are refused/)])
    expect(look('unknown', 0, 0)).toEqual([])
    expect(look('fresh', 10_000, 100)).toEqual([])
    expect(look('unknown', 0, 0)).toHaveLength(1)
  })
})
