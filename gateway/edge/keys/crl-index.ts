import 'reflect-metadata'
import { X509Certificate as NodeCertificate } from 'node:crypto'
import { PublicKey, X509Crl } from '@peculiar/x509'
import { bindingOf, type Binding } from '../../domain/binding.ts'
import { type Instant, instantOfMillis } from '../../domain/instant.ts'
import type { Revocations } from '../../identity/identify.ts'

interface IssuerList {
  readonly serials: ReadonlySet<string>
  readonly nextUpdate: Instant
  readonly thisUpdate: Instant
}

/** What one file of revocation lists turned out to hold. */
export interface CrlReport {
  readonly loaded: number
  readonly problems: readonly string[]
}

/**
 * Revoked certificates by issuer key and serial, from CRLs (RFC 5280 section 5) whose signature a registered authority's key made.
 * Without a fresh list of an issuer, the status of its certificates is unknown, and that means no.
 */
export class CrlIndex implements Revocations {
  #epoch = 0
  #lists: ReadonlyMap<Binding, IssuerList> = new Map()

  get epoch(): number {
    return this.#epoch
  }

  /** Replaces all lists by those in PEM texts. `trust` are PEM certificates of authorities. */
  async load(pem: string, trust: readonly string[]): Promise<CrlReport> {
    const authorities = trust.map(text => {
      const certificate = new NodeCertificate(text)
      const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
      return { subject: certificate.subject, key: bindingOf(spki), publicKey: new PublicKey(spki) }
    })
    const lists = new Map<Binding, IssuerList>()
    const problems: string[] = []
    for (const block of pem.match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g) ?? []) {
      const crl = new X509Crl(block)
      const signer = await findSigner(crl, authorities)
      if (signer === null) problems.push(`a list of ${crl.issuer} that no registered authority signed`)
      else if (!crl.nextUpdate) problems.push(`a list of ${crl.issuer} without nextUpdate`)
      // RFC 5280 section 5.2: MUST NOT use that CRL to determine the status of certificates (deltas, parts and indirect lists).
      else if (crl.extensions.some(({ critical }) => critical))
        problems.push(`a list of ${crl.issuer} that is not whole`)
      else lists.set(signer, newer(lists.get(signer), listOf(crl, crl.nextUpdate)))
    }
    // An older file put back must not make a revoked certificate good again.
    for (const [signer, list] of lists) {
      const held = this.#lists.get(signer)
      if (held && held.thisUpdate > list.thisUpdate) {
        problems.push('a list older than the one in use')
        lists.set(signer, held)
      }
    }
    this.#lists = lists
    this.#epoch++
    return { loaded: lists.size, problems }
  }

  statusOf(issuerKey: Binding, serial: string, at: Instant): 'good' | 'revoked' | 'unknown' {
    const list = this.#lists.get(issuerKey)
    if (!list) return 'unknown'
    if (list.serials.has(normal(serial))) return 'revoked'
    return at < list.nextUpdate ? 'good' : 'unknown'
  }

  /** When the first of the loaded lists goes stale; null without lists. */
  get staleAt(): Instant | null {
    const times = [...this.#lists.values()].map(({ nextUpdate }) => nextUpdate)
    return times.length > 0 ? (Math.min(...times) as Instant) : null
  }
}

async function findSigner(
  crl: X509Crl,
  authorities: readonly { key: Binding; publicKey: PublicKey }[],
): Promise<Binding | null> {
  for (const { key, publicKey } of authorities) if (await crl.verify({ publicKey }).catch(() => false)) return key
  return null
}

const listOf = (crl: X509Crl, nextUpdate: Date): IssuerList => ({
  serials: new Set(crl.entries.map(({ serialNumber }) => normal(serialNumber))),
  thisUpdate: instantOfMillis(crl.thisUpdate.getTime()),
  nextUpdate: instantOfMillis(nextUpdate.getTime()),
})

const newer = (a: IssuerList | undefined, b: IssuerList): IssuerList => (a && a.thisUpdate > b.thisUpdate ? a : b)

/** Serial numbers as bare lower-case hex: libraries disagree on leading zeros. */
const normal = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, '')
