import { constants, createHash, verify, X509Certificate } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { isStrong } from './keys.ts'
import { demandStampingCertificate } from './timestamp-certificate.ts'
import {
  integerOf,
  isTagged,
  itemsOf,
  type Node,
  octetsOf,
  oidOf,
  readDer,
  Unreadable,
  wholeOf,
} from './timestamp-der.ts'
import { readStampInfo, type StampInfo } from './timestamp-info.ts'
import type { StampRequest } from './timestamp-request.ts'

/** A token with its certificates has 3 to 10 KB. */
export const MOST_TOKEN_BYTES = 64 * 1024
const MOST_CERTIFICATES = 16

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'
const PSS = '1.2.840.113549.1.1.10'

/** SHA-1 and below sign nothing here. */
const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** Signature algorithm to kind of key and hash; null: that of the digest algorithm. */
const SIGNATURES: Readonly<Record<string, readonly [key: string, hash: string | null]>> = {
  '1.2.840.113549.1.1.1': ['rsa', null],
  [PSS]: ['rsa', null],
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
}

/** What a good token says. */
export interface VerifiedStamp extends StampInfo {
  /** SHA-256 of the certificate that signed it, hex. */
  readonly signer: string
}

/**
 * Verifies an answer of an authority (RFC 3161 section 2.4.2) to this very question: status, nonce, and the token as below.
 * Attacker-controlled. The error says in words what is wrong with it; never throws.
 */
export function verifyStampResponse(
  response: Uint8Array,
  { digest, nonce }: StampRequest,
  authorities: readonly string[],
): Result<VerifiedStamp & { readonly token: Buffer }> {
  return reading(response, () => {
    const [statusInfo, token] = itemsOf(readDer(response))
    const status = integerOf(itemsOf(statusInfo)[0])
    // 0 granted, 1 granted with modifications: of what, the token shows.
    if (status !== '0' && status !== '1') return err(`the authority refused (PKIStatus ${Number.parseInt(status, 16)})`)
    if (token === undefined) return err('the answer holds no time stamp')
    const bytes = wholeOf(token)
    const verified = verifyStamp(bytes, digest, authorities)
    if (!verified.ok) return verified
    if (verified.value.nonce !== nonce.replace(/^0+(?=.)/, ''))
      return err('it answers another question: the nonce differs')
    return ok({ ...verified.value, token: bytes })
  })
}

/**
 * Verifies a time-stamp token (RFC 3161, RFC 5652, RFC 5816) over a SHA-256: one signer, whose certificate is named by the signed
 * attributes, is for time stamps alone (critical), and leads to one of `authorities` (PEM) at the time that the token tells; the
 * signature over the signed attributes; their digest of the content. Whether a certificate was revoked is not asked.
 */
export function verifyStamp(
  token: Uint8Array,
  digest: Uint8Array,
  authorities: readonly string[],
): Result<VerifiedStamp> {
  return reading(token, () => {
    const [type, content] = itemsOf(readDer(token))
    if (oidOf(type) !== SIGNED_DATA || !isTagged(content, 0)) return err('it is no signed data')
    const [, , encapsulated, ...rest] = itemsOf(itemsOf(content)[0])
    const [innerType, inner] = itemsOf(encapsulated)
    if (oidOf(innerType) !== TST_INFO || !isTagged(inner, 0)) return err('it holds no time stamp')
    const info = octetsOf(itemsOf(inner)[0])
    const signers = itemsOf(rest.at(-1))
    if (signers.length !== 1) return err('it has not exactly one signer')
    const attributes = readSignerInfo(signers[0])
    const said = readStampInfo(readDer(info), digest)
    const signer = attributes.findSigner(certificatesIn(rest))
    attributes.demandSignature(signer, info)
    demandStampingCertificate(
      signer,
      authorities.map(pem => new X509Certificate(pem)),
      said.genTime,
    )
    return ok({ ...said, signer: signer.fingerprint256.replaceAll(':', '').toLowerCase() })
  })
}

function reading<T>(bytes: Uint8Array, read: () => Result<T>): Result<T> {
  if (bytes.length > MOST_TOKEN_BYTES) return err('it is too long')
  try {
    return read()
  } catch (thrown) {
    // OpenSSL and asn1js throw what they like over what they cannot read.
    return err(thrown instanceof Unreadable ? thrown.message : 'it cannot be read')
  }
}

function certificatesIn(fields: readonly Node[]): readonly X509Certificate[] {
  const list = fields.find(field => isTagged(field, 0))
  const found = list === undefined ? [] : itemsOf(list)
  if (found.length > MOST_CERTIFICATES) throw new Unreadable('it holds too many certificates')
  return found.map(node => new X509Certificate(wholeOf(node)))
}

interface SignerInfo {
  readonly findSigner: (certificates: readonly X509Certificate[]) => X509Certificate
  readonly demandSignature: (signer: X509Certificate, content: Uint8Array) => void
}

/** SignerInfo of RFC 5652 section 5.3: version, signer, digest algorithm, signed attributes, signature algorithm, signature. */
function readSignerInfo(node: Node | undefined): SignerInfo {
  const [, , digestAlgorithm, signed, signatureAlgorithm, signature] = itemsOf(node)
  const digestHash = HASHES[oidOf(itemsOf(digestAlgorithm)[0])]
  if (digestHash === undefined) throw new Unreadable('it is signed with a hash that is not allowed')
  if (!isTagged(signed, 0) || signed === undefined) throw new Unreadable('it has no signed attributes')
  const algorithm = oidOf(itemsOf(signatureAlgorithm)[0])
  const [kind, ownHash] = SIGNATURES[algorithm] ?? []
  if (kind === undefined) throw new Unreadable('it is signed with an algorithm that is not allowed')
  const attribute = (id: string): Node | undefined => {
    const found = itemsOf(signed).filter(each => oidOf(itemsOf(each)[0]) === id)
    if (found.length > 1) throw new Unreadable('a signed attribute stands there twice')
    return found[0] && itemsOf(itemsOf(found[0])[1])[0]
  }
  return {
    findSigner(certificates) {
      const named = namedCertificate(attribute)
      const signer = certificates.find(({ raw }) => hashOf(named.hash, raw).equals(named.digest))
      if (signer === undefined) throw new Unreadable('the certificate that it names is not in it')
      return signer
    },
    demandSignature(signer, content) {
      if (oidOf(attribute(CONTENT_TYPE)) !== TST_INFO) throw new Unreadable('it is signed as something else')
      if (!octetsOf(attribute(MESSAGE_DIGEST)).equals(hashOf(digestHash, content)))
        throw new Unreadable('its content is not what was signed')
      const { publicKey } = signer
      if (publicKey.asymmetricKeyType !== kind || !isStrong(publicKey))
        throw new Unreadable('its key is too weak or of another kind')
      // RFC 5652 section 5.4: signed is the attributes' SET OF, its own tag in the place of [0].
      const attributes = wholeOf(signed)
      attributes[0] = 0x31
      const key =
        algorithm === PSS
          ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
          : publicKey
      if (!verify(ownHash ?? digestHash, attributes, key, octetsOf(signature)))
        throw new Unreadable('its signature is wrong')
    },
  }
}

/** RFC 3161 section 2.4.2 and RFC 5816: the signer's certificate by its hash, so that no other can be put in its place. */
function namedCertificate(attribute: (id: string) => Node | undefined): { hash: string; digest: Buffer } {
  const second = attribute(SIGNING_CERTIFICATE_V2)
  const first = second ?? attribute(SIGNING_CERTIFICATE)
  const fields = itemsOf(itemsOf(itemsOf(first)[0])[0])
  if (second === undefined) return { hash: 'sha1', digest: octetsOf(fields[0]) }
  // ESSCertIDv2 names its hash where it is not SHA-256.
  const named = fields.length > 1 && !isOctets(fields[0])
  const hash = named ? HASHES[oidOf(itemsOf(fields[0])[0])] : 'sha256'
  if (hash === undefined) throw new Unreadable('it names its certificate by a hash that is not allowed')
  return { hash, digest: octetsOf(fields[named ? 1 : 0]) }
}

const isOctets = (node: Node | undefined): boolean => node?.idBlock.tagClass === 1 && node.idBlock.tagNumber === 4

const hashOf = (hash: string, bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest()
