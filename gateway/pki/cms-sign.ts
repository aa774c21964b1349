import { createHash } from 'node:crypto'
import { ECDSA_SHA256, ecdsaValue, type RawSigner } from './cms-parts.ts'
import { type Der, fromDer, integer, octets, oid, sequence, setOf, tagged, time, toDer } from './der.ts'

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const DATA = '1.2.840.113549.1.7.1'
const SHA256 = '2.16.840.1.101.3.4.2.1'
/** RFC 5652 section 11; RFC 5035 section 3. */
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_TIME = '1.2.840.113549.1.9.5'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'

/** What a signature says: all that can differ between two of ours. */
export interface SignatureFacts {
  /** DER. */
  readonly certificate: Uint8Array
  /** SHA-256 of the content. */
  readonly digest: Uint8Array
  /** Whole seconds. */
  readonly signedAt: Date
}

/**
 * A detached CAdES-B signature (ETSI EN 319 122-1 section 6.3 at level B-B, RFC 5652): one signer, ES256, signed attributes content
 * type, signing time, message digest and signing certificate v2 (ESSCertIDv2, RFC 5035). DER.
 */
export async function signDetached(
  content: Uint8Array,
  certificate: Uint8Array,
  signedAt: Date,
  sign: RawSigner,
): Promise<Buffer> {
  const facts = { certificate, digest: sha256(content), signedAt }
  return assemble(facts, ecdsaValue(await sign(toBeSigned(facts))))
}

/** RFC 5652 section 5.4: the signed attributes as a SET OF, in the order of DER. */
export const toBeSigned = (facts: SignatureFacts): Buffer => toDer(setOf(...attributesOf(facts)))

/** The whole of it: there is one DER text of given facts and signature. */
export function assemble(facts: SignatureFacts, signature: Uint8Array): Buffer {
  const certificate = fromDer(facts.certificate)
  const digestAlgorithm = sequence(oid(SHA256))
  const signer = sequence(
    integer(1n),
    issuerAndSerial(certificate),
    digestAlgorithm,
    tagged(0, ...attributesOf(facts)),
    sequence(oid(ECDSA_SHA256)),
    octets(signature),
  )
  const signedData = sequence(
    integer(1n),
    setOf(digestAlgorithm),
    sequence(oid(DATA)),
    tagged(0, certificate),
    setOf(signer),
  )
  return toDer(sequence(oid(SIGNED_DATA), tagged(0, signedData)))
}

function attributesOf({ certificate, digest, signedAt }: SignatureFacts): readonly Der[] {
  const attribute = (type: string, value: Der): Der => sequence(oid(type), setOf(value))
  const attributes = [
    attribute(CONTENT_TYPE, oid(DATA)),
    attribute(SIGNING_TIME, time(signedAt)),
    attribute(MESSAGE_DIGEST, octets(digest)),
    // ESSCertIDv2: SHA-256 is the default and therefore left out.
    attribute(SIGNING_CERTIFICATE_V2, sequence(sequence(sequence(octets(sha256(certificate)))))),
  ]
  // X.690 section 11.6: the items of a SET OF rise.
  return attributes.toSorted((a, b) => Buffer.compare(toDer(a), toDer(b)))
}

/** Of a certificate of ours: version, serial number, algorithm, issuer come first. Throws where it is none. */
function issuerAndSerial(certificate: Der): Der {
  const [serial, , issuer] = itemsOf(itemsOf(certificate)[0]).slice(1)
  if (!serial || !issuer) throw new TypeError('not a certificate')
  return sequence(issuer, serial)
}

export function itemsOf(value: Der | undefined): readonly Der[] {
  if (!value || !Array.isArray(value.value)) throw new TypeError('not a sequence')
  return value.value
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
