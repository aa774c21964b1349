import { createHash, createHmac, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { bmpString, type Der, fromDer, integer, nothing, octets, oid, sequence, setOf, tagged, toDer } from './der.ts'

const OID = {
  data: '1.2.840.113549.1.7.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

/** What OpenSSL 3 takes too. The strength of the file is that of its password. */
const MAC_ITERATIONS = 2048
const MAC_KEY = 3

/**
 * A PKCS#12 file (RFC 7292) of a private key, its certificate and the chain above it (PEM), for browsers and openssl.
 * The key is encrypted with AES-256-CBC (PBES2, PBKDF2 with HMAC-SHA-256), the whole is under an HMAC-SHA-256; the certificates
 * are public and stay readable. `name` is what an import dialog shows. Throws if the certificate is not for the key.
 *
 * node-forge's own toPkcs12Asn1 cannot hold EC keys: here the key goes in as the PKCS#8 that node:crypto encrypted.
 */
export function makePkcs12(
  key: KeyObject,
  certificate: string,
  chain: readonly string[],
  password: string,
  name: string,
): Buffer {
  const leaf = new X509Certificate(certificate)
  if (!leaf.checkPrivateKey(key)) throw new TypeError('the certificate is for another key')
  const attributes = setOf(
    attribute(OID.friendlyName, bmpString(name)),
    // RFC 7292 section 4.2: ties the key to its certificate.
    attribute(OID.localKeyId, octets(createHash('sha1').update(leaf.raw).digest())),
  )
  const safe = toDer(
    sequence(
      data(sequence(certBag(leaf, attributes), ...chain.map(pem => certBag(new X509Certificate(pem))))),
      data(sequence(bag(OID.shroudedKeyBag, shrouded(key, password), attributes))),
    ),
  )
  return toDer(sequence(integer(3n), contentInfo(octets(safe)), mac(safe, password)))
}

const attribute = (id: string, value: Der): Der => sequence(oid(id), setOf(value))
const bag = (id: string, value: Der, attributes?: Der): Der =>
  sequence(oid(id), tagged(0, value), ...(attributes ? [attributes] : []))
const certBag = (certificate: X509Certificate, attributes?: Der): Der =>
  bag(OID.certBag, sequence(oid(OID.x509Certificate), tagged(0, octets(certificate.raw))), attributes)
const contentInfo = (content: Der): Der => sequence(oid(OID.data), tagged(0, content))
const data = (safeContents: Der): Der => contentInfo(octets(toDer(safeContents)))

/** EncryptedPrivateKeyInfo (RFC 5958 section 3). */
const shrouded = (key: KeyObject, password: string): Der =>
  fromDer(key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: password }))

/** RFC 7292 section 4 (MacData) and appendix B. */
function mac(safe: Buffer, password: string): Der {
  const salt = randomBytes(16)
  const saltBuffer = forge.util.createBuffer(salt.toString('latin1'))
  const derived = forge.pkcs12.generateKey(password, saltBuffer, MAC_KEY, MAC_ITERATIONS, 32, forge.md.sha256.create())
  const digest = createHmac('sha256', Buffer.from(derived.getBytes(), 'latin1')).update(safe).digest()
  return sequence(
    sequence(sequence(oid(OID.sha256), nothing()), octets(digest)),
    octets(salt),
    integer(BigInt(MAC_ITERATIONS)),
  )
}
