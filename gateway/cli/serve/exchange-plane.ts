import type { KeyObject } from 'node:crypto'
import { newLaneName } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Activity } from '../../edge/activity.ts'
import { processLimits } from '../../edge/limits.ts'
import { type ExchangeListener, exchangeListener } from '../../edge/listener/exchange-listener.ts'
import type { TlsMaterial } from '../../edge/listener/tls-policy.ts'
import { MemoryBudget } from '../../edge/memory-budget.ts'
import { type Metrics, observer } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { PostgresNonces } from '../../edge/postgres/nonces.ts'
import { PostgresVolumes } from '../../edge/postgres/volumes.ts'
import { ProviderLines } from '../../edge/provider/providers.ts'
import type { LiveRevocations } from '../../edge/revocation/live-revocations.ts'
import type { Tally } from '../../edge/tally.ts'
import type { Ports, Snapshots } from '../../exchange/ports.ts'
import { runExchange } from '../../exchange/run-exchange.ts'
import { TokenChecker } from '../../identity/tokens/check-token.ts'
import { issueAssertion } from '../../identity/tokens/issue-assertion.ts'
import type { ProblemCode } from '../../problems/catalogue.ts'
import { Fault } from '../../problems/fault.ts'
import type { PackMaker } from '../../review/pack/ports.ts'
import { Validators } from '../../schema/validators.ts'
import type { openKeyring } from '../keys/open-keys.ts'
import type { Settings } from '../settings.ts'
import type { DataLane } from './data-lane.ts'
import { listenOr } from './listen.ts'
import { portalHandler } from './portal-handler.ts'
import { settingsNow } from './watch-alerts.ts'
import type { ExpiryWatch } from './watch-expiry.ts'

/** Bytes of bodies in memory at once. */
const BODY_MEMORY = 512 * 1024 * 1024

/** What a gateway process has whatever its role is. */
export interface ExchangePlaneParts {
  readonly settings: Settings
  readonly database: Database
  readonly keys: Awaited<ReturnType<typeof openKeyring>> & { readonly evidence: KeyObject }
  readonly clock: { now(): Instant }
  readonly snapshots: Snapshots
  readonly revocations: LiveRevocations
  readonly expiry: ExpiryWatch
  readonly lane: DataLane
  readonly tally: Tally
  readonly metrics: Metrics
  readonly log: OperationsLog
  /** Counts what alerts are judged by. */
  readonly activity: Activity
  /** Our own TLS key and certificate, and the trust of the present revision. */
  readonly material: TlsMaterial
  /** Our address as systems know it. */
  readonly issuer: () => string
  readonly packs: PackMaker
  /** Brings the search index up to now, where this process fills it. */
  readonly follow: () => Promise<void>
  /** Why nothing may cross at this moment; null: nothing stands in the way. */
  readonly halted: () => ProblemCode | null
}

/** The data plane of a process: exchange listener, lines to providers, and all that an exchange needs. */
export interface ExchangePlane {
  readonly listener: ExchangeListener
  readonly providers: ProviderLines
  readonly memory: MemoryBudget
  readonly volumes: PostgresVolumes
  readonly nonces: PostgresNonces
  /** Opens EXCHANGE_PORT; resolves to the open port. */
  listen(): Promise<number>
}

export async function openExchangePlane(parts: ExchangePlaneParts): Promise<ExchangePlane> {
  const { settings, database, keys, clock, snapshots, revocations, lane, tally, metrics, log, issuer } = parts
  const providers = new ProviderLines(parts.material, settings.providerTls, () => {
    const registry = snapshots.current()
    return registry
      ? { registry, revocations, at: clock.now(), onProvider: (...seen) => parts.expiry.onProvider(...seen) }
      : null
  })
  const memory = new MemoryBudget(BODY_MEMORY)
  const volumes = new PostgresVolumes(database, newLaneName(settings.gatewayId), thrown =>
    log.warn('volumes could not be counted in the database yet', describe(thrown)),
  )
  await volumes.exchange()
  const nonces = new PostgresNonces(database, thrown =>
    log.warn('nonces that are over could not be deleted yet', describe(thrown)),
  )
  const ports: Ports = {
    clock,
    snapshots,
    revocations,
    log: lane,
    limits: processLimits({
      systemPerSecond: () => settingsNow(snapshots).caps.systemPerSecond,
      processes: 1,
      volumes,
    }),
    providers,
    validators: new Validators(),
    tokens: new TokenChecker(issuer, keys),
    nonces,
    answerKeys: keys,
    assertion: request => issueAssertion(request, issuer(), keys.current('assertions')),
    evidenceKey: keys.evidence,
    refusals: tally,
    halted: parts.halted,
    activity: parts.activity,
    observe: observer(metrics, (exchange, thrown) =>
      log.error('an exchange met a fault', { exchange, ...describe(thrown) }),
    ),
  }
  const listener = exchangeListener({
    tls: parts.material,
    rules: settings.exchangeTls,
    run: arrived => runExchange(arrived, ports),
    count: count => {
      metrics.uncounted.inc({ code: count.problem })
      if (count.kind === 'tls-failure') parts.activity.tlsFailure(count.source)
      tally.count(count)
    },
    portal: portalHandler({
      snapshots,
      revocations,
      clock,
      evidenceKey: keys.evidence,
      database,
      follow: parts.follow,
      packs: parts.packs,
      log,
      tokens: {
        issuer,
        keys,
        now: () => clock.now(),
        async heldBack(system) {
          if (ports.halted() === 'clock-unreliable')
            throw new Fault('clock-unreliable', 'no token is signed at a time that nobody knows')
          return (await ports.limits.checkSystem(system))?.retryAfter ?? null
        },
        onAnswer: outcome => metrics.tokens.inc({ outcome }),
      },
    }),
    now: () => clock.now(),
    memory,
    onConnections: open => metrics.connections.set(open),
    onPeer: peer => parts.expiry.onPeer(peer),
    onFramingError: () => metrics.uncounted.inc({ code: 'request-malformed' }),
  })
  return {
    listener,
    providers,
    memory,
    volumes,
    nonces,
    listen: () =>
      listenOr(() => listener.listen(settings.exchangePort, settings.host), settings.exchangePort, 'EXCHANGE_PORT'),
  }
}
