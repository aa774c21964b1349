import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { OfficerId } from '../../domain/officer-id.ts'

export interface OfficerCaps {
  readonly officerPerMinute: number
  readonly officerConcurrent: number
}

/** What one officer may ask of this process. Counted per process: each has a database connection pool of its own to protect. */
export class OfficerLimits {
  readonly #rate: RateLimiterMemory
  readonly #caps: () => OfficerCaps
  readonly #running = new Map<OfficerId, number>()

  /** `caps`: those of the present revision, asked for at each call. */
  constructor(caps: () => OfficerCaps) {
    this.#caps = caps
    this.#rate = new RateLimiterMemory({ points: caps().officerPerMinute, duration: 60 })
  }

  /** Lets a call in, to be released when it is answered, or says after how many seconds to come again. */
  async admit(officer: OfficerId): Promise<{ readonly release: () => void } | { readonly retryAfter: number }> {
    const { officerPerMinute, officerConcurrent } = this.#caps()
    // A new revision may have set another cap: what was counted in this minute stays counted.
    if (this.#rate.points !== officerPerMinute) this.#rate.points = officerPerMinute
    const running = this.#running.get(officer) ?? 0
    if (running >= officerConcurrent) return { retryAfter: 1 }
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
