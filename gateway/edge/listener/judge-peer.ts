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
  EE_KEY_TOO_SMALL: 'certificate-weak',
  CA_KEY_TOO_SMALL: 'certificate-weak',
  CA_MD_TOO_WEAK: 'certificate-weak',
}

/** Whether the handshake proved a certificate that OpenSSL accepts under the trust bundle, and what it says. */
export function judgePeer(socket: TLSSocket): Result<PeerCertificate, ProblemCode> {
  const leaf = socket.getPeerCertificate(true) as Partial<DetailedPeerCertificate> | undefined
  if (!leaf?.raw) return err('certificate-missing')
  if (!socket.authorized) {
    // Node types this as an Error; it is the code as a string.
    const code = String(socket.authorizationError)
    return err(problemOf[code] ?? 'certificate-untrusted')
  }
  const peer = readPeerCertificate(chainOf(leaf as DetailedPeerCertificate))
  return peer.ok ? ok(peer.value) : err('certificate-untrusted')
}

/** Leaf first. A root is its own issuer: that ends the walk. */
export function chainOf(leaf: DetailedPeerCertificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  const seen = new Set<string>()
  for (
    let certificate: DetailedPeerCertificate | undefined = leaf;
    certificate?.raw;
    certificate = certificate.issuerCertificate
  ) {
    if (seen.has(certificate.fingerprint256)) break
    seen.add(certificate.fingerprint256)
    chain.push(certificate.raw)
  }
  return chain
}
