import { describe, expect, it } from '@jest/globals'
import type { Officer } from '../../../gateway/configuration/objects.ts'
import { activeSecurityOfficers, IDLE_AFTER, isIdle } from '../../../gateway/control/officer-activity.ts'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'

const NOW = instantOfMillis(Date.parse('2026-11-22T12:00:00Z'))
const before = (micros: number): Instant => (NOW - micros) as Instant
const key = bindingOfKey(makeKey())
const id = (name: string) => must(parseOfficerId(name))
const officer = (changes: Partial<Officer> = {}): Officer => ({
  id: id('security-1'),
  name: 'a',
  roles: ['security-officer'],
  units: [],
  key,
  disabled: false,
  recoveredOn: null,
  secondFactor: false,
  authenticators: [],
  ...changes,
})

describe('an officer', () => {
  // When seen last, when recovered, whether idle now.
  it.each<[Instant, string | null, boolean]>([
    [NOW, null, false],
    [before(IDLE_AFTER), null, false],
    [before(IDLE_AFTER + 1), null, true],
    [before(2 * IDLE_AFTER), '2026-11-22', false],
    [before(2 * IDLE_AFTER), '2026-10-09', false], // 44.5 days
    [before(2 * IDLE_AFTER), '2026-10-08', true], // 45.5 days
    [before(2 * IDLE_AFTER), '2026-11-23', true], // a day to come lends nothing
    [before(2 * IDLE_AFTER), '9999-12-31', true],
  ])('seen at %i, recovered on %s: idle is %s', (seenAt, recoveredOn, idle) => {
    expect(isIdle(officer({ recoveredOn }), seenAt, NOW)).toBe(idle)
  })

  it('counts as an active security officer where neither disabled nor idle', () => {
    const officers = [
      officer(),
      officer({ id: id('security-2'), disabled: true }),
      officer({ id: id('security-3') }),
      officer({ id: id('security-4') }),
      officer({ id: id('auditor-1'), roles: ['auditor'] }),
    ]
    const seen = new Map([
      [id('security-1'), NOW],
      [id('security-3'), before(IDLE_AFTER + 1)],
    ])
    expect(activeSecurityOfficers(officers, seen, NOW)).toEqual(['security-1', 'security-4'])
  })
})
