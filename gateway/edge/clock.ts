import { performance } from 'node:perf_hooks'
import { type Instant, instantOfMillis } from '../domain/instant.ts'

/** The system clock steps when it is set; more than this apart from our own count, we follow it. */
const TOLERANCE_MILLIS = 2

/**
 * Microseconds that never run backwards by themselves: the monotonic clock, anchored to the system clock once a second.
 */
export function systemClock(): { now(): Instant } {
  let anchor = Date.now() - performance.now()
  let checkedAt = performance.now()
  return {
    now() {
      const elapsed = performance.now()
      if (elapsed - checkedAt > 1000) {
        checkedAt = elapsed
        const actual = Date.now() - elapsed
        if (Math.abs(actual - anchor) > TOLERANCE_MILLIS) anchor = actual
      }
      return instantOfMillis(anchor + elapsed)
    },
  }
}
