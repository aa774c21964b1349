import { describe, expect, it } from '@jest/globals'
import { ControlKeeper } from '../../../gateway/control/keeper.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { readOfficerEvent } from '../../../gateway/record/read-officer-event.ts'
import { readWaitingEvent } from '../../../gateway/record/read-waiting-event.ts'
import { AT, controlWriter } from '../record/facts.ts'
import { MemoryRegister } from './register.ts'

const ACT = {
  event: 'approve',
  officer: 'security-2',
  via: 'office',
  change: '01939c5e-7b1a-7cc3-9b1e-0123456789ab',
  outcome: 'refused',
  reason: 'stale',
  was: null,
  is: digestOf('a'),
  actedAt: AT,
}
const text = (changes: object = {}): string => JSON.stringify({ ...ACT, ...changes })
const start = (register: MemoryRegister) =>
  ControlKeeper.start({
    log: register,
    register,
    writer: controlWriter,
    now: () => AT,
    onDamage: () => undefined,
    onSealed: () => undefined,
  })
const waiting = [1, 2, 5].map(number => ({ number, text: text({ reason: `reason-${number}` }) }))

describe('acts on their way to the control lane', () => {
  it('are recorded in order, each once, also by the next keeper', async () => {
    const register = new MemoryRegister()
    const keeper = await start(register)
    await keeper.recordOfficerEvents(waiting.slice(0, 2))
    await keeper.recordOfficerEvents(waiting)
    const next = await start(register)
    expect(next.recordedEvent).toBe(5)
    await next.recordOfficerEvents(waiting)
    expect(register.recorded('officer').map(({ number, reason }) => [number, reason])).toEqual([
      [1, 'reason-1'],
      [2, 'reason-2'],
      [5, 'reason-5'],
    ])
  })

  // The append fails before anything is written, or with its answer lost: the next keeper reads how far it came.
  it.each(['before', 'after'] as const)(
    'an append that fails %s it is written loses and doubles nothing',
    async how => {
      const register = new MemoryRegister()
      const keeper = await start(register)
      register.failAt = register.calls
      register.failure = how
      await expect(keeper.recordOfficerEvents(waiting)).rejects.toThrow()
      const next = await start(register)
      await next.recordOfficerEvents(waiting)
      expect(register.recorded('officer').map(({ number }) => number)).toEqual([1, 2, 5])
    },
  )
})

describe('an act as the office side wrote it', () => {
  it('is read as it is', () => {
    expect(readOfficerEvent(text(), AT)).toEqual(ACT)
    expect(readOfficerEvent(text({ officer: null, via: 'schedule', change: null }), AT)).toMatchObject({
      officer: null,
    })
  })

  // Whoever writes to the table may write anything; a record of it stays small, and holds nothing of it.
  it.each([
    'no JSON',
    'null',
    '[]',
    text({ event: 'a'.repeat(65) }),
    text({ event: 'two words' }),
    text({ officer: 'Nguyễn' }),
    text({ officer: undefined }),
    text({ via: 'elsewhere' }),
    text({ change: '1' }),
    text({ outcome: 'maybe' }),
    text({ was: 'abc' }),
    text({ actedAt: '2026-11-22' }),
    text({ reason: 7 }),
  ])('%s is recorded as unreadable, by digest', written => {
    expect(readOfficerEvent(written, AT)).toEqual({
      event: 'unreadable',
      officer: null,
      via: 'office',
      change: null,
      outcome: 'refused',
      reason: 'malformed',
      was: null,
      is: digestOf(written),
      actedAt: AT,
    })
  })
  it('takes nothing with it that is no part of an act', () => {
    expect(readOfficerEvent(text({ secret: 'x' }), AT)).toEqual(ACT)
  })
})

describe('a read of the log on its way to the control lane', () => {
  const READ = { kind: 'read', reader: 'login:auditor', via: 'command', what: 'search code=internal', actedAt: AT }
  const read = (changes: object = {}): string => JSON.stringify({ ...READ, ...changes })

  it('is recorded as what it is, in its order among the acts, once', async () => {
    const register = new MemoryRegister()
    const mixed = [
      { number: 1, text: text() },
      { number: 2, text: read() },
      { number: 3, text: text() },
      { number: 4, text: read({ what: 'usage' }) },
    ]
    await (await start(register)).recordOfficerEvents(mixed)
    const next = await start(register)
    // The last one was a read: it counts as well.
    expect(next.recordedEvent).toBe(4)
    await next.recordOfficerEvents(mixed)
    expect(register.recorded('read').map(({ number, reader, what }) => [number, reader, what])).toEqual([
      [2, 'login:auditor', 'search code=internal'],
      [4, 'login:auditor', 'usage'],
    ])
    expect(register.recorded('officer').map(({ number }) => number)).toEqual([1, 3])
  })

  it.each([
    read({ reader: 'a'.repeat(201) }),
    read({ what: 'tìm' }),
    read({ what: 'a\nb' }),
    read({ via: 'schedule' }),
    read({ actedAt: 'now' }),
  ])('%s is recorded as unreadable, by digest', written => {
    expect(readWaitingEvent(written, AT)).toMatchObject({ event: 'unreadable', is: digestOf(written) })
  })
})
