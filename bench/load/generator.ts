import { createHistogram, performance } from 'node:perf_hooks'
import { Connection } from './connection.ts'
import type { Job, LoadResult } from './job.ts'

/** A tick of the open loop that comes later than this counts from when it was due: the generator's own stall is not hidden. */
const TICK_TOLERANCE_MILLIS = 2

/** Sends one request over and over. */
export class Generator {
  readonly #job: Job
  readonly #request: Buffer
  readonly #idle: Connection[] = []
  /** Open loop: due times of requests without a free connection. */
  readonly #waiting: number[] = []
  readonly #onBroken: (why: string) => void
  #connections: readonly Connection[] = []
  #stopped = false
  #histogram = createHistogram()
  #failures = 0
  #firstFailure: number | null = null
  #late = 0
  #markedAt = 0
  #cpuAt = process.cpuUsage()

  constructor(job: Job, onBroken: (why: string) => void) {
    this.#job = job
    this.#request = Buffer.from(job.request, 'base64')
    this.#onBroken = onBroken
  }

  async start(): Promise<void> {
    const { port, tls, connections, rate } = this.#job
    const opened: Connection[] = []
    for (let i = 0; i < connections; i++)
      opened.push(
        await Connection.open(
          port,
          tls,
          (status, connection) => this.#answered(status, connection),
          why => this.#stopped || this.#onBroken(why),
        ),
      )
    this.#connections = opened
    this.mark()
    if (rate === null) for (const connection of opened) connection.send(this.#request, performance.now())
    else {
      this.#idle.push(...opened)
      this.#pace(rate)
    }
  }

  mark(): void {
    this.#histogram = createHistogram()
    this.#failures = 0
    this.#firstFailure = null
    this.#late = 0
    this.#markedAt = performance.now()
    this.#cpuAt = process.cpuUsage()
  }

  result(): LoadResult {
    const { user, system } = process.cpuUsage(this.#cpuAt)
    const histogram = this.#histogram
    return {
      seconds: (performance.now() - this.#markedAt) / 1000,
      answers: histogram.count - this.#failures,
      failures: this.#failures,
      firstFailure: this.#firstFailure,
      p50: histogram.percentile(50),
      p90: histogram.percentile(90),
      p99: histogram.percentile(99),
      max: histogram.max,
      cpu: user + system,
      late: this.#late,
    }
  }

  stop(): void {
    this.#stopped = true
    for (const connection of this.#connections) connection.close()
  }

  #answered(status: number, connection: Connection): void {
    const now = performance.now()
    this.#histogram.record(Math.max(1, Math.round((now - connection.since) * 1000)))
    if (status !== 200) {
      this.#failures++
      this.#firstFailure ??= status
    }
    if (this.#stopped) return
    if (this.#job.rate === null) return connection.send(this.#request, now)
    const due = this.#waiting.shift()
    if (due === undefined) this.#idle.push(connection)
    else connection.send(this.#request, due)
  }

  #pace(rate: number): void {
    const began = performance.now()
    let issued = 0
    const tick = (): void => {
      if (this.#stopped) return
      const now = performance.now()
      const total = Math.floor(((now - began) / 1000) * rate)
      for (; issued < total; issued++) {
        const due = began + ((issued + 1) * 1000) / rate
        // A timer's millisecond is not the subject's latency; a stall of ours is.
        const since = now - due > TICK_TOLERANCE_MILLIS ? due : now
        const connection = this.#idle.pop()
        if (connection) connection.send(this.#request, since)
        else {
          this.#late++
          this.#waiting.push(since)
        }
      }
      setTimeout(tick, 1)
    }
    tick()
  }
}
