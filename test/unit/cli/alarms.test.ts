import { describe, expect, it } from '@jest/globals'
import { Alarms } from '../../../gateway/cli/serve/alarms.ts'
import type { Condition } from '../../../gateway/review/alerts/condition.ts'

function world() {
  const lines: string[] = []
  const time = { now: 0 }
  const say = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const alarms = new Alarms({ info: say, warn: say }, () => time.now)
  return { alarms, lines, time }
}

const drift: Condition = { rule: 'clock-drift', subject: 'gateway-1', detail: 'off' }
const died: Condition = { rule: 'audit-failure', subject: 'gateway-1', detail: 'a lane died' }

describe('what is wrong with a process', () => {
  it('is told to its own log when it begins and when it is over, once each', async () => {
    const { alarms, lines } = world()
    alarms.raise(drift)
    alarms.raise(drift)
    expect(await alarms.look()).toEqual([drift])
    await alarms.look()
    alarms.over('clock-drift', 'gateway-1')
    alarms.reported()
    expect(await alarms.look()).toEqual([])
    expect(lines).toEqual([
      'alert {"rule":"clock-drift","subject":"gateway-1","detail":"off"}',
      'an alert is over {"rule":"clock-drift","subject":"gateway-1"}',
    ])
  })

  it('is no warning where it is usual, and is held all the same', async () => {
    const told: string[] = []
    const alarms = new Alarms({
      info: message => void told.push(`info ${message}`),
      warn: message => void told.push(`warn ${message}`),
    })
    alarms.isUsual = ({ rule }) => rule === 'clock-drift'
    alarms.raise(drift)
    alarms.raise(died)
    expect(await alarms.look()).toEqual([drift, died])
    expect(told).toEqual(['info alert', 'warn alert'])
  })

  it('that only happened counts for a minute from its last time', async () => {
    const { alarms, time } = world()
    alarms.strike(died)
    await alarms.look()
    alarms.reported()
    time.now = 50_000
    alarms.strike(died)
    time.now = 100_000
    expect(await alarms.look()).toEqual([died])
    alarms.reported()
    time.now = 111_000
    expect(await alarms.look()).toEqual([died])
    alarms.reported()
    expect(await alarms.look()).toEqual([])
  })

  it('is not forgotten before it was reported, however long the database is away', async () => {
    const { alarms, time } = world()
    alarms.raise(drift)
    alarms.strike(died)
    alarms.over('clock-drift', 'gateway-1')
    time.now = 3_600_000
    await alarms.look()
    time.now = 7_200_000
    expect(await alarms.look()).toEqual([drift, died])
    alarms.reported()
    expect(await alarms.look()).toEqual([])
  })

  it('wakes whoever waits for it, and what watchers find is so while they find it', async () => {
    const { alarms } = world()
    let woken = 0
    alarms.onRaised = () => woken++
    alarms.raise(drift)
    alarms.raise(drift)
    expect(woken).toBe(1)
    let isSo = true
    alarms.watch(() => (isSo ? [died] : []))
    expect(await alarms.look()).toEqual([drift, died])
    isSo = false
    expect(await alarms.look()).toEqual([drift])
  })
})
