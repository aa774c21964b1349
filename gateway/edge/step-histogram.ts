import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client'

type Scraped = MetricObjectWithValues<MetricValue<string>>

export interface StepHistogramOptions {
  readonly name: string
  readonly help: string
  readonly label: string
  /** Upper bounds of the buckets, rising. */
  readonly bounds: readonly number[]
  readonly registry: Registry
}

interface Counts {
  readonly buckets: Float64Array
  sum: number
  count: number
}

/**
 * A histogram with one label from a closed list, for what is observed a dozen times an exchange: prom-client's own builds a
 * label text for each observation, which costs more than most of the steps that it measures. Scraped alike.
 */
export class StepHistogram {
  readonly #options: StepHistogramOptions
  readonly #counts = new Map<string, Counts>()

  constructor(options: StepHistogramOptions) {
    this.#options = options
    // The registry asks a metric for its name and its values, and nothing else.
    const metric = { name: options.name, get: async () => this.#values(), reset: () => this.#counts.clear() }
    options.registry.registerMetric(metric as unknown as Parameters<Registry['registerMetric']>[0])
  }

  observe(label: string, value: number): void {
    const { bounds } = this.#options
    let counts = this.#counts.get(label)
    if (!counts) {
      counts = { buckets: new Float64Array(bounds.length + 1), sum: 0, count: 0 }
      this.#counts.set(label, counts)
    }
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1
    counts.sum += value
    counts.count++
  }

  #values(): Scraped {
    const { name, help, label: labelName, bounds } = this.#options
    const values = [...this.#counts].flatMap(([label, { buckets, sum, count }]) => {
      const labels = { [labelName]: label }
      // Prometheus text format: each bucket holds those below it, too.
      let below = 0
      const cumulative = bounds.map((le, bucket) => {
        below += buckets[bucket] ?? 0
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
      })
      return [
        ...cumulative,
        { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ]
    })
    return { name, help, type: 'histogram', values, aggregator: 'sum' } as unknown as Scraped
  }
}
