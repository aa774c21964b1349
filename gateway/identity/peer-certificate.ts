import { createHash, X509Certificate } from 'node:crypto'
import { bindingOf, type Binding } from '../domain/binding.ts'
import type { Digest } from '../domain/digest.ts'
import { type Instant, instantOfMillis } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** What one certificate of a presented chain says, as far as identity needs it. */
export interface ChainLink {
  readonly key: Binding
  readonly serial: string
  readonly issuerKey: Binding | null
}

/**
 * The certificate of a TLS peer, parsed once per connection. OpenSSL verified the chain against the trust bundle at the
 * handshake; what can change while the connection lives (dates, issuers, bindings, revocation) is looked up per request.
 */
export interface PeerCertificate {
  readonly binding: Binding
  /** SHA-256 of the certificate's DER. */
  readonly fingerprint: Digest
  readonly sanUris: readonly string[]
  /** The window in which every certificate of the chain is valid, half-open. */
  readonly validFrom: Instant
  readonly validUntil: Instant
  /** Leaf first, the self-signed root left out: what can be revoked. */
  readonly chain: readonly ChainLink[]
}

/** RFC 5280 sets no bound; nobody needs a longer chain, and a peer chooses it. */
const MAX_CHAIN = 8

/**
 * Reads a chain as the TLS stack hands it over, leaf first, each certificate followed by its issuer.
 * Attacker-controlled: whoever connects chooses these bytes.
 */
export function readPeerCertificate(chainDer: readonly Uint8Array[]): Result<PeerCertificate> {
  if (chainDer.length === 0 || chainDer.length > MAX_CHAIN) return err('no chain, or a chain too long')
  let certificates: readonly X509Certificate[]
  let keys: readonly Binding[]
  try {
    certificates = chainDer.map(der => new X509Certificate(der))
    // The key is parsed only when asked for.
    keys = certificates.map(({ publicKey }) => bindingOf(publicKey.export({ type: 'spki', format: 'der' })))
  } catch {
    return err('a certificate that cannot be parsed')
  }
  const [leaf] = certificates
  const [binding] = keys
  if (leaf === undefined || binding === undefined) return err('no leaf')
  const links = certificates.map((certificate, i): ChainLink => {
    const issuerKey = keys[i + 1]
    return { key: keys[i] ?? binding, serial: certificate.serialNumber.toLowerCase(), issuerKey: issuerKey ?? null }
  })
  const last = certificates[certificates.length - 1]
  const endsInRoot = last !== undefined && certificates.length > 1 && last.subject === last.issuer
  const validFrom = Math.max(...certificates.map(c => instantOfMillis(Date.parse(c.validFrom)))) as Instant
  const validUntil = Math.min(...certificates.map(c => instantOfMillis(Date.parse(c.validTo)))) as Instant
  // Every comparison with NaN is false: such a certificate would be valid always.
  if (!Number.isFinite(validFrom) || !Number.isFinite(validUntil)) return err('dates that cannot be read')
  return ok({
    binding,
    fingerprint: createHash('sha256').update(leaf.raw).digest('hex') as Digest,
    sanUris: sanUrisOf(leaf.subjectAltName ?? ''),
    validFrom,
    validUntil,
    chain: endsInRoot ? links.slice(0, -1) : links,
  })
}

/**
 * The URIs of a subjectAltName as Node prints it: `URI:urn:…, DNS:host`. Node quotes a name that holds a delimiter (CVE-2021-44532),
 * and a quoted one is none of ours: it is kept as it is and matches nothing.
 */
function sanUrisOf(subjectAltName: string): readonly string[] {
  return subjectAltName
    .split(', ')
    .filter(name => name.startsWith('URI:'))
    .map(name => name.slice('URI:'.length))
}
