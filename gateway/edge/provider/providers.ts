import {
  CircuitState,
  circuitBreaker,
  type CircuitBreakerPolicy,
  handleWhenResult,
  isBrokenCircuitError,
} from 'cockatiel'
import type { TLSSocket } from 'node:tls'
import type { Pool } from 'undici'
import type { System } from '../../configuration/objects.ts'
import type { SystemId } from '../../domain/system-id.ts'
import type { PeerCertificate } from '../../identity/peer-certificate.ts'
import type { ProviderAnswer, ProviderFailure, ProviderRequest, Providers } from '../../exchange/ports.ts'
import type { TlsMaterial, TlsRules } from '../listener/tls-policy.ts'
import { collectAnswer } from './collect-answer.ts'
import { providerPool, type Trust, whyNotProvider } from './provider-pool.ts'
import { FailuresInARow } from './failures-in-a-row.ts'

/** Failures in a row that pause a provider, and for how long before one call may try again. */
const FAILURES_IN_A_ROW = 10
const PAUSE_MILLIS = 5_000
/** Exchanges under way at one provider: a slow one must not hold the memory of the others' exchanges. */
const MOST_AT_ONCE = 512

interface Line {
  readonly provider: System
  readonly pool: Pool
  readonly connected: Map<TLSSocket, PeerCertificate>
  readonly breaker: CircuitBreakerPolicy
  readonly failures: FailuresInARow
  running: number
}

export interface ProviderState {
  readonly provider: SystemId
  readonly state: 'closed' | 'open' | 'half-open'
  readonly running: number
}

/** One pool and one circuit breaker per provider; a provider whose registration changed gets a new pool. */
export class ProviderLines implements Providers {
  #tls: TlsMaterial
  readonly #rules: TlsRules
  readonly #trust: () => Trust | null
  readonly #lines = new Map<SystemId, Line>()

  constructor(tls: TlsMaterial, rules: TlsRules, trust: () => Trust | null) {
    this.#tls = tls
    this.#rules = rules
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

  /** Closes connections to whoever is not that provider any more (revoked, expired, unbound, not to be told); says how many. */
  cut(): number {
    const trust = this.#trust()
    if (trust === null) return 0
    let count = 0
    for (const { provider, connected } of this.#lines.values()) {
      for (const [socket, peer] of connected) {
        const why = whyNotProvider(peer, provider.id, trust)
        if (why === null) continue
        count++
        connected.delete(socket)
        // What is under way fails: nothing that comes from there may be released.
        socket.destroy(new Error(`provider ${provider.id}: ${why}`))
      }
    }
    return count
  }

  /** Certificates of the connections that stand now. */
  *connected(): Iterable<PeerCertificate> {
    for (const { connected } of this.#lines.values()) yield* connected.values()
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
    const present = this.#lines.get(provider.id)
    if (present && sameRegistration(present.provider, provider)) return present
    this.#retire(provider.id)
    const failures = present?.failures ?? new FailuresInARow(FAILURES_IN_A_ROW)
    const connected: Line['connected'] = new Map()
    const line: Line = {
      provider,
      connected,
      pool: providerPool(provider, this.#tls, this.#rules, this.#trust, connected),
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
