import type { Instant } from '../../domain/instant.ts'
import { daysUntil, warningAt, warningBetween } from '../../identity/expiry.ts'

/** Whose certificate it is. */
export type CertificateKind = 'gateway' | 'root' | 'issuer' | 'system' | 'provider' | 'officer'

/** One certificate that something depends on. Nothing personal: names are those of the configuration. */
export interface CertificateInUse {
  readonly kind: CertificateKind
  readonly name: string
  /** SHA-256 of its DER, hex. */
  readonly fingerprint: string
  /** Its end, or the earlier one of an authority above it. */
  readonly until: Instant
}

export interface Expiring extends CertificateInUse {
  /** Whole days, rounded up; 0 or less: it has expired. */
  readonly days: number
}

export interface CertificatesInUseOptions {
  readonly now: () => Instant
  /** What is in use whoever connects: the gateway's own, issuers and roots. */
  readonly fixed: () => readonly CertificateInUse[]
  /** Told once per certificate and warning, in this process. */
  readonly onWarning: (expiring: Expiring) => void
}

interface Seen extends CertificateInUse {
  readonly connections: number
  readonly lastSeen: Instant
}

/** More systems than a ministry has; a system may connect with many certificates. */
const MOST_SEEN = 10_000
/** A certificate that was not seen for so long was replaced: nobody is told of its end. */
const FORGOTTEN_MICROS = 2 * 86_400_000_000

/** The certificates that this process depends on or has seen on connections of registered systems, and when they end. */
export class CertificatesInUse {
  readonly #options: CertificatesInUseOptions
  /** By kind and fingerprint, the longest unseen first. */
  readonly #seen = new Map<string, Seen>()
  /** When each was looked at last; gone with the certificate. */
  readonly #looked = new Map<string, Instant>()

  constructor(options: CertificatesInUseOptions) {
    this.#options = options
  }

  /** A connection with this certificate was made. Returns what is to be called when it has closed. A few microseconds. */
  connected(certificate: CertificateInUse): () => void {
    this.#see(certificate, 1)
    let open = true
    return () => {
      if (open) this.#see(certificate, -1)
      open = false
    }
  }

  /** Everything in use now. */
  all(): readonly CertificateInUse[] {
    const now = this.#options.now()
    const isFresh = ({ connections, lastSeen }: Seen): boolean => connections > 0 || now - lastSeen < FORGOTTEN_MICROS
    return [...this.#options.fixed(), ...[...this.#seen.values()].filter(isFresh)]
  }

  /** What ends within 30 days or has ended, the most urgent first. */
  expiring(): readonly Expiring[] {
    const now = this.#options.now()
    return this.all()
      .filter(({ until }) => warningAt(until, now) !== null)
      .map(certificate => withDays(certificate, now))
      .sort((a, b) => a.until - b.until)
  }

  /** Tells of the warnings that became due since the last look. A certificate seen for the first time was looked at then. */
  look(): void {
    const all = this.all()
    for (const certificate of all) this.#lookAt(certificate)
    const present = new Set(all.map(keyOf))
    // A certificate that comes back is not told of twice.
    for (const key of this.#looked.keys()) if (!present.has(key) && !this.#seen.has(key)) this.#looked.delete(key)
  }

  #lookAt(certificate: CertificateInUse): void {
    const now = this.#options.now()
    const key = keyOf(certificate)
    const due = warningBetween(certificate.until, this.#looked.get(key) ?? null, now)
    this.#looked.set(key, now)
    if (due !== null) this.#options.onWarning(withDays(certificate, now))
  }

  #see(certificate: CertificateInUse, change: -1 | 1): void {
    const key = keyOf(certificate)
    const connections = Math.max(0, (this.#seen.get(key)?.connections ?? 0) + change)
    // Behind all others.
    this.#seen.delete(key)
    const { kind, name, fingerprint, until } = certificate
    this.#seen.set(key, { kind, name, fingerprint, until, connections, lastSeen: this.#options.now() })
    if (!this.#looked.has(key)) this.#lookAt(certificate)
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest)
  }
}

const keyOf = ({ kind, fingerprint }: CertificateInUse): string => `${kind} ${fingerprint}`

/** No more than these: what is handed out goes into logs. */
const withDays = ({ kind, name, fingerprint, until }: CertificateInUse, now: Instant): Expiring => ({
  kind,
  name,
  fingerprint,
  until,
  days: daysUntil(until, now),
})
