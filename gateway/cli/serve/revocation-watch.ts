import { join } from 'node:path'
import type { Instant } from '../../domain/instant.ts'
import type { ExchangeListener } from '../../edge/listener/exchange-listener.ts'
import type { Metrics } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { OfficeListener } from '../../edge/office/office-listener.ts'
import type { ProviderLines } from '../../edge/provider/providers.ts'
import { AlertStale } from '../../edge/revocation/alert-stale.ts'
import { CrlFetcher } from '../../edge/revocation/fetch-crls.ts'
import { KeptCrls } from '../../edge/revocation/kept-crls.ts'
import { LiveRevocations } from '../../edge/revocation/live-revocations.ts'
import { readCrlsAside } from '../../edge/revocation/read-crls-aside.ts'
import { watchCrlFiles } from '../../edge/revocation/watch-crl-files.ts'
import { identityOf } from '../../exchange/identify.ts'
import type { Connection } from '../../exchange/known.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import { identifyOfficer, type OfficerRegistry } from '../../identity/identify-officer.ts'
import type { PeerCertificate } from '../../identity/peer-certificate.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { officerRegistry } from './officer-registry.ts'

/** How often open connections, the countdowns of lists and the words of responders are looked at, whatever else happens. */
const SWEEP_MILLIS = 250

export interface RevocationOptions {
  readonly certsDir: string
  readonly dataDir: string
  readonly snapshots: Snapshots
  readonly now: () => Instant
  readonly log: OperationsLog
  readonly metrics: Metrics
}

/** Whose open connections are looked at. */
interface Guarded {
  readonly plane?: { readonly listener: ExchangeListener; readonly providers: ProviderLines } | undefined
  readonly office?: { readonly listener: OfficeListener } | undefined
}

/** Keeps what is known of revoked certificates up to date, and closes open connections of those who are nobody any more. */
export class RevocationWatch {
  readonly revocations: LiveRevocations
  readonly #options: RevocationOptions
  readonly #fetcher: CrlFetcher
  readonly #alerts: AlertStale
  #files: { reload(): Promise<void>; stop(): void } | null = null
  #guarded: Guarded = {}
  #timer: NodeJS.Timeout | null = null
  readonly #kept: KeptCrls

  constructor(options: RevocationOptions) {
    const { dataDir, log, metrics, now } = options
    this.#options = options
    this.#alerts = new AlertStale(log)
    this.#kept = new KeptCrls(join(dataDir, 'crls'))
    this.revocations = new LiveRevocations({
      read: readCrlsAside(),
      now,
      onChange: () => this.cut(),
      onTaken: list =>
        void this.#kept
          .keep(list)
          .catch(thrown => log.error('a revocation list cannot be kept for the next start', describe(thrown))),
      onOcspProblem: (issuer, problem) => log.error('an OCSP responder is of no use', { issuer, problem }),
    })
    this.#fetcher = new CrlFetcher({
      take: async (bytes, url) => {
        const { loaded, problems } = await this.revocations.load(bytes)
        for (const problem of problems) log.error('a revocation list is of no use', { url, problem })
        if (loaded > 0) log.info('loaded revocation lists', { url, loaded })
        return problems.length === 0
      },
      onProblem: (url, problem) => log.warn('a distribution point is of no use', { url, problem }),
    })
    const ofEach = (read: (freshness: ReturnType<LiveRevocations['freshness']>[number]) => number) => () =>
      this.revocations.freshness().map(freshness => [freshness.issuer, read(freshness)] as const)
    metrics.labelled(
      'lienthong_revocation_fresh_seconds',
      'Seconds until the first revocation list that an issuer needs is past its nextUpdate',
      'issuer',
      ofEach(({ freshSeconds }) => freshSeconds),
    )
    metrics.labelled(
      'lienthong_revocation_grace_seconds',
      "Seconds of an issuer's grace that are left behind that",
      'issuer',
      ofEach(({ graceSeconds }) => graceSeconds),
    )
  }

  /** Loads what this machine kept and what lies in CERTS_DIR, for the issuers of the first revision. */
  async start(snapshot: Snapshot): Promise<void> {
    const { certsDir, log } = this.#options
    const { urls } = this.#plan(snapshot)
    for (const path of this.#kept.paths()) {
      const { problems } = await this.revocations.load(await this.#kept.read(path))
      for (const problem of problems) log.warn('a kept revocation list is not in use', { path, problem })
    }
    this.#files = await watchCrlFiles(certsDir, bytes => this.revocations.load(bytes), log)
    this.#fetcher.follow(urls)
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MILLIS).unref()
  }

  /** The issuers of a new revision: their lists are read again under the new trust, and connections looked at. */
  async follow(snapshot: Snapshot): Promise<void> {
    const { urls } = this.#plan(snapshot)
    this.#fetcher.follow(urls, true)
    this.cut()
    await this.#files?.reload()
  }

  /** From now on connections of these are closed. */
  guard(guarded: Guarded): void {
    this.#guarded = guarded
  }

  /** Closes open connections of those who are nobody any more, now. */
  cut(): void {
    const snapshot = this.#options.snapshots.current()
    if (snapshot === null) return
    const { plane, office } = this.#guarded
    const systems = plane?.listener.cut(connection => this.#isNobody(connection, snapshot)) ?? 0
    const lines = plane?.providers.cut() ?? 0
    const registry = officerRegistry(snapshot.configuration)
    const officers = office?.listener.cut(peer => this.#isNoOfficer(peer, registry)) ?? 0
    if (systems + lines + officers === 0) return
    const { metrics, log } = this.#options
    metrics.cut.inc({ side: 'system' }, systems)
    metrics.cut.inc({ side: 'provider' }, lines)
    metrics.cut.inc({ side: 'officer' }, officers)
    log.info('closed connections of those who are nobody any more', { systems, providers: lines, officers })
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#files?.stop()
    this.#fetcher.stop()
    await this.#kept.settled()
  }

  #plan(snapshot: Snapshot) {
    const plan = this.revocations.follow(snapshot.configuration.issuers)
    this.#alerts.follow(new Map(plan.issuers.map(({ name, graceMicros }) => [name, graceMicros / 1e6])))
    return plan
  }

  /** `revocation-unknown` passes: a connection that is refused now may be served again with the next list. */
  #isNobody(connection: Connection, snapshot: Snapshot): boolean {
    const identity = identityOf(connection, snapshot, this.revocations, this.#options.now())
    return !identity.ok && identity.error !== 'revocation-unknown'
  }

  /** One that an approved change has disabled is let in to be told so, and cut while nothing is asked. */
  #isNoOfficer(peer: PeerCertificate, registry: OfficerRegistry): boolean {
    const officer = identifyOfficer(peer, registry, this.revocations, this.#options.now())
    return officer.ok ? officer.value.disabled : officer.error !== 'revocation-unknown'
  }

  #sweep(): void {
    const { plane, office } = this.#guarded
    const systems = [...(plane?.listener.connected() ?? [])].map(({ peer }) => peer)
    const officers = office?.listener.connected() ?? []
    this.revocations.keepFresh([...systems, ...(plane?.providers.connected() ?? []), ...officers])
    this.#alerts.look(this.revocations.freshness())
    this.cut()
  }
}
