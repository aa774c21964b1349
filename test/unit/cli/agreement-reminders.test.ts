import { beforeEach, describe, expect, it } from '@jest/globals'
import { AgreementReminders } from '../../../gateway/cli/serve/agreement-reminders.ts'
import type { Agreement } from '../../../gateway/configuration/objects.ts'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import type { Snapshot } from '../../../gateway/snapshot/snapshot.ts'
import { agreement, minute } from '../policy/world.ts'

const at = (text: string): Instant => instantOfMillis(Date.parse(`${text}Z`))
/** Of a snapshot only the agreements are looked at. */
const snapshotOf = (changes: Partial<Agreement>): Snapshot =>
  ({ configuration: { agreements: [agreement(changes)] } }) as unknown as Snapshot

let lines: string[]
let reminders: AgreementReminders
beforeEach(() => {
  lines = []
  const tell = (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    void lines.push(`${message} ${typeof fields.days === 'number' ? fields.days : ''}`.trim())
  reminders = new AgreementReminders({ info: tell, warn: tell, error: tell })
})

describe('an agreement until 2027-01-01', () => {
  it('is spoken of 30, 14, 7 and 1 days before its end, and at it, once each', () => {
    const snapshot = snapshotOf({})
    for (let day = 1; day <= 40; day++)
      for (const hour of ['06', '18']) {
        const date = new Date(Date.UTC(2026, 10, 25 + day)).toISOString().slice(0, 10)
        reminders.look(snapshot, at(`${date}T${hour}:00`))
      }
    // The last look before the end is on its last day; behind it nobody is reminded of what is over.
    expect(lines).toEqual([30, 14, 7, 1].map(days => `an agreement ends soon ${days}`))
  })

  it('is spoken of at the first look of a process, and again where a revision moves its end', () => {
    reminders.look(snapshotOf({}), at('2026-12-20T00:00'))
    reminders.look(snapshotOf({}), at('2026-12-20T00:01'))
    reminders.look(snapshotOf({ until: minute('2026-12-25T00:00') }), at('2026-12-20T00:02'))
    expect(lines).toEqual(['an agreement ends soon 12', 'an agreement ends soon 5'])
  })

  it('is not spoken of while it is suspended', () => {
    reminders.look(snapshotOf({ suspended: true }), at('2026-12-31T00:00'))
    expect(lines).toEqual([])
  })
})

describe('somebody is reminded', () => {
  const long = { until: minute('2031-01-01T00:00'), securityConfirmedUntil: minute('2031-01-01T00:00') }

  it.each<[string, Partial<Agreement>, string, readonly string[]]>([
    [
      'of a confirmation',
      { ...long, securityConfirmedUntil: minute('2026-06-08T00:00') },
      '2026-06-01T12:00',
      ['a security confirmation lapses soon 7'],
    ],
    [
      'of a confirmation that is too old',
      { ...long, securityConfirmedUntil: minute('2026-06-01T00:00') },
      '2026-06-01T12:00',
      ['a security confirmation lapses soon: it is over, and exchanges are refused 0'],
    ],
    ['of nothing in the first year', long, '2026-12-31T00:00', []],
    ['of a recertification', long, '2027-01-02T00:00', ['an agreement has not been recertified for a year']],
    ['of none that was done', { ...long, recertifiedOn: '2026-12-01' }, '2027-01-02T00:00', []],
    [
      'of a dormant agreement that is awake',
      {
        ...long,
        dormant: true,
        activation: { from: minute('2026-06-01T12:00'), until: minute('2026-06-01T13:00'), reason: 'a flood' },
      },
      '2026-06-01T12:30',
      ['a dormant agreement is activated: its use has to be reviewed'],
    ],
    [
      'of none that sleeps again',
      {
        ...long,
        dormant: true,
        activation: { from: minute('2026-06-01T12:00'), until: minute('2026-06-01T13:00'), reason: 'a flood' },
      },
      '2026-06-01T13:00',
      [],
    ],
  ])('%s', (_, changes, time, expected) => {
    reminders.look(snapshotOf(changes), at(time))
    reminders.look(snapshotOf(changes), at(time))
    expect(lines).toEqual(expected)
  })
})
