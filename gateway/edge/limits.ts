import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Agreement } from '../configuration/objects.ts'
import type { SystemId } from '../domain/system-id.ts'
import { dayOf, type Instant } from '../domain/instant.ts'
import type { AgreementId } from '../domain/purpose.ts'
import type { Admission, Held, Limits } from '../exchange/ports.ts'

/** What a day's volume is counted with; durable, so that a restart forgets nothing. */
export interface VolumeLedger {
  /** Bytes of this agreement on this UTC day, over all processes, as far as known. */
  used(agreement: AgreementId, day: string): number
  add(agreement: AgreementId, day: string, bytes: number): void
}

export interface LimitOptions {
  /** Calls a second that any one system may make, whatever it calls. */
  readonly systemPerSecond: () => number
  /** Rates are kept per process: each takes its share. */
  readonly processes: number
  readonly volumes: VolumeLedger
}

const SECONDS_A_DAY = 86_400

/** Rates per process (rate-limiter-flexible, in memory), concurrency per process, volume per day. */
export function processLimits({ systemPerSecond, processes, volumes }: LimitOptions): Limits {
  const share = (limit: number): number => Math.max(1, Math.floor(limit / processes))
  const systems = new RateLimiterMemory({ points: share(systemPerSecond()), duration: 1 })
  const rates = new Map<number, RateLimiterMemory>()
  const running = new Map<AgreementId, number>()

  const rateLimiter = (perMinute: number): RateLimiterMemory => {
    let limiter = rates.get(perMinute)
    if (!limiter) rates.set(perMinute, (limiter = new RateLimiterMemory({ points: share(perMinute), duration: 60 })))
    return limiter
  }

  return {
    async checkSystem(system: SystemId): Promise<Held | null> {
      // A new revision may have set another cap: what was counted in this second stays counted.
      const points = share(systemPerSecond())
      if (systems.points !== points) systems.points = points
      return over('system', await consume(systems, system))
    },

    async admit(agreement: Agreement, at: Instant): Promise<Admission | Held> {
      const { perMinute, concurrent, bytesPerDay } = agreement.limits
      const now = running.get(agreement.id) ?? 0
      if (concurrent !== null && now >= share(concurrent)) return { limit: 'concurrency', retryAfter: 1 }
      if (bytesPerDay !== null && volumes.used(agreement.id, dayOf(at)) >= bytesPerDay)
        return { limit: 'volume', retryAfter: secondsUntilTomorrow(at) }
      // Taken before the first await, so that two calls cannot both see the last place free.
      running.set(agreement.id, now + 1)
      let released = false
      const release = (): void => {
        if (released) return
        released = true
        const left = (running.get(agreement.id) ?? 1) - 1
        if (left > 0) running.set(agreement.id, left)
        else running.delete(agreement.id)
      }
      try {
        const held = perMinute === null ? null : over('rate', await consume(rateLimiter(perMinute), agreement.id))
        if (held) release()
        return held ?? { release }
      } catch (broken) {
        release()
        throw broken
      }
    },

    countBytes(agreement, at, bytes) {
      if (agreement.limits.bytesPerDay !== null) volumes.add(agreement.id, dayOf(at), bytes)
    },
  }
}

/** Null where the point was granted; else milliseconds to wait. Over the limit rejects with RateLimiterRes, a broken store with Error. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<number | null> {
  try {
    await limiter.consume(key)
    return null
  } catch (rejected) {
    if (rejected instanceof RateLimiterRes) return rejected.msBeforeNext
    throw rejected
  }
}

const over = (limit: Held['limit'], waitMillis: number | null): Held | null =>
  waitMillis === null ? null : { limit, retryAfter: Math.max(1, Math.ceil(waitMillis / 1000)) }

const secondsUntilTomorrow = (at: Instant): number => SECONDS_A_DAY - (Math.floor(at / 1_000_000) % SECONDS_A_DAY)
