import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client'

type Scraped = MetricObjectWithValues<MetricValue<string>>

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
  readonly #name: string
  readonly #help: string
  readonly #label: string
  readonly #bounds: readonly number[]
  readonly #counts = new Map<string, Counts>()

  constructor(name: string, help: string, label: string, bounds: readonly number[], registry: Registry) {
    this.#name = name
    this.#help = help
    this.#label = label
    this.#bounds = bounds
    // The registry asks a metric for its name and its values, and nothing else.
    const metric = { name, get: async () => this.#values(), reset: () => this.#counts.clear() }
    registry.registerMetric(metric as unknown as Parameters<Registry['registerMetric']>[0])
  }

  observe(label: string, value: number): void {
    let counts = this.#counts.get(label)
    if (!counts) {
      counts = { buckets: new Float64Array(this.#bounds.length + 1), sum: 0, count: 0 }
      this.#counts.set(label, counts)
    }
    let bucket = 0
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? 0)) bucket++
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1
    counts.sum += value
    counts.count++
  }

  #values(): Scraped {
    const values = [...this.#counts].flatMap(([label, { buckets, sum, count }]) => {
      const labels = { [this.#label]: label }
      // Prometheus text format: each bucket holds those below it, too.
      let below = 0
      const cumulative = this.#bounds.map((le, bucket) => {
        below += buckets[bucket] ?? 0
        return { metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value: below }
      })
      return [
        ...cumulative,
        { metricName: `${this.#name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${this.#name}_sum`, labels, value: sum },
        { metricName: `${this.#name}_count`, labels, value: count },
      ]
    })
    return { name: this.#name, help: this.#help, type: 'histogram', values, aggregator: 'sum' } as unknown as Scraped
  }
}
