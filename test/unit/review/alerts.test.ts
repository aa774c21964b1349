import { describe, expect, it } from '@jest/globals'
import type { AlertRule } from '../../../gateway/configuration/objects.ts'
import { instantOfMillis } from '../../../gateway/domain/instant.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { readWaitingEvent } from '../../../gateway/record/read-waiting-event.ts'
import type { Alert } from '../../../gateway/review/alerts/alert-store.ts'
import { BUILT_IN, DEFAULT_RULES, isOnce, needsReview, rulesOf } from '../../../gateway/review/alerts/built-in.ts'
import { CountWindows, OTHERS } from '../../../gateway/review/alerts/count-windows.ts'
import { driftOf, isUnreliable, judgeDrifts } from '../../../gateway/review/alerts/judge-clock.ts'
import { judgeCounts } from '../../../gateway/review/alerts/judge-counts.ts'
import { reconcile } from '../../../gateway/review/alerts/reconcile.ts'
import { readReport, writeReport } from '../../../gateway/review/alerts/report.ts'
import { isOverdue, reviewAlert, whyNotReview } from '../../../gateway/review/alerts/review-alert.ts'

const AT = instantOfMillis(Date.parse('2026-11-22T08:00:00Z'))
const title = { en: 'A test', vi: 'Kiểm thử' }
const rule = (changes: Partial<AlertRule> = {}): AlertRule => ({
  id: 'many',
  title,
  event: 'refusals',
  service: null,
  count: 10,
  withinMillis: 60_000,
  ...changes,
})
const refusals = (subject: string, amount: number, service: string | null = null) =>
  ({ event: 'refusals', subject, service, amount }) as const

describe('counting within a time', () => {
  it('adds what happened, and forgets what is older than the rule asks', () => {
    const windows = new CountWindows()
    const rules = [rule()]
    windows.take(rules, [refusals('G99.21/records', 6)], 0)
    windows.take(rules, [refusals('G99.21/records', 5), refusals('G99.22/logistics', 1)], 30_000)
    expect(windows.counted(rules)).toEqual([
      { rule: 'many', subject: 'G99.21/records', amount: 11 },
      { rule: 'many', subject: 'G99.22/logistics', amount: 1 },
    ])
    windows.take(rules, [], 61_000)
    expect(windows.counted(rules)[0]).toMatchObject({ amount: 5 })
    windows.take(rules, [], 100_000)
    expect(windows.counted(rules)).toEqual([])
  })

  it('asks for the event and the service of the rule', () => {
    const windows = new CountWindows()
    const rules = [
      rule({ id: 'of-service', service: 'G99.10/categories/v1' as never }),
      rule({ id: 'bytes', event: 'bytes' }),
    ]
    windows.take(
      rules,
      [refusals('a', 1, 'G99.10/categories/v1'), refusals('a', 2, 'G99.10/records/v1'), refusals('a', 4)],
      0,
    )
    expect(windows.counted(rules)).toEqual([{ rule: 'of-service', subject: 'a', amount: 1 }])
  })

  it('tells only so many parties apart: whoever has many addresses is counted as one', () => {
    const windows = new CountWindows()
    const rules = [rule()]
    windows.take(
      rules,
      Array.from({ length: 2_500 }, (_, n) => refusals(`address-${n}`, 1)),
      0,
    )
    const counted = windows.counted(rules)
    expect(counted).toHaveLength(2_001)
    expect(counted.find(({ subject }) => subject === OTHERS)?.amount).toBe(500)
  })
})

describe('judging counts', () => {
  it('adds up what all processes counted of one party, and says the limit, not the moment', () => {
    const shares = [
      { rule: 'many', subject: 'a', amount: 6 },
      { rule: 'many', subject: 'a', amount: 4 },
      { rule: 'many', subject: 'b', amount: 9 },
      { rule: 'unknown', subject: 'a', amount: 99 },
    ]
    expect(judgeCounts([rule()], shares)).toEqual([
      { rule: 'many', subject: 'a', detail: 'at least 10 refusals within 60 s' },
    ])
  })

  it('goes by the default rules where the configuration has none', () => {
    expect(rulesOf([])).toBe(DEFAULT_RULES)
    expect(rulesOf([rule()])).toEqual([rule()])
    expect(DEFAULT_RULES.map(({ id }) => id)).toEqual(['refusal-spike', 'bulk-pull', 'tls-failures'])
  })
})

describe('raising and ending', () => {
  const open = [
    { id: '1', rule: 'clock-drift', subject: 'gateway-1' },
    { id: '2', rule: 'unstamped', subject: 'tsa' },
  ]
  const condition = (name: string, subject: string) => ({ rule: name, subject, detail: 'so it is' })

  it('raises what is new once, keeps what is open, ends what is over', () => {
    const now = [condition('clock-drift', 'gateway-1'), condition('disk-low', 'a'), condition('disk-low', 'a')]
    const { raised, ended } = reconcile(open, now)
    expect(raised).toEqual([condition('disk-low', 'a')])
    expect(ended).toEqual([open[1]])
    expect(reconcile(open, [])).toEqual({ raised: [], ended: open })
  })

  it('an emergency is raised once and needs a review; a stale list ends by itself', () => {
    expect([isOnce('break-glass'), isOnce('break-glass-used'), isOnce('clock-drift')]).toEqual([true, true, false])
    expect([needsReview('break-glass-used'), needsReview('revocation-stale'), needsReview('many')]).toEqual([
      true,
      false,
      false,
    ])
    expect(Object.keys(BUILT_IN).length).toBeGreaterThan(10)
  })
})

describe('what one process tells the others', () => {
  const report = {
    drift: 0.25,
    conditions: [{ rule: 'disk-low', subject: 'gateway-1', detail: 'little is free', officers: ['security-1'] }],
    counts: [{ rule: 'many', subject: 'a', amount: 3 }],
  }

  it('is read back', () => {
    expect(readReport(writeReport(report))).toEqual(report)
  })

  it.each([
    ['no JSON', 'x', null],
    ['null', 'null', { drift: null, conditions: [], counts: [] }],
    ['a rule with a line break', JSON.stringify({ conditions: [{ rule: 'a\nb', subject: 's', detail: 'd' }] }), null],
    ['a subject with a line break', JSON.stringify({ conditions: [{ rule: 'a', subject: 's\n', detail: 'd' }] }), null],
    ['a count below nothing', JSON.stringify({ counts: [{ rule: 'a', subject: 's', amount: -1 }] }), null],
    ['a drift that is none', JSON.stringify({ drift: 'much' }), null],
  ])('is attacker-controlled: %s', (_what, text, expected) => {
    const nothing = text === 'x' ? null : { drift: null, conditions: [], counts: [] }
    expect(readReport(text)).toEqual(expected ?? nothing)
  })

  it('holds the largest counts where there are too many', () => {
    const counts = Array.from({ length: 1_000 }, (_, n) => ({ rule: 'many', subject: `s${n}`, amount: n }))
    const read = readReport(writeReport({ drift: null, conditions: [], counts }))
    expect(read?.counts).toHaveLength(500)
    expect(read?.counts[0]?.amount).toBe(999)
  })
})

describe('the clock', () => {
  it.each([
    ['equal', { asked: 1_000, answered: 1_010, theirs: 1_005 }, 0],
    ['a way that explains it', { asked: 0, answered: 2_000, theirs: 1_900 }, 0],
    ['ahead', { asked: 10_000, answered: 10_100, theirs: 5_050 }, 4.95],
    ['behind', { asked: 5_000, answered: 5_000, theirs: 16_000 }, -11],
    ['whole seconds explain half of one', { asked: 5_400, answered: 5_400, theirs: 5_000, grainMillis: 1_000 }, 0],
    ['and no more', { asked: 8_500, answered: 8_500, theirs: 5_000, grainMillis: 1_000 }, 2.5],
  ])('%s', (_what, look, seconds) => {
    expect(driftOf(look)).toBeCloseTo(seconds, 6)
  })

  it('over 1 s alerts; over 10 s stops signing, in both directions', () => {
    const conditions = (seconds: number) => judgeDrifts([{ against: 'database', seconds }], 'gateway-1')
    expect([1, -1].flatMap(conditions)).toEqual([])
    expect(conditions(1.001)).toMatchObject([{ rule: 'clock-drift', subject: 'gateway-1, database' }])
    expect(conditions(-1.001)[0]?.detail).toContain('more than 1 s behind')
    expect(conditions(10.001)[0]?.detail).toContain('more than 10 s ahead')
    expect([10, -10, null].map(isUnreliable)).toEqual([false, false, false])
    expect([10.001, -10.001].map(isUnreliable)).toEqual([true, true])
  })
})

const alert = (changes: Partial<Alert> = {}): Alert => ({
  id: '01939c5e-7b1a-7cc3-9b1e-0123456789ab',
  rule: 'break-glass',
  subject: 'training-categories from 2026-11-22T08:00Z',
  detail: 'activated',
  raisedAt: AT,
  endedAt: null,
  review: 'needed',
  officers: ['security-1', 'security-2'],
  remindedAt: null,
  reviewedAt: null,
  reviewer: null,
  note: null,
  ...changes,
})
const officer = (id: string, ...roles: string[]) => ({ id: must(parseOfficerId(id)), roles }) as never

describe('a review', () => {
  it.each([
    ['an auditor', alert(), officer('auditor-1', 'auditor'), null],
    ['a security officer who did not sign it', alert(), officer('security-3', 'security-officer'), null],
    ['who signed it', alert(), officer('security-2', 'security-officer'), 'own-act'],
    ['an operator', alert(), officer('operator-1', 'operator'), 'not-entitled'],
    ['what ends by itself', alert({ review: 'none' }), officer('auditor-1', 'auditor'), 'no-review-needed'],
    ['a second time', alert({ reviewedAt: AT }), officer('auditor-1', 'auditor'), 'already-reviewed'],
  ])('by, or of: %s', (_what, one, who, why) => {
    expect(whyNotReview(one, who)).toBe(why)
  })

  it('counts for whoever is first', async () => {
    const store = { read: async (id: string) => (id === alert().id ? alert() : null), review: async () => false }
    const auditor = officer('auditor-1', 'auditor')
    expect(await reviewAlert(store, alert().id, auditor, 'seen', AT)).toEqual({ ok: false, error: 'already-reviewed' })
    expect(await reviewAlert(store, 'other', auditor, 'seen', AT)).toEqual({ ok: false, error: 'not-found' })
  })

  it('is asked for again each day', () => {
    const later = (hours: number) => instantOfMillis(AT / 1000 + hours * 3_600_000)
    expect(isOverdue(alert(), later(23))).toBe(false)
    expect(isOverdue(alert(), later(24))).toBe(true)
    expect(isOverdue(alert({ remindedAt: later(24) }), later(47))).toBe(false)
    expect(isOverdue(alert({ remindedAt: later(24) }), later(48))).toBe(true)
    expect(isOverdue(alert({ reviewedAt: later(1) }), later(48))).toBe(false)
    expect(isOverdue(alert({ review: 'none' }), later(48))).toBe(false)
  })
})

describe('an alert on its way to the control lane', () => {
  const waiting = {
    kind: 'alert',
    event: 'reviewed',
    alert: alert().id,
    rule: 'break-glass',
    subject: null,
    detail: 'đã xem xét',
    officer: 'auditor-1',
    actedAt: AT,
  }

  it('is read', () => {
    expect(readWaitingEvent(JSON.stringify(waiting), AT)).toEqual(waiting)
  })

  it.each([
    { event: 'closed' },
    { alert: 'x' },
    { rule: 'A rule' },
    { detail: 'two\nlines' },
    { detail: 'x'.repeat(1_001) },
    { officer: 'nobody at all' },
    { actedAt: 'now' },
  ])('is recorded as unreadable where it is not whole: %j', change => {
    const read = readWaitingEvent(JSON.stringify({ ...waiting, ...change }), AT)
    expect(read).toMatchObject({ event: 'unreadable', reason: 'malformed' })
  })
})
