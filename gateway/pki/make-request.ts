import type { KeyObject } from 'node:crypto'
import { fromDer, integer, oid, sequence, setOf, tagged } from './der.ts'
import { type LeafNames, requestedExtensions } from './extensions.ts'
import { spkiOf } from './keys.ts'
import { pemOf } from './pem.ts'
import { signed } from './signed.ts'
import { nameOf, type Subject } from './subject.ts'

/** RFC 2985 section 5.4.2. */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'

/**
 * A request for a certificate (PKCS#10, RFC 2986), PEM, signed with the key itself: the proof that whoever asks holds it.
 * Throws RangeError for a name that X.509 cannot hold.
 */
export function makeRequest(key: KeyObject, names: LeafNames & { readonly subject: Subject }): string {
  const extensions = requestedExtensions(names).map(({ rawData }) => fromDer(new Uint8Array(rawData)))
  const information = sequence(
    integer(0n),
    fromDer(new Uint8Array(nameOf(names.subject).toArrayBuffer())),
    fromDer(spkiOf(key)),
    tagged(0, sequence(oid(EXTENSION_REQUEST), setOf(sequence(...extensions)))),
  )
  return pemOf('CERTIFICATE REQUEST', signed(information, key))
}
