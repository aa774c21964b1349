import type { Binding } from '../domain/binding.ts'
import type { Issuer, KeyBinding, System } from '../configuration/objects.ts'
import { type Instant, minuteOf } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { sanOf, type SystemId, unitOf } from '../domain/system-id.ts'
import type { UnitCode } from '../domain/unit-code.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { PeerCertificate } from './peer-certificate.ts'

/** What identification needs of a snapshot; `snapshot` provides it. */
export interface Registry {
  /** The system a key is registered for, whatever the dates of the binding; null: none. */
  systemByKey(key: Binding): { readonly system: System; readonly binding: KeyBinding } | null
  /** The registered issuer whose key this is; null: none. */
  issuerByKey(key: Binding): Issuer | null
}

/** What is known of revoked certificates. Rises in `epoch` with each change. */
export interface Revocations {
  readonly epoch: number
  /** `unknown` where no fresh list of the issuer is at hand: that means no. */
  statusOf(issuerKey: Binding, serial: string, at: Instant): 'good' | 'revoked' | 'unknown'
  /**
   * Where somebody can be asked who has not been asked yet: resolves when the answer is there, or when it is clear that none comes.
   * Null: what is known now is all there is.
   */
  learn?(peer: PeerCertificate): Promise<unknown> | null
}

/** Every way a certificate is no identity. */
export type IdentityRefusal =
  | 'not-yet-valid'
  | 'expired'
  | 'unregistered-issuer'
  | 'unbound-key'
  | 'binding-not-in-force'
  | 'issuer-may-not-name-unit'
  | 'san-mismatch'
  | 'revoked'
  | 'revocation-unknown'
  | 'suspended'

export const problemOf = {
  'not-yet-valid': 'certificate-not-yet-valid',
  expired: 'certificate-expired',
  'unregistered-issuer': 'certificate-untrusted',
  'unbound-key': 'certificate-unbound',
  'binding-not-in-force': 'certificate-unbound',
  'issuer-may-not-name-unit': 'issuer-not-allowed',
  'san-mismatch': 'certificate-mismatch',
  revoked: 'certificate-revoked',
  'revocation-unknown': 'revocation-unknown',
  suspended: 'system-suspended',
} as const satisfies Record<IdentityRefusal, ProblemCode>

/**
 * Who holds this certificate, at this time, under this registry: exactly one active system, or why none. Pure.
 * The binding is the identity; the SAN has to agree with it, and the issuer has to be one that may name the unit.
 */
export function identify(
  peer: PeerCertificate,
  registry: Registry,
  revocations: Revocations,
  at: Instant,
): Result<System, IdentityRefusal> {
  const found = registry.systemByKey(peer.binding)
  const trusted = checkCertificate(peer, registry, revocations, at)
  if (!trusted.ok) return trusted
  if (found === null) return err('unbound-key')
  const { system, binding } = found
  if (!isInForce(binding, at)) return err('binding-not-in-force')
  if (!mayName(trusted.value, unitOf(system.id))) return err('issuer-may-not-name-unit')
  if (!sanAgrees(peer, trusted.value, system.id)) return err('san-mismatch')
  if (system.suspended) return err('suspended')
  return ok(system)
}

/** Every way the certificate itself, or one that issued it, does not hold now. */
export type CertificateRefusal = 'not-yet-valid' | 'expired' | 'unregistered-issuer' | 'revoked' | 'revocation-unknown'

/** Dates, issuer and revocation of the whole chain; resolves to the issuer of the leaf. */
export function checkCertificate(
  peer: PeerCertificate,
  registry: Pick<Registry, 'issuerByKey'>,
  revocations: Revocations,
  at: Instant,
): Result<Issuer, CertificateRefusal> {
  if (at < peer.validFrom) return err('not-yet-valid')
  if (at >= peer.validUntil) return err('expired')
  const issuerKey = peer.chain[0]?.issuerKey ?? null
  const issuer = issuerKey === null ? null : registry.issuerByKey(issuerKey)
  if (issuer === null) return err('unregistered-issuer')
  const unrevoked = checkRevocation(peer, revocations, at)
  return unrevoked === null ? ok(issuer) : err(unrevoked)
}

/** Any "revoked" in the chain wins over any "unknown". */
function checkRevocation(peer: PeerCertificate, revocations: Revocations, at: Instant): CertificateRefusal | null {
  let worst: CertificateRefusal | null = null
  for (const { issuerKey, serial } of peer.chain) {
    const status = issuerKey === null ? 'unknown' : revocations.statusOf(issuerKey, serial, at)
    if (status === 'revoked') return 'revoked'
    if (status === 'unknown') worst = 'revocation-unknown'
  }
  return worst
}

function isInForce(binding: KeyBinding, at: Instant): boolean {
  const minute = minuteOf(at)
  return (binding.from === null || binding.from <= minute) && (binding.until === null || minute < binding.until)
}

/** An issuer that may name a unit may name all below it. Exact levels, no patterns (STYLE.md 14). */
function mayName(issuer: Issuer, unit: UnitCode): boolean {
  return issuer.units.some(allowed => unit === allowed || unit.startsWith(`${allowed}.`))
}

function sanAgrees(peer: PeerCertificate, issuer: Issuer, system: SystemId): boolean {
  if (issuer.san === 'absent') return peer.sanUris.length === 0
  return peer.sanUris.length === 1 && peer.sanUris[0] === sanOf(system)
}
