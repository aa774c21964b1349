import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { OfficerId } from '../../domain/officer-id.ts'

/** Ten a second, on and on: a console asks for less, a script that runs away for more. */
const CALLS_A_MINUTE = 600
/** As many as a browser opens connections, and fewer than the pool of the database has: no officer makes others wait. */
const CALLS_AT_ONCE = 6

export interface OfficerCaps {
  readonly perMinute?: number
  readonly atOnce?: number
}

/** What one officer may ask of this process. Counted per process: each has a database connection pool of its own to protect. */
export class OfficerLimits {
  readonly #rate: RateLimiterMemory
  readonly #atOnce: number
  readonly #running = new Map<OfficerId, number>()

  constructor({ perMinute = CALLS_A_MINUTE, atOnce = CALLS_AT_ONCE }: OfficerCaps = {}) {
    this.#rate = new RateLimiterMemory({ points: perMinute, duration: 60 })
    this.#atOnce = atOnce
  }

  /** Lets a call in, to be released when it is answered, or says after how many seconds to come again. */
  async admit(officer: OfficerId): Promise<{ readonly release: () => void } | { readonly retryAfter: number }> {
    const running = this.#running.get(officer) ?? 0
    if (running >= this.#atOnce) return { retryAfter: 1 }
    // Before the first await: two calls cannot both see the last place free.
    this.#running.set(officer, running + 1)
    const release = (): void => {
      const left = (this.#running.get(officer) ?? 1) - 1
      if (left > 0) this.#running.set(officer, left)
      else this.#running.delete(officer)
    }
    try {
      await this.#rate.consume(officer)
      return { release }
    } catch (rejected) {
      release()
      if (!(rejected instanceof RateLimiterRes)) throw rejected
      return { retryAfter: Math.max(1, Math.ceil(rejected.msBeforeNext / 1000)) }
    }
  }
}
