import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/**
 * Caps how often one reader may ask in a second, each reader apart and per process: whole seconds to wait, or null. What reads the
 * log shares threads and connections with exchanges, which come first.
 */
export function readerCap(perSecond: number): (reader: string) => Promise<number | null> {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 })
  return async reader => {
    try {
      await limiter.consume(reader)
      return null
    } catch (rejected) {
      if (rejected instanceof RateLimiterRes) return Math.max(1, Math.ceil(rejected.msBeforeNext / 1000))
      throw rejected
    }
  }
}
