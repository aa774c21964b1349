import { X509Certificate } from 'node:crypto'
import type { GatewayId } from '../../domain/gateway-id.ts'
import { formatInstant, type Instant, instantOfMillis } from '../../domain/instant.ts'
import type { SystemId } from '../../domain/system-id.ts'
import {
  CertificatesInUse,
  type CertificateInUse,
  type CertificateKind,
  type Expiring,
} from '../../edge/expiry/certificates-in-use.ts'
import { AgreementReminders } from './agreement-reminders.ts'
import { expiryGauge } from '../../edge/expiry/expiry-gauge.ts'
import type { Metrics } from '../../edge/metrics.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import type { PeerCertificate } from '../../identity/peer-certificate.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'

/** REQUIREMENTS RV-2: within 60 s. */
const LOOK_MILLIS = 30_000
/** Development certificates live 30 days and are renewed in the last three: their first warning says nothing. */
const DEVELOPMENT_QUIET_DAYS = 14

export interface ExpiryParts {
  readonly gatewayId: GatewayId
  /** PEM of the gateway's own certificate as it is served now, chain or not. */
  readonly ownCertificate: () => string
  readonly snapshots: Snapshots
  readonly now: () => Instant
  readonly metrics: Metrics
  readonly log: OperationsLog
}

export interface ExpiryWatch {
  /** A connection of a system was accepted. Returns what is to be called when it has closed. */
  onPeer(peer: PeerCertificate): () => void
  /** The same for a connection to a provider that showed its bound key. */
  onProvider(provider: SystemId, peer: PeerCertificate): () => void
  readonly certificates: CertificatesInUse
  stop(): void
}

/**
 * Watches the ends of all certificates in use: operations log, gauge, and what `/readyz` says of them; and reminds of agreements that
 * somebody has to see to.
 */
export function watchExpiry({ gatewayId, ownCertificate, snapshots, now, metrics, log }: ExpiryParts): ExpiryWatch {
  const issuers = perSnapshot(issuersOf)
  const fixed = (): readonly CertificateInUse[] => {
    const snapshot = snapshots.current()
    return [certificateIn(ownCertificate(), 'gateway', gatewayId), ...(snapshot ? issuers(snapshot) : [])]
  }
  const certificates = new CertificatesInUse({
    now,
    fixed,
    onWarning: expiring => warn(log, expiring, snapshots.current()?.mode === 'development'),
  })
  expiryGauge(metrics.registry, certificates, now)
  const reminders = new AgreementReminders(log)
  const look = (): void => {
    certificates.look()
    const snapshot = snapshots.current()
    if (snapshot !== null) reminders.look(snapshot, now())
  }
  look()
  const timer = setInterval(look, LOOK_MILLIS).unref()
  return {
    onPeer(peer) {
      const holder = holderOf(peer, snapshots.current())
      // Whoever is not registered may have as many certificates as he likes.
      if (holder === null) return () => undefined
      return certificates.connected({ ...holder, fingerprint: peer.fingerprint, until: peer.validUntil })
    },
    onProvider: (name, peer) =>
      certificates.connected({ kind: 'provider', name, fingerprint: peer.fingerprint, until: peer.validUntil }),
    certificates,
    stop: () => clearInterval(timer),
  }
}

function warn(log: OperationsLog, { until, days, ...certificate }: Expiring, isDevelopment: boolean): void {
  const fields = { ...certificate, days, until: formatInstant(until) }
  if (days <= 0) log.error('a certificate in use has expired', fields)
  else if (isDevelopment && days > DEVELOPMENT_QUIET_DAYS) log.info('a certificate in use expires soon', fields)
  else log.warn('a certificate in use expires soon', fields)
}

function holderOf(
  { binding }: PeerCertificate,
  snapshot: Snapshot | null,
): { readonly kind: CertificateKind; readonly name: string } | null {
  const system = snapshot?.systemByKey(binding)?.system
  if (system) return { kind: 'system', name: system.id }
  const officer = snapshot?.configuration.officers.find(({ key }) => key === binding)
  return officer ? { kind: 'officer', name: officer.id } : null
}

const certificateIn = (pem: string, kind: CertificateKind, name: string): CertificateInUse => {
  const certificate = new X509Certificate(pem)
  return {
    kind,
    name,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    until: instantOfMillis(Date.parse(certificate.validTo)),
  }
}

/** The last of an issuer's certificates is self-signed: the root. One root may stand above several issuers. */
const issuersOf = (snapshot: Snapshot): readonly CertificateInUse[] =>
  snapshot.configuration.issuers.flatMap(({ name, certificates }) =>
    certificates.map((pem, index) => certificateIn(pem, index === certificates.length - 1 ? 'root' : 'issuer', name)),
  )

/** Read once per revision: metrics ask every few seconds. */
function perSnapshot<T>(read: (snapshot: Snapshot) => T): (snapshot: Snapshot) => T {
  const known = new WeakMap<Snapshot, { readonly value: T }>()
  return snapshot => {
    const present = known.get(snapshot) ?? { value: read(snapshot) }
    known.set(snapshot, present)
    return present.value
  }
}

/** For `/readyz`: at most so many by name. */
const MOST_NAMED = 20

export function describeExpiring(expiring: readonly Expiring[]): string {
  if (expiring.length === 0) return 'none expires within 30 days'
  const named = expiring
    .slice(0, MOST_NAMED)
    .map(({ kind, name, days }) => `${kind} ${name} ${days > 0 ? `in ${days} days` : 'has expired'}`)
  const more = expiring.length - named.length
  return `warning: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
