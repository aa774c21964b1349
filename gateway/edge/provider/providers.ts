import {
  CircuitState,
  circuitBreaker,
  type CircuitBreakerPolicy,
  handleWhenResult,
  isBrokenCircuitError,
} from 'cockatiel'
import type { Pool } from 'undici'
import type { System } from '../../configuration/objects.ts'
import type { SystemId } from '../../domain/system-id.ts'
import type { ProviderAnswer, ProviderFailure, ProviderRequest, Providers } from '../../exchange/ports.ts'
import type { TlsMaterial } from '../listener/tls-policy.ts'
import { collectAnswer } from './collect-answer.ts'
import { providerPool, type Trust } from './provider-pool.ts'
import { FailuresInARow } from './failures-in-a-row.ts'

/** Failures in a row that pause a provider, and for how long before one call may try again. */
const FAILURES_IN_A_ROW = 10
const PAUSE_MILLIS = 5_000
/** Exchanges under way at one provider: a slow one must not hold the memory of the others' exchanges. */
const MOST_AT_ONCE = 512

interface Line {
  readonly provider: System
  readonly epoch: number
  readonly pool: Pool
  readonly breaker: CircuitBreakerPolicy
  readonly failures: FailuresInARow
  running: number
}

export interface ProviderState {
  readonly provider: SystemId
  readonly state: 'closed' | 'open' | 'half-open'
  readonly running: number
}

/** One pool and one circuit breaker per provider; a provider whose registration or whose revocations changed gets a new pool. */
export class ProviderLines implements Providers {
  #tls: TlsMaterial
  readonly #trust: () => Trust | null
  readonly #lines = new Map<SystemId, Line>()

  constructor(tls: TlsMaterial, trust: () => Trust | null) {
    this.#tls = tls
    this.#trust = trust
  }

  async send(request: ProviderRequest): Promise<ProviderAnswer | ProviderFailure> {
    const line = this.#lineTo(request.provider)
    if (line.running >= MOST_AT_ONCE) return 'paused'
    line.running++
    try {
      return await line.breaker.execute(() => collectAnswer(line.pool, request))
    } catch (thrown) {
      if (isBrokenCircuitError(thrown)) return 'paused'
      throw thrown
    } finally {
      line.running--
    }
  }

  blame(provider: SystemId): void {
    const breaker = this.#lines.get(provider)?.breaker
    // The breaker learns of failures only from what it runs.
    if (breaker?.state === CircuitState.Closed) void breaker.execute(() => 'failed')
  }

  accept(provider: SystemId): void {
    this.#lines.get(provider)?.failures.end()
  }

  reload(tls: TlsMaterial): void {
    this.#tls = tls
    for (const provider of [...this.#lines.keys()]) this.#retire(provider)
  }

  states(): readonly ProviderState[] {
    return [...this.#lines.values()].map(({ provider, breaker, running }) => ({
      provider: provider.id,
      state: stateName[breaker.state],
      running,
    }))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(line => line.pool.close()))
    this.#lines.clear()
  }

  #lineTo(provider: System): Line {
    const epoch = this.#trust()?.revocations.epoch ?? -1
    const present = this.#lines.get(provider.id)
    if (present && present.epoch === epoch && sameRegistration(present.provider, provider)) return present
    this.#retire(provider.id)
    const failures = present?.failures ?? new FailuresInARow(FAILURES_IN_A_ROW)
    const line: Line = {
      provider,
      epoch,
      pool: providerPool(provider, this.#tls, this.#trust),
      breaker: present?.breaker ?? newBreaker(failures),
      failures,
      running: 0,
    }
    this.#lines.set(provider.id, line)
    return line
  }

  /** What is under way ends; nothing new begins. */
  #retire(provider: SystemId): void {
    const line = this.#lines.get(provider)
    this.#lines.delete(provider)
    line?.pool.close().catch(() => undefined)
  }
}

const stateName = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
} as const satisfies Record<CircuitState, ProviderState['state']>

/** An answer too large or too late counts like a connection that failed; that the gateway had no memory for it does not. */
function newBreaker(failures: FailuresInARow): CircuitBreakerPolicy {
  return circuitBreaker(
    handleWhenResult(result => typeof result === 'string' && result !== 'overloaded'),
    { halfOpenAfter: PAUSE_MILLIS, breaker: failures },
  )
}

const sameRegistration = (a: System, b: System): boolean =>
  a === b || (a.endpoint === b.endpoint && JSON.stringify(a.bindings) === JSON.stringify(b.bindings))
