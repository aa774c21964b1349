import { describe, expect, it } from '@jest/globals'
import { allocatedIn } from '../../../bench/measure/allocations.ts'
import { cpuOf, processTree, residentOf } from '../../../bench/measure/processes.ts'
import { summariseProfile } from '../../../bench/measure/profile.ts'
import { batchesIn, difference, stepsIn } from '../../../bench/measure/scrape.ts'

describe('allocations', () => {
  it('are what the heap grew between collections', () => {
    const output = [
      '[12:0x5f]      345 ms: Scavenge 20.0 (22.1) -> 10.0 (23.1) MB, 1.0 / 0.0 ms  (average mu = 1.000) allocation failure;',
      '{"level":"info","message":"ready"}',
      '[12:0x5f]      445 ms: Mark-Compact (reduce) 30.0 (42.1) -> 12.0 (43.1) MB, 1.0 / 0.0 ms  (average mu = 1.000) task;',
      '[12:0x5f]      545 ms: Scavenge 13.5 (42.1) -> 12.0 (43.1) MB, 1.0 / 0.0 ms  (average mu = 1.000) allocation failure;',
    ].join('\n')
    expect(allocatedIn(output)).toBe(21.5 * 2 ** 20)
  })

  it('are none where there was no second collection', () => {
    expect(allocatedIn('')).toBe(0)
  })
})

describe('processes', () => {
  it('counts the CPU of this one', () => {
    const before = cpuOf(process.pid)
    for (const until = Date.now() + 100; Date.now() < until; );
    // Clock ticks of 10 ms.
    expect(cpuOf(process.pid) - before).toBeGreaterThanOrEqual(20_000)
  })

  it('knows its tree and its memory', () => {
    expect(processTree(process.ppid)).toContain(process.pid)
    const { rss, pss } = residentOf(process.pid)
    expect(rss).toBeGreaterThan(10 * 2 ** 20)
    expect(pss).toBeLessThanOrEqual(rss)
  })
})

describe('a profile', () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 0 })
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(root)', ''), children: [2, 4, 5] },
      { id: 2, callFrame: frame('checkRequest', 'file:///x/dist/gateway/exchange/check-request.js'), children: [3] },
      { id: 3, callFrame: frame('readJson', 'file:///x/dist/gateway/schema/read-json.js') },
      { id: 4, callFrame: frame('(idle)', '') },
      { id: 5, callFrame: frame('(garbage collector)', '') },
    ],
    startTime: 0,
    // Outside the window; then 10 µs each.
    samples: [5, 2, 3, 3, 4, 5],
    timeDeltas: [100, 10, 10, 10, 10, 10],
  }

  it('is summed by place, function and step, without what was idle or outside the window', () => {
    const { places, functions, steps, withCallees } = summariseProfile(profile, 105, 1000)
    expect(places).toEqual([
      { name: 'gateway/schema', share: 0.5 },
      { name: 'gateway/exchange', share: 0.25 },
      { name: '(garbage collector)', share: 0.25 },
    ])
    expect(functions[0]).toEqual({ name: 'readJson  schema/read-json.js', share: 0.5 })
    expect(steps[0]).toEqual({ name: 'checkRequest', share: 0.75 })
    expect(withCallees[0]).toEqual({ name: 'checkRequest  exchange/check-request.js', share: 0.75 })
  })
})

describe('readings of the metrics', () => {
  const before = new Map([['lienthong_step_seconds_sum{step="route"}', 1]])
  const after = new Map([
    ['lienthong_step_seconds_sum{step="route"}', 1.5],
    ['lienthong_step_seconds_count{step="route"}', 100],
    ['lienthong_log_batch_records_count', 10],
    ['lienthong_log_batch_records_sum', 200],
    ['lienthong_log_commit_seconds_sum', 0.02],
  ])

  it('become microseconds a step and records a commit', () => {
    const reading = difference(before, after)
    expect(stepsIn(reading)).toEqual([{ step: 'route', micros: 5000 }])
    expect(batchesIn(reading)).toEqual({ commits: 10, records: 200, commitMillis: 2 })
  })
})
