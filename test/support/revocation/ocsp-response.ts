import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { readCertificate } from '../../../gateway/edge/revocation/ocsp/read-certificate.ts'
import {
  type Der,
  enumerated,
  fromDer,
  integer,
  octets,
  oid,
  sequence,
  tagged,
  toDer,
} from '../../../gateway/pki/der.ts'
import { signed } from '../../../gateway/pki/signed.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'

const { asn1 } = forge
const context = (number: number, constructed: boolean, content: string | Der[]): Der =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, number, constructed, content)
const generalized = (at: Date): Der =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(at))
const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest()

export interface ResponseWish {
  /** Whose certificate is spoken of. */
  readonly issuer: Authority
  readonly serial: string
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate: Date
  /** Null: the responder says nothing. */
  readonly nextUpdate: Date | null
  readonly producedAt?: Date
  readonly nonce?: Uint8Array | null
  /** Authorities whose name and whose key stand in the id of the certificate; the issuer unless told. */
  readonly named?: Authority
  readonly keyed?: Authority
  /** A critical extension that nobody knows. */
  readonly strange?: 'response' | 'single'
  /** Who signs; the issuer itself unless told. */
  readonly key?: KeyObject
  /** PEM; a delegated responder's, which then is the one that the response names. */
  readonly delegate?: string
}

/** An OCSP response as a responder would make it (RFC 6960 section 4.2.1), or as somebody would who wants to be taken for one. */
export function makeOcspResponse(wish: ResponseWish): Buffer {
  const issuer = partsOf(wish.issuer)
  const delegate = wish.delegate === undefined ? null : new X509Certificate(wish.delegate)
  const responder = delegate ? readCertificate(delegate.raw) : issuer
  const id = sequence(
    sequence(oid('1.3.14.3.2.26')),
    octets(sha1(partsOf(wish.named ?? wish.issuer).subject)),
    octets(sha1(partsOf(wish.keyed ?? wish.issuer).keyBits)),
    integer(BigInt(`0x${wish.serial}`)),
  )
  const status = {
    good: () => context(0, false, ''),
    revoked: () => context(1, true, [generalized(wish.thisUpdate)]),
    unknown: () => context(2, false, ''),
  }[wish.status]()
  const single = sequence(
    id,
    status,
    generalized(wish.thisUpdate),
    ...(wish.nextUpdate ? [tagged(0, generalized(wish.nextUpdate))] : []),
    ...(wish.strange === 'single' ? [tagged(1, sequence(STRANGE()))] : []),
  )
  const extensions = [
    ...(wish.nonce ? [nonceExtension(wish.nonce)] : []),
    ...(wish.strange === 'response' ? [STRANGE()] : []),
  ]
  const data = sequence(
    // By the responder's key where it is delegated, by its name else: both forms are seen.
    delegate ? tagged(2, octets(sha1(responder.keyBits))) : tagged(1, fromDer(responder.subject)),
    generalized(wish.producedAt ?? wish.thisUpdate),
    sequence(single),
    ...(extensions.length > 0 ? [tagged(1, sequence(...extensions))] : []),
  )
  const bare = fromDer(signed(data, wish.key ?? wish.issuer.key))
  if (delegate) (bare.value as Der[]).push(tagged(0, sequence(fromDer(delegate.raw))))
  return toDer(sequence(enumerated(0), tagged(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(toDer(bare))))))
}

const partsOf = ({ certificate }: Authority) => readCertificate(new X509Certificate(certificate).raw)
const STRANGE = (): Der =>
  sequence(oid('1.2.3.4'), asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BOOLEAN, false, '\xff'), octets(Buffer.of(5, 0)))
const nonceExtension = (nonce: Uint8Array): Der => sequence(oid('1.3.6.1.5.5.7.48.1.2'), octets(toDer(octets(nonce))))

/** What a responder says that cannot or will not answer (RFC 6960 section 4.2.1). */
export const failedOcspResponse = (status: number): Buffer => toDer(sequence(enumerated(status)))

/** Serial (hex) and nonce of a request about one certificate, found from the end: the list of requests, then the extension. */
export function readOcspRequest(der: Uint8Array): { readonly serial: string; readonly nonce: Uint8Array } {
  const request = fromDer(der)
  const [tbs] = request.value as Der[]
  const [requests, extensions] = (tbs as Der).value as Der[]
  const id = at(requests, 0, 0)
  const serial = Buffer.from(at(id, 3).value as string, 'latin1')
    .toString('hex')
    .replace(/^0+(?=.)/, '')
  const wrapped = at(extensions, 0, 0, 1).value as string
  return { serial, nonce: Buffer.from(wrapped, 'latin1').subarray(2) }
}

const at = (value: Der | undefined, ...path: readonly number[]): Der =>
  path.reduce<Der>((outer, index) => (outer.value as Der[])[index] as Der, value as Der)
