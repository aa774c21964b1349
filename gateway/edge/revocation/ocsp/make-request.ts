import { integer, nothing, octets, oid, sequence, tagged, toDer } from '../../../pki/der.ts'
import type { AskedIssuer } from './asked-issuer.ts'

export const OID = {
  sha1: '1.3.14.3.2.26',
  // RFC 6960 sections 4.2.1, 4.2.2.2, 4.2.2.2.1, 4.4.1.
  basic: '1.3.6.1.5.5.7.48.1.1',
  nonce: '1.3.6.1.5.5.7.48.1.2',
  noCheck: '1.3.6.1.5.5.7.48.1.5',
  signing: '1.3.6.1.5.5.7.3.9',
  extendedKeyUsage: '2.5.29.37',
} as const

/** An OCSP request (RFC 6960 section 4.1.1) about one certificate: DER, not signed. `serial` in hex; `nonce` of 32 octets (RFC 9654). */
export function makeRequest({ nameHash, keyHash }: AskedIssuer, serial: string, nonce: Uint8Array): Buffer {
  const id = sequence(
    sequence(oid(OID.sha1), nothing()),
    octets(nameHash),
    octets(keyHash),
    integer(BigInt(`0x${serial}`)),
  )
  // RFC 9654 section 2.1: an OCTET STRING inside the one of the extension.
  const extension = sequence(oid(OID.nonce), octets(toDer(octets(nonce))))
  return toDer(sequence(sequence(sequence(sequence(id)), tagged(2, sequence(extension)))))
}
