import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { err, type Result } from '../../domain/result.ts'
import { hasWeakDigest } from '../../identity/check-signature-digest.ts'
import { type PeerCertificate, readPeerCertificate } from '../../identity/peer-certificate.ts'
import type { ProblemCode } from '../../problems/catalogue.ts'
import { reasonOfVerify, UNNAMED } from './tls-reason.ts'

/** X509_V_ERR_* as Node names them. What is not listed is `certificate-untrusted`. */
const problemOf: Readonly<Record<string, ProblemCode>> = {
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  INVALID_PURPOSE: 'certificate-unsuitable',
  CERT_REVOKED: 'certificate-revoked',
}

/** NIST SP 800-131A: less than 112 bits of strength below this. */
const MIN_RSA_BITS = 2048

export interface PeerRefusal {
  readonly code: ProblemCode
  /** For the record: one of a closed list, never text of the peer; null where the code says it all. */
  readonly reason: string | null
}

/** Whether the handshake proved a certificate that OpenSSL accepts under the trust bundle, and what it says. */
export function judgePeer(socket: TLSSocket): Result<PeerCertificate, PeerRefusal> {
  const leaf = socket.getPeerCertificate(true) as Partial<DetailedPeerCertificate> | undefined
  if (!leaf?.raw) return err({ code: 'certificate-missing', reason: null })
  const chain = walk(leaf as DetailedPeerCertificate)
  if (!socket.authorized) {
    const code = String(socket.authorizationError)
    const isWeak = code === UNNAMED && (hasWeakKey(chain) || hasWeakSignature(chain))
    return err({
      code: isWeak ? 'certificate-weak' : (problemOf[code] ?? 'certificate-untrusted'),
      reason: reasonOfVerify(socket),
    })
  }
  const peer = readPeerCertificate(chain.map(({ raw }) => raw))
  return peer.ok ? peer : err({ code: 'certificate-untrusted', reason: peer.error })
}

type Chain = readonly DetailedPeerCertificate[]

/** Whether an RSA key of the chain is too short. Only says why: OpenSSL has already refused. */
const hasWeakKey = (chain: Chain): boolean =>
  chain.some(({ modulus, bits }) => modulus !== undefined && bits !== undefined && bits < MIN_RSA_BITS)

/** The same for signatures. A root is trusted for its key, whatever it is signed with (RFC 5280 section 6.1). */
const hasWeakSignature = (chain: Chain): boolean =>
  chain.some(({ raw, issuerCertificate }) => raw !== issuerCertificate?.raw && hasWeakDigest(raw))

/** Leaf first. A root is its own issuer: that ends the walk. */
export const chainOf = (leaf: DetailedPeerCertificate): readonly Uint8Array[] => walk(leaf).map(({ raw }) => raw)

function walk(leaf: DetailedPeerCertificate): Chain {
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
