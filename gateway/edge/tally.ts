import type { Instant } from '../domain/instant.ts'
import type { AuditLog, RefusalBudget } from '../exchange/ports.ts'
import { type Count, countedLeaf } from '../record/counted-record.ts'

/** Refusals of one system within one second that get a record each. */
const RECORDED_PER_SECOND = 50
/** Distinct things counted within one second; more fall into the last. Keys hold no text of a caller but its source address. */
const MOST_KEYS = 1000

/**
 * Counts what must not fill the log: TLS failures, and refusals above a budget. What was counted in a second becomes one record
 * each, at the end of that second.
 */
export class Tally implements RefusalBudget {
  readonly #log: AuditLog
  readonly #now: () => Instant
  readonly #onError: (thrown: unknown) => void
  readonly #spent = new Map<string, number>()
  #counts = new Map<string, Count>()
  readonly #timer: NodeJS.Timeout

  constructor(log: AuditLog, now: () => Instant, onError: (thrown: unknown) => void) {
    this.#log = log
    this.#now = now
    this.#onError = onError
    this.#timer = setInterval(() => void this.flush(), 1000).unref()
  }

  spend(count: Count): boolean {
    const who = count.consumer ?? count.source
    const spent = this.#spent.get(who) ?? 0
    if (spent < RECORDED_PER_SECOND && this.#spent.size < MOST_KEYS) {
      this.#spent.set(who, spent + 1)
      return true
    }
    this.count(count)
    return false
  }

  count(count: Count): void {
    const full = this.#counts.size >= MOST_KEYS
    const key = full ? 'others' : `${count.kind} ${count.consumer ?? count.source} ${count.problem}`
    const before = this.#counts.get(key)
    this.#counts.set(key, before ? { ...before, times: before.times + count.times } : count)
  }

  /** Writes what was counted. What cannot be written is kept and tried again with the next second. */
  async flush(): Promise<void> {
    this.#spent.clear()
    const counts = this.#counts
    this.#counts = new Map()
    await Promise.all(
      [...counts.values()].map(async count => {
        try {
          await this.#log.append(countedLeaf(this.#now(), count, this.#log.writer))
        } catch (thrown) {
          this.count(count)
          this.#onError(thrown)
        }
      }),
    )
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }
}
