import type { Issuer, Officer } from '../configuration/objects.ts'
import type { Binding } from '../domain/binding.ts'
import type { Instant } from '../domain/instant.ts'
import { officerSanOf } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import { type CertificateRefusal, checkCertificate, problemOf, type Revocations } from './identify.ts'
import type { PeerCertificate } from './peer-certificate.ts'

/** What identification needs of a revision. */
export interface OfficerRegistry {
  /** The officer a key is registered for, disabled or not; null: none. */
  officerByKey(key: Binding): Officer | null
  /** The registered issuer whose key this is; null: none. */
  issuerByKey(key: Binding): Issuer | null
}

/** Every way a certificate is no officer's. */
export type OfficerRefusal = CertificateRefusal | 'unbound-key' | 'issuer-may-not-name-officers' | 'san-mismatch'

export const officerProblemOf = {
  'not-yet-valid': problemOf['not-yet-valid'],
  expired: problemOf.expired,
  'unregistered-issuer': problemOf['unregistered-issuer'],
  revoked: problemOf.revoked,
  'revocation-unknown': problemOf['revocation-unknown'],
  // A system's key, one of nobody, one of another authority: alike, so that nobody learns which keys are officers'.
  'unbound-key': 'officer-unknown',
  'issuer-may-not-name-officers': 'officer-unknown',
  'san-mismatch': 'officer-unknown',
} as const satisfies Record<OfficerRefusal, ProblemCode>

/**
 * Which officer holds this certificate, at this time. Pure. As for systems the binding is the identity, the SAN has to agree with
 * it, and the issuer has to be one that may name officers. Whether the officer may act (disabled, idle, roles) is another question.
 */
export function identifyOfficer(
  peer: PeerCertificate,
  registry: OfficerRegistry,
  revocations: Revocations,
  at: Instant,
): Result<Officer, OfficerRefusal> {
  const trusted = checkCertificate(peer, registry, revocations, at)
  if (!trusted.ok) return trusted
  const officer = registry.officerByKey(peer.binding)
  if (officer === null) return err('unbound-key')
  if (!trusted.value.namesOfficers) return err('issuer-may-not-name-officers')
  return sanAgrees(peer, trusted.value, officer) ? ok(officer) : err('san-mismatch')
}

const sanAgrees = ({ sanUris }: PeerCertificate, { san }: Issuer, { id }: Officer): boolean =>
  san === 'absent' ? sanUris.length === 0 : sanUris.length === 1 && sanUris[0] === officerSanOf(id)
