import { describe, expect, it } from '@jest/globals'
import { Histogram, Registry } from 'prom-client'
import { StepHistogram } from '../../../gateway/edge/step-histogram.ts'

const BOUNDS = [0.001, 0.01, 0.1]
/** Below the first bound, on bounds, between, and above the last. */
const OBSERVED = [0.0005, 0.001, 0.005, 0.01, 0.0999, 0.1, 3]

describe('the histogram of steps', () => {
  it('is scraped like that of prom-client', async () => {
    const ours = new Registry()
    const theirs = new Registry()
    const histogram = new StepHistogram({
      name: 'step_seconds',
      help: 'Duration',
      label: 'step',
      bounds: BOUNDS,
      registry: ours,
    })
    const reference = new Histogram({
      name: 'step_seconds',
      help: 'Duration',
      labelNames: ['step'],
      buckets: BOUNDS,
      registers: [theirs],
    })
    for (const step of ['route', 'decide'])
      for (const seconds of OBSERVED) {
        histogram.observe(step, seconds)
        reference.labels(step).observe(seconds)
      }
    const normal = (line: string) =>
      line.replace(/\{(.*)\}/, (_all, labels: string) => `{${labels.split(',').sort().join()}}`)
    const lines = async (registry: Registry) => (await registry.metrics()).split('\n').map(normal).sort()
    expect(await lines(ours)).toEqual(await lines(theirs))
  })
})
