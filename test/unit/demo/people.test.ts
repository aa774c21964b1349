import { describe, expect, it } from '@jest/globals'
import { DEMO_PEOPLE, people } from '../../../demo/data-centre/people.ts'
import provinces from '../../../demo/data-centre/provinces.json' with { type: 'json' }

const everyone = people(DEMO_PEOPLE.seed, DEMO_PEOPLE.count)

describe('the synthetic people', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(people(DEMO_PEOPLE.seed, DEMO_PEOPLE.count)).toEqual(everyone)
    expect(people('another', 3)).not.toEqual(people(DEMO_PEOPLE.seed, 3))
    // More of them leave those before as they were.
    expect(people(DEMO_PEOPLE.seed, 3)).toEqual(everyone.slice(0, 3))
  })

  it('have numbers of the real structure that agree with birth date and sex', () => {
    for (const { citizenNumber, birthDate, sex } of everyone) {
      const [, province, century, year] = /^9(\d{2})(\d)(\d{2})\d{6}$/.exec(citizenNumber) ?? []
      expect(provinces.map(({ code }) => code)).toContain(province)
      expect(`${birthDate < '2000' ? '19' : '20'}${year}`).toBe(birthDate.slice(0, 4))
      expect(Number(century)).toBe((birthDate < '2000' ? 0 : 2) + (sex === 'male' ? 0 : 1))
    }
  })

  it('have numbers that no province gives out: real ones begin with 0', () => {
    expect(everyone.filter(({ citizenNumber }) => !citizenNumber.startsWith('9'))).toEqual([])
  })

  it('never share a serial, however many there are', () => {
    const serials = people('any', 20_000).map(({ citizenNumber }) => citizenNumber.slice(6))
    expect(new Set(serials).size).toBe(20_000)
  })

  it('are of both sexes, both centuries and both states of registration', () => {
    expect(new Set(everyone.map(({ citizenNumber }) => citizenNumber[3]))).toEqual(new Set(['0', '1', '2', '3']))
    expect(everyone.filter(({ registration }) => registration === 'cancelled')).toHaveLength(10)
  })
})
