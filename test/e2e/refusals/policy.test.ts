import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { addAgreement, addGuardrail, addService } from '../../support/refusals/additions.ts'
import { hoursAround } from '../../support/refusals/hours.ts'
import { checkPage, exampleOf } from '../../support/refusals/problem-page.ts'
import { LIST, PURPOSE } from '../../support/refusals/row.ts'
import { runRows } from '../../support/refusals/run-rows.ts'
import { eventually, type Scene, setScene } from '../../support/refusals/scene.ts'
import { headerRows } from './headers.rows.ts'
import { limitRows } from './limits.rows.ts'
import { agreementRows, checkModeRows, labelRows } from './policy.rows.ts'
import { routeRows } from './routes.rows.ts'
import { signatureRows } from './signatures.rows.ts'

const HOME = 'Asia/Ho_Chi_Minh'
const FAR = 'America/New_York'
const MINUTE = 60_000
const minutesFromNow = (minutes: number): string =>
  new Date(Math.floor(Date.now() / MINUTE) * MINUTE + minutes * MINUTE).toISOString()

describe('a call that the policy does not permit', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await setScene({
      configure(files) {
        const year = '2026-01-01T00:00:00+07:00'
        addAgreement(files, {
          id: 'expired',
          valid: { from: year, until: '2026-02-01T00:00:00+07:00' },
          securityConfirmedOn: '2026-01-01',
        })
        addAgreement(files, { id: 'just-ended', valid: { from: year, until: minutesFromNow(0) } })
        addAgreement(files, { id: 'early', valid: { from: minutesFromNow(10), until: '2031-01-01T00:00:00+07:00' } })
        addAgreement(files, { id: 'just-begun', valid: { from: minutesFromNow(0), until: minutesFromNow(60) } })
        addAgreement(files, { id: 'suspended', suspended: true })
        addAgreement(files, { id: 'unconfirmed', securityConfirmedOn: '2026-01-01' })
        addAgreement(files, { id: 'asleep', dormant: true })
        const activation = { from: minutesFromNow(-10), until: minutesFromNow(50), reason: 'A flood' }
        addAgreement(files, { id: 'awake', dormant: true, activation })
        const slept = { from: minutesFromNow(-60), until: minutesFromNow(0), reason: 'A flood' }
        addAgreement(files, { id: 'asleep-again', dormant: true, activation: slept })
        addService(files, 'stopped', 'suspended: true')
        addService(
          files,
          'maintained',
          `maintenance: [{ from: "${minutesFromNow(-1)}", until: "${minutesFromNow(30)}", note: { en: a, vi: a } }]`,
        )
        addAgreement(files, { id: 'signed', signature: 'required' })
        addAgreement(files, { id: 'tokened', token: 'required' })
        addAgreement(files, { id: 'tokened-too', token: 'required' })
        addAgreement(files, { id: 'hours-ended', hours: hoursAround(HOME, -60, 0) })
        addAgreement(files, { id: 'hours-early', hours: hoursAround(HOME, 10, 60) })
        addAgreement(files, { id: 'hours-now', hours: hoursAround(HOME, 0, 60) })
        addAgreement(files, { id: 'hours-ended-far', hours: hoursAround(FAR, -60, 0) })
        addAgreement(files, { id: 'hours-early-far', hours: hoursAround(FAR, 10, 60) })
        addAgreement(files, { id: 'hours-now-far', hours: hoursAround(FAR, 0, 60) })
        addAgreement(files, { id: 'hours-other-day', hours: { ...hoursAround(HOME, -60, 60), days: otherDays(HOME) } })
        addAgreement(files, { id: 'guarded' })
        addGuardrail(files, 'not-for-this', 'guarded')
        addAgreement(files, { id: 'slow', limits: { perMinute: 1 } })
        addAgreement(files, { id: 'single', limits: { concurrent: 1 } })
        addAgreement(files, { id: 'small', limits: { bytesPerDay: 1 } })
      },
    })
  })
  afterAll(() => scene?.close())

  describe('because of what it names', () => runRows(() => scene, routeRows))
  describe('because of its agreement', () => runRows(() => scene, agreementRows))
  describe('because of its signature', () => runRows(() => scene, signatureRows))
  describe('because of its label', () => runRows(() => scene, labelRows))
  describe('because of its headers', () => runRows(() => scene, headerRows))
  describe('because of a limit', () => runRows(() => scene, limitRows))
  describe('in check mode', () => runRows(() => scene, checkModeRows))

  // Beside the refusals: the same agreements permit on the other side of each end.
  it.each(['just-begun', 'hours-now', 'hours-now-far', 'awake'])(
    '%s permits: 200; request, response; forwarded: yes',
    async name => {
      const answered = await scene.call({ path: LIST.path, headers: { 'exchange-purpose': name } })
      expect(answered.status).toBe(200)
      expect(await kindsOf(answered.headers['exchange-id'])).toEqual(['request', 'response'])
    },
  )

  it('check mode, permitted: 200; request with mode check; forwarded: no', async () => {
    const before = scene.world.provider.seen.length
    const answered = await scene.call({ ...LIST, headers: { ...PURPOSE, 'exchange-mode': 'check' } })
    expect(answered).toMatchObject({
      status: 200,
      json: { mode: 'check', decision: 'permit', agreement: 'records-categories' },
    })
    expect(answered.headers).toHaveProperty('exchange-receipt')
    expect(scene.world.provider.seen.length).toBe(before)
    const records = await scene.recordsOf(String(answered.headers['exchange-id']))
    expect(records.map(({ kind, fields }) => [kind, fields.mode])).toEqual([['request', 'check']])
  })

  it('check mode, the agreement yet to begin: 200, decided as of the same weekday and time behind its beginning', async () => {
    const before = scene.world.provider.seen.length
    const headers = { 'exchange-purpose': 'early', 'exchange-mode': 'check' }
    const answered = await scene.call({ path: LIST.path, headers })
    expect(answered).toMatchObject({ status: 200, json: { decision: 'permit' } })
    const weeks = (Date.parse(String(answered.json?.decidedFor)) - Date.now()) / (7 * 86_400_000)
    expect(weeks).toBeGreaterThan(0)
    // To the minute.
    expect(Math.abs(weeks - Math.round(weeks))).toBeLessThan(0.001)
    expect(scene.world.provider.seen.length).toBe(before)
    const [record] = await scene.recordsOf(String(answered.headers['exchange-id']))
    expect(record?.fields).toMatchObject({ kind: 'request', mode: 'check', decision: 'permit' })
  })

  it('above the budget of 50 a second: counted in one record, the connection closes; forwarded: no', async () => {
    const { provider } = scene.world
    const before = provider.seen.length
    const added = await scene.watchRecords()
    const counted = async () =>
      (await scene.records())
        .filter(({ kind }) => kind === 'refusals')
        .reduce((times, { fields }) => times + Number(fields.times), 0)
    const call = { path: `${LIST.path}/01/nothing`, headers: PURPOSE }
    const answers = await Promise.all(Array.from({ length: 300 }, () => scene.call(call)))
    expect(new Set(answers.map(({ status, json }) => `${status} ${String(json?.code)}`))).toEqual(
      new Set(['403 not-permitted']),
    )
    expect(answers.some(({ headers }) => headers.connection === 'close' && !('exchange-receipt' in headers))).toBe(true)
    // Each is in the log once: as a record of its own, or in a count.
    await eventually(
      async () => (await added()).length + (await counted()),
      sum => sum === answers.length,
    )
    expect(await counted()).toBeGreaterThan(0)
    expect(provider.seen.length).toBe(before)
  })

  it('a question about no exchange of this system: 404 exchange-not-found; no record; forwarded: no', async () => {
    const call = { path: '/exchanges/019a0000-0000-7000-8000-000000000001' }
    const before = (await scene.records()).length
    const answered = await scene.call(call)
    expect([answered.status, answered.json?.code]).toEqual([404, 'exchange-not-found'])
    expect((await scene.records()).length).toBe(before)
    const row = { what: '', call, status: 404, code: 'exchange-not-found', records: [], forwarded: 'no' } as const
    checkPage('exchange-not-found', { what: 'An exchange that is none', text: exampleOf(row, answered) })
  })

  const kindsOf = async (exchange: unknown): Promise<readonly string[]> =>
    (await scene.recordsOf(String(exchange))).map(({ kind }) => kind)
})

/** Two days ahead, where no window of an hour reaches today. */
function otherDays(zone: string): readonly string[] {
  const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
  const today = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short' }).format(new Date()).toLowerCase()
  const day = names[(names.indexOf(today) + 3) % 7] ?? 'sun'
  return [day, day]
}
