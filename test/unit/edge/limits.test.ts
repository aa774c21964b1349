import { describe, expect, it } from '@jest/globals'
import type { Limits as AgreementLimits } from '../../../gateway/configuration/objects.ts'
import { must } from '../../../gateway/domain/result.ts'
import { dayOf, parseInstant } from '../../../gateway/domain/instant.ts'
import { parseAgreementId } from '../../../gateway/domain/purpose.ts'
import { processLimits, type VolumeLedger } from '../../../gateway/edge/limits.ts'
import type { Admission, Held } from '../../../gateway/exchange/ports.ts'
import { agreement, CONSUMER } from '../policy/world.ts'

const AT = must(parseInstant('2026-11-22T23:00:00Z'))
const LATE = must(parseInstant('2026-11-22T23:59:59.5Z'))
const NEXT = must(parseInstant('2026-11-23T00:00:00Z'))

/** A ledger that keeps its counts. */
function ledger(): VolumeLedger {
  const used = new Map<string, number>()
  return {
    used: (id, day) => used.get(`${id} ${day}`) ?? 0,
    add: (id, day, bytes) => void used.set(`${id} ${day}`, (used.get(`${id} ${day}`) ?? 0) + bytes),
  }
}

const limits = (changes: Partial<Parameters<typeof processLimits>[0]> = {}) =>
  processLimits({ systemPerSecond: () => 5, processes: 1, volumes: ledger(), ...changes })
const limited = (changes: Partial<AgreementLimits>, id = 'records-categories') =>
  agreement({
    id: must(parseAgreementId(id)),
    limits: { perMinute: null, concurrent: null, bytesPerDay: null, ...changes },
  })
const outcome = (admission: Admission | Held): string => ('limit' in admission ? admission.limit : 'admitted')
const release = (admission: Admission | Held | undefined) => {
  if (admission && 'release' in admission) admission.release()
}

describe('the cap of a system', () => {
  it('is so many calls a second, and says when to come back', async () => {
    const process = limits()
    const answers = await Promise.all(Array.from({ length: 7 }, () => process.checkSystem(CONSUMER)))
    expect(answers.slice(0, 5)).toEqual([null, null, null, null, null])
    expect(answers.slice(5)).toEqual([
      { limit: 'system', retryAfter: 1 },
      { limit: 'system', retryAfter: 1 },
    ])
  })

  it('is that of the newest revision: another one takes effect on the next call, and forgets none', async () => {
    let cap = 2
    const process = limits({ systemPerSecond: () => cap })
    const held = async (times: number) =>
      (await Promise.all(Array.from({ length: times }, () => process.checkSystem(CONSUMER)))).filter(Boolean).length
    expect(await held(3)).toBe(1)
    cap = 6
    expect(await held(5)).toBe(2)
    cap = 1
    expect(await held(2)).toBe(2)
  })

  it('is divided by processes, and never nothing', async () => {
    const process = limits({ systemPerSecond: () => 5, processes: 10 })
    expect(await process.checkSystem(CONSUMER)).toBeNull()
    expect(await process.checkSystem(CONSUMER)).not.toBeNull()
  })
})

describe('the rate of an agreement', () => {
  it('is so many calls a minute', async () => {
    const process = limits()
    const rated = limited({ perMinute: 3 })
    const outcomes = []
    for (let i = 0; i < 5; i++) outcomes.push(outcome(await process.admit(rated, AT)))
    expect(outcomes).toEqual(['admitted', 'admitted', 'admitted', 'rate', 'rate'])
    const held = await process.admit(rated, AT)
    expect('retryAfter' in held && held.retryAfter >= 1 && held.retryAfter <= 60).toBe(true)
  })

  it('is each agreement’s own, also where two have the same', async () => {
    const process = limits()
    expect(outcome(await process.admit(limited({ perMinute: 1 }), AT))).toBe('admitted')
    expect(outcome(await process.admit(limited({ perMinute: 1 }, 'another'), AT))).toBe('admitted')
    expect(outcome(await process.admit(limited({ perMinute: 1 }), AT))).toBe('rate')
  })

  it('that is exceeded gives the place back', async () => {
    const process = limits()
    const rated = limited({ perMinute: 1, concurrent: 2 })
    release(await process.admit(rated, AT))
    for (let i = 0; i < 5; i++) expect(outcome(await process.admit(rated, AT))).toBe('rate')
  })
})

describe('concurrency', () => {
  const two = limited({ concurrent: 2 })

  it('is so many at once: a place given back can be taken', async () => {
    const process = limits()
    const [first] = [await process.admit(two, AT), await process.admit(two, AT)]
    expect(await process.admit(two, AT)).toEqual({ limit: 'concurrency', retryAfter: 1 })
    release(first)
    expect(outcome(await process.admit(two, AT))).toBe('admitted')
    expect(outcome(await process.admit(two, AT))).toBe('concurrency')
  })

  it('is not fooled by calls that come at the same moment', async () => {
    const process = limits()
    const rated = limited({ concurrent: 2, perMinute: 1000 })
    const admissions = await Promise.all(Array.from({ length: 10 }, () => process.admit(rated, AT)))
    expect(admissions.map(outcome).filter(each => each === 'admitted')).toHaveLength(2)
  })

  it('counts a place that is given back twice once', async () => {
    const process = limits()
    const [first] = [await process.admit(two, AT), await process.admit(two, AT)]
    release(first)
    release(first)
    expect(outcome(await process.admit(two, AT))).toBe('admitted')
    expect(outcome(await process.admit(two, AT))).toBe('concurrency')
  })

  it('costs nothing of the rate where it refuses', async () => {
    const process = limits()
    const both = limited({ concurrent: 1, perMinute: 2 })
    const first = await process.admit(both, AT)
    expect(outcome(await process.admit(both, AT))).toBe('concurrency')
    release(first)
    expect(outcome(await process.admit(both, AT))).toBe('admitted')
  })

  it('is divided by processes', async () => {
    const process = limits({ processes: 2 })
    await process.admit(two, AT)
    expect(outcome(await process.admit(two, AT))).toBe('concurrency')
  })
})

describe('volume', () => {
  const hundred = limited({ bytesPerDay: 100 })

  it('is so many bytes a day in UTC, and says how long the day lasts', async () => {
    const process = limits()
    process.countBytes(hundred, AT, 99)
    expect(outcome(await process.admit(hundred, AT))).toBe('admitted')
    process.countBytes(hundred, AT, 1)
    expect(await process.admit(hundred, AT)).toEqual({ limit: 'volume', retryAfter: 3600 })
    expect(await process.admit(hundred, LATE)).toEqual({ limit: 'volume', retryAfter: 1 })
    expect(outcome(await process.admit(hundred, NEXT))).toBe('admitted')
  })

  it('takes no place where it refuses', async () => {
    const volumes = ledger()
    const process = limits({ volumes })
    const both = limited({ bytesPerDay: 100, concurrent: 1 })
    volumes.add(both.id, dayOf(AT), 100)
    for (let i = 0; i < 3; i++) expect(outcome(await process.admit(both, AT))).toBe('volume')
    expect(outcome(await process.admit(both, NEXT))).toBe('admitted')
  })

  it('is not counted where there is no cap', () => {
    const volumes = ledger()
    limits({ volumes }).countBytes(limited({}), AT, 5)
    expect(volumes.used(limited({}).id, dayOf(AT))).toBe(0)
  })
})

it('without limits nothing holds a call back', async () => {
  const process = limits()
  const admissions = await Promise.all(Array.from({ length: 200 }, () => process.admit(limited({}), AT)))
  expect(new Set(admissions.map(outcome))).toEqual(new Set(['admitted']))
})
