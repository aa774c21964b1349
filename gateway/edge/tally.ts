import type { Instant } from '../domain/instant.ts'
import type { AuditLog, RefusalBudget } from '../exchange/ports.ts'
import { type Count, countedLeaf } from '../record/counted-record.ts'

/** Refusals of one system within one second that get a record each. */
const RECORDED_PER_SECOND = 50
/** Callers counted apart within one second; the rest is counted by problem alone. Keys hold no text of a caller but its address. */
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
    // Sources that are no system can be many; a known system has its budget whatever they do.
    const room = count.consumer !== null || this.#spent.size < MOST_KEYS
    if (spent < RECORDED_PER_SECOND && room) {
      this.#spent.set(who, spent + 1)
      return true
    }
    this.count(count)
    return false
  }

  count(count: Count): void {
    const own = `${count.kind} ${count.consumer ?? count.source} ${count.problem} ${count.detail ?? ''}`
    if (this.#counts.size < MOST_KEYS || this.#counts.has(own)) return this.#add(own, count)
    // A record of many names none of them.
    const others = { ...count, consumer: null, source: '', certificate: null, detail: 'others' }
    this.#add(`${count.kind} others ${count.problem}`, others)
  }

  #add(key: string, count: Count): void {
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
