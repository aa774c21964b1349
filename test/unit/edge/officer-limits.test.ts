import { describe, expect, it } from '@jest/globals'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { OfficerLimits } from '../../../gateway/edge/office/officer-limits.ts'

const ONE = must(parseOfficerId('security-1'))
const TWO = must(parseOfficerId('security-2'))

const admitted = async (limits: OfficerLimits, officer = ONE): Promise<() => void> => {
  const found = await limits.admit(officer)
  if ('retryAfter' in found) throw new Error(`held for ${found.retryAfter} s`)
  return found.release
}

describe('the calls of one officer', () => {
  it('are so many at once, whoever asks at the same moment; released ones make room', async () => {
    const limits = new OfficerLimits(() => ({ officerPerMinute: 600, officerConcurrent: 2 }))
    const asked = await Promise.all([limits.admit(ONE), limits.admit(ONE), limits.admit(ONE)])
    expect(asked.map(found => 'release' in found)).toEqual([true, true, false])
    expect(asked[2]).toEqual({ retryAfter: 1 })
    await admitted(limits, TWO)
    for (const found of asked) if ('release' in found) found.release()
    await admitted(limits)
  })

  it('are so many a minute; one that is held takes no place', async () => {
    const limits = new OfficerLimits(() => ({ officerPerMinute: 2, officerConcurrent: 1 }))
    for (let n = 0; n < 2; n++) (await admitted(limits))()
    for (let n = 0; n < 3; n++) {
      const found = await limits.admit(ONE)
      expect('retryAfter' in found && found.retryAfter > 50 && found.retryAfter <= 60).toBe(true)
    }
    const release = await admitted(limits, TWO)
    release()
  })

  it('follow the revision: what was counted stays counted', async () => {
    let caps = { officerPerMinute: 2, officerConcurrent: 2 }
    const limits = new OfficerLimits(() => caps)
    for (let n = 0; n < 2; n++) (await admitted(limits))()
    expect('retryAfter' in (await limits.admit(ONE))).toBe(true)
    caps = { officerPerMinute: 10, officerConcurrent: 1 }
    await admitted(limits)
    expect(await limits.admit(ONE)).toEqual({ retryAfter: 1 })
  })
})
