import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer } from '../exchange/ports.ts'
import { catalogue } from '../problems/catalogue.ts'
import { StepHistogram } from './step-histogram.ts'

/** Seconds. An exchange is a few milliseconds; a slow provider many seconds. */
const STEP_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200]

/** Prometheus metrics. No label grows with what a caller sends: steps, outcomes and codes are closed lists. */
export class Metrics {
  readonly registry = new Registry()
  readonly exchanges = new Counter({
    name: 'lienthong_exchanges_total',
    help: 'Exchanges by outcome and problem code',
    labelNames: ['outcome', 'code'] as const,
    registers: [this.registry],
  })
  readonly steps = new StepHistogram({
    name: 'lienthong_step_seconds',
    help: 'Duration of each step of an exchange',
    label: 'step',
    bounds: STEP_BUCKETS,
    registry: this.registry,
  })
  readonly batches = new Histogram({
    name: 'lienthong_log_batch_records',
    help: 'Records in one commit',
    buckets: BATCH_BUCKETS,
    registers: [this.registry],
  })
  readonly commits = new Histogram({
    name: 'lienthong_log_commit_seconds',
    help: 'Duration of one commit of records',
    buckets: STEP_BUCKETS,
    registers: [this.registry],
  })
  readonly uncounted = new Counter({
    name: 'lienthong_refused_connections_total',
    help: 'Connections and requests refused before an exchange began',
    labelNames: ['code'] as const,
    registers: [this.registry],
  })
  readonly lostRecords = new Counter({
    name: 'lienthong_lost_records_total',
    help: 'Records that callers were told of and that the database does not hold any more',
    registers: [this.registry],
  })
  readonly tokens = new Counter({
    name: 'lienthong_token_requests_total',
    help: 'Requests for access tokens by outcome',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  })
  readonly connections = new Gauge({
    name: 'lienthong_connections',
    help: 'Open connections of systems',
    registers: [this.registry],
  })

  readonly cut = new Counter({
    name: 'lienthong_cut_connections_total',
    help: 'Open connections closed because their peer is nobody any more',
    labelNames: ['side'] as const,
    registers: [this.registry],
  })

  /** A gauge that is asked for its value only when scraped. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read())
      },
    })
  }

  /** The same with one label from a closed list. */
  labelled(name: string, help: string, label: string, read: () => readonly (readonly [string, number])[]): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset()
        for (const [value, number] of read()) this.set({ [label]: value }, number)
      },
    })
  }
}

/** The exchange's view of the metrics and of the operations log. */
export function observer(metrics: Metrics, onFault: (exchange: string, thrown: unknown) => void): Observer {
  const outcomes = new Map<string, { inc(): void }>()
  return {
    step(name, micros) {
      metrics.steps.observe(name, micros / 1e6)
    },
    exchange(outcome, code) {
      const key = `${outcome} ${code}`
      let child = outcomes.get(key)
      if (!child) outcomes.set(key, (child = metrics.exchanges.labels(outcome, code in catalogue ? code : '')))
      child.inc()
    },
    fault: onFault,
  }
}
