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
  const [leafDer, ...authorities] = chainDer
  if (leafDer === undefined || chainDer.length > MAX_CHAIN) return err('no chain, or a chain too long')
  let leaf: X509Certificate
  let own: Said
  let certificates: readonly Said[]
  try {
    leaf = new X509Certificate(leafDer)
    own = sayOf(leaf)
    certificates = [own, ...authorities.map(readAuthority)]
  } catch {
    return err('a certificate that cannot be parsed')
  }
  const links = certificates.map(({ key, serial }, i): ChainLink => {
    const issuerKey = certificates[i + 1]?.key
    return { key, serial, issuerKey: issuerKey ?? null }
  })
  const endsInRoot = certificates.length > 1 && certificates.at(-1)?.ownIssuer === true
  const validFrom = Math.max(...certificates.map(certificate => certificate.validFrom)) as Instant
  const validUntil = Math.min(...certificates.map(certificate => certificate.validUntil)) as Instant
  // Every comparison with NaN is false: such a certificate would be valid always.
  if (!Number.isFinite(validFrom) || !Number.isFinite(validUntil)) return err('dates that cannot be read')
  return ok({
    binding: own.key,
    fingerprint: createHash('sha256').update(leaf.raw).digest('hex') as Digest,
    sanUris: sanUrisOf(leaf.subjectAltName ?? ''),
    validFrom,
    validUntil,
    chain: endsInRoot ? links.slice(0, -1) : links,
  })
}

/** What is read of each certificate of a chain. */
interface Said {
  readonly key: Binding
  readonly serial: string
  /** Subject and issuer are the same name. */
  readonly ownIssuer: boolean
  /** NaN where a date cannot be read. */
  readonly validFrom: number
  readonly validUntil: number
}

const sayOf = (certificate: X509Certificate): Said => ({
  // The key is parsed only when asked for.
  key: bindingOf(certificate.publicKey.export({ type: 'spki', format: 'der' })),
  serial: certificate.serialNumber.toLowerCase(),
  ownIssuer: certificate.subject === certificate.issuer,
  validFrom: instantOfMillis(Date.parse(certificate.validFrom)),
  validUntil: instantOfMillis(Date.parse(certificate.validTo)),
})

/** Authorities stand above many leaves. More than any installation has; a peer that sends ever others gains nothing but its own time. */
const MOST_AUTHORITIES = 256
/**
 * By SHA-256 of the DER. The same bytes always say the same, so this is not observable but in time: on Node 20 reading a chain of
 * three costs a third of a handshake.
 */
const authoritiesRead = new Map<string, Said>()

function readAuthority(der: Uint8Array): Said {
  const digest = createHash('sha256').update(der).digest('base64')
  const before = authoritiesRead.get(digest)
  if (before) return before
  const said = sayOf(new X509Certificate(der))
  if (authoritiesRead.size >= MOST_AUTHORITIES) authoritiesRead.clear()
  authoritiesRead.set(digest, said)
  return said
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
