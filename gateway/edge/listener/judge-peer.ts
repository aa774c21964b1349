import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { err, ok, type Result } from '../../domain/result.ts'
import { type PeerCertificate, readPeerCertificate } from '../../identity/peer-certificate.ts'
import type { ProblemCode } from '../../problems/catalogue.ts'

/** X509_V_ERR_* as Node names them. What is not listed is `certificate-untrusted`. */
const problemOf: Readonly<Record<string, ProblemCode>> = {
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  INVALID_PURPOSE: 'certificate-unsuitable',
  CERT_REVOKED: 'certificate-revoked',
}

/** Node's name for the errors that it does not know, those of the security level (key too small, digest too weak) among them. */
const UNNAMED = 'UNSPECIFIED'
/** NIST SP 800-131A: less than 112 bits of strength below this. */
const MIN_RSA_BITS = 2048

/** Whether the handshake proved a certificate that OpenSSL accepts under the trust bundle, and what it says. */
export function judgePeer(socket: TLSSocket): Result<PeerCertificate, ProblemCode> {
  const leaf = socket.getPeerCertificate(true) as Partial<DetailedPeerCertificate> | undefined
  if (!leaf?.raw) return err('certificate-missing')
  if (!socket.authorized) {
    // Node types this as an Error; it is the code as a string.
    const code = String(socket.authorizationError)
    if (code === UNNAMED && hasWeakKey(leaf as DetailedPeerCertificate)) return err('certificate-weak')
    return err(problemOf[code] ?? 'certificate-untrusted')
  }
  const peer = readPeerCertificate(chainOf(leaf as DetailedPeerCertificate))
  return peer.ok ? ok(peer.value) : err('certificate-untrusted')
}

/** Whether an RSA key of the chain is too short. Only says why: OpenSSL has already refused. */
function hasWeakKey(leaf: DetailedPeerCertificate): boolean {
  return walk(leaf).some(({ modulus, bits }) => modulus !== undefined && bits !== undefined && bits < MIN_RSA_BITS)
}

/** Leaf first. A root is its own issuer: that ends the walk. */
export const chainOf = (leaf: DetailedPeerCertificate): readonly Uint8Array[] => walk(leaf).map(({ raw }) => raw)

function walk(leaf: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  const seen = new Set<string>()
  for (
    let certificate: DetailedPeerCertificate | undefined = leaf;
    certificate?.raw;
    certificate = certificate.issuerCertificate
  ) {
    if (seen.has(certificate.fingerprint256)) break
    seen.add(certificate.fingerprint256)
    chain.push(certificate)
  }
  return chain
}
