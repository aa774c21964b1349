import { describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import request from 'supertest'
import { millisOf } from '../../../gateway/domain/instant.ts'
import { systemClock } from '../../../gateway/edge/clock.ts'
import { MemoryBudget } from '../../../gateway/edge/memory-budget.ts'
import { Metrics, observer } from '../../../gateway/edge/metrics.ts'
import { opsApp, type Part } from '../../../gateway/edge/ops/ops-app.ts'

describe('the memory budget', () => {
  it('is one for all exchanges, and what an exchange holds is given back once', () => {
    const budget = new MemoryBudget(100)
    const [one, two] = [budget.account(), budget.account()]
    expect([one.take(60), two.take(41), two.take(40), one.take(1)]).toEqual([true, false, true, false])
    expect(budget.used).toBe(100)
    one.release()
    one.release()
    expect(budget.used).toBe(40)
    expect(two.take(60)).toBe(true)
    two.release()
    expect(budget.used).toBe(0)
  })

  it('takes nothing where there is no room', () => {
    const budget = new MemoryBudget(10)
    const account = budget.account()
    expect([account.take(11), budget.used]).toEqual([false, 0])
  })
})

describe('the clock', () => {
  it('never runs backwards and says what the system says', () => {
    const clock = systemClock()
    let last = clock.now()
    for (let i = 0; i < 50_000; i++) {
      const now = clock.now()
      if (now < last) throw new Error(`${now} after ${last}`)
      last = now
    }
    expect(Math.abs(millisOf(last) - Date.now())).toBeLessThan(20)
    expect(Number.isSafeInteger(last)).toBe(true)
  })

  it('tells microseconds apart', () => {
    const clock = systemClock()
    const seen = new Set(Array.from({ length: 10_000 }, () => clock.now() % 1000))
    expect(seen.size).toBeGreaterThan(10)
  })
})

describe('the ops listener', () => {
  const app = (parts: readonly Part[], registry = new Registry()) => opsApp({ parts: () => parts }, registry)
  const good: Part = { part: 'lane', ready: true, detail: 'open' }
  const bad: Part = { part: 'policy', ready: false, detail: 'no revision is loaded' }

  it('is live while it answers', async () => {
    await request(app([bad]))
      .get('/livez')
      .expect(200, { live: true })
  })

  it.each<[readonly Part[], number, boolean]>([
    [[good], 200, true],
    [[good, bad], 503, false],
    [[], 200, true],
  ])('is ready when every part is: %j', async (parts, status, ready) => {
    await request(app(parts)).get('/readyz').expect(status, { ready, parts })
  })

  it('shows metrics, with no label that a caller writes', async () => {
    const metrics = new Metrics()
    const observe = observer(metrics, () => undefined)
    observe.exchange('refused', 'not-permitted')
    observe.exchange('refused', 'a code of the caller')
    observe.step('decide', 120)
    const { text } = await request(app([], metrics.registry))
      .get('/metrics')
      .expect(200)
      .expect('content-type', /text\/plain/)
    expect(text).toContain('lienthong_exchanges_total{outcome="refused",code="not-permitted"} 1')
    expect(text).toContain('lienthong_step_seconds_count{step="decide"} 1')
    expect(text).not.toContain('a code of the caller')
  })

  it('says nothing about itself and runs nothing', async () => {
    const answer = await request(app([])).get('/anything').expect(404)
    expect(answer.headers).not.toHaveProperty('x-powered-by')
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    await request(app([])).post('/livez').expect(404)
  })
})
