import type { X509Certificate } from 'node:crypto'
import { type Instant, millisOf } from '../domain/instant.ts'
import { isStrong } from './keys.ts'
import { contentOf, isTagged, isUniversal, itemsOf, octetsOf, oidOf, readDer, Unreadable } from './timestamp-der.ts'

const EXTENDED_KEY_USAGE = '2.5.29.37'
const KEY_USAGE = '2.5.29.15'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
/** A signer, at most so many authorities above it. */
const LONGEST_CHAIN = 8
const BOOLEAN = 1

/**
 * Whether this certificate may sign time stamps and leads, through the registered certificates alone, to a registered self-signed
 * root, each valid at `at`. Certificates that only came with the stamp are no links: who is trusted is told by the configuration.
 * Throws Unreadable where not.
 */
export function demandStampingCertificate(
  signer: X509Certificate,
  registered: readonly X509Certificate[],
  at: Instant,
): void {
  demandUsage(signer)
  demandValid(signer, at)
  let below = signer
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    const above = registered.find(
      candidate => candidate.ca && below.checkIssued(candidate) && below.verify(candidate.publicKey),
    )
    if (above === undefined) throw new Unreadable('its certificate does not lead to a registered authority')
    demandValid(above, at)
    if (!isStrong(above.publicKey)) throw new Unreadable('the key of its authority is too weak')
    if (above.checkIssued(above) && above.verify(above.publicKey)) return
    below = above
  }
  throw new Unreadable('its chain of certificates is too long')
}

function demandValid(certificate: X509Certificate, at: Instant): void {
  const millis = millisOf(at)
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  // RFC 5280 section 4.1.2.5: valid at both ends, to the second. A date that cannot be read is no date.
  if (!(from <= millis && Math.floor(millis / 1000) * 1000 <= until))
    throw new Unreadable('its certificate, or one above it, was not valid at that time')
}

/** RFC 3161 section 2.3: "The corresponding certificate MUST contain only one instance of the extended key usage field extension
 *  with KeyPurposeID having value id-kp-timeStamping. This extension MUST be critical." */
function demandUsage(certificate: X509Certificate): void {
  const extensions = extensionsOf(certificate)
  const usages = extensions.filter(({ id }) => id === EXTENDED_KEY_USAGE)
  const [usage] = usages
  const purposes = usage ? itemsOf(readDer(usage.value)).map(oidOf) : []
  if (usages.length !== 1 || !usage?.isCritical || purposes.length !== 1 || purposes[0] !== TIME_STAMPING)
    throw new Unreadable('its certificate is not for time stamps alone')
  const keyUsage = extensions.find(({ id }) => id === KEY_USAGE)
  // digitalSignature and nonRepudiation: the first two bits, behind the count of unused ones.
  if (keyUsage && ((contentOf(readDer(keyUsage.value))[1] ?? 0) & 0xc0) === 0)
    throw new Unreadable('its certificate is not for signatures')
}

function extensionsOf(certificate: X509Certificate) {
  const fields = itemsOf(itemsOf(readDer(certificate.raw))[0])
  const list = fields.find(field => isTagged(field, 3))
  return list === undefined
    ? []
    : itemsOf(itemsOf(list)[0]).map(extension => {
        const [id, ...rest] = itemsOf(extension)
        const critical = rest.find(node => isUniversal(node, BOOLEAN))
        return {
          id: oidOf(id),
          isCritical: critical !== undefined && (contentOf(critical)[0] ?? 0) !== 0,
          value: octetsOf(rest.at(-1)),
        }
      })
}
