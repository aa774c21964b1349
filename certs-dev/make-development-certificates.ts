import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { GatewayId } from '../gateway/domain/gateway-id.ts'
import type { OfficerId } from '../gateway/domain/officer-id.ts'
import { certificateSays } from '../gateway/pki/certificate-says.ts'
import { DEVELOPMENT_ORGANIZATION } from '../gateway/pki/development.ts'
import { issueCertificate } from '../gateway/pki/issue-certificate.ts'
import { isStrong, makeKey, privateKeyPem, readPrivateKey } from '../gateway/pki/keys.ts'
import { makeAuthority } from '../gateway/pki/make-authority.ts'
import { makeCrl } from '../gateway/pki/make-crl.ts'
import { makePkcs12 } from '../gateway/pki/make-pkcs12.ts'
import { blocksOf } from '../gateway/pki/pem.ts'
import type { Authority } from '../gateway/pki/sign-certificate.ts'
import { type CertificateFolder, openFolder } from './certificate-folder.ts'
import type { SystemToCertify } from './demo-world.ts'
import { gatewayLeaf, type Leaf, officerLeaf, systemLeaf } from './leaves.ts'
import { certificateStands, crlStands, DAY_MILLIS } from './still-stands.ts'

const AUTHORITY_DAYS = 90
const LEAF_DAYS = 30
const CRL_DAYS = 7
/** For the clocks of other machines, which may be behind. */
const BACKDATED_MILLIS = 300_000

/** Of every PKCS#12 file made here. Not a secret: the keys lie beside it. */
export const PKCS12_PASSWORD = 'lienthong'

export interface DevelopmentOptions {
  /** Folder; made with mode 0700 if it is missing. */
  readonly out: string
  readonly systems: readonly SystemToCertify[]
  readonly officers: readonly OfficerId[]
  readonly gatewayId: GatewayId
  /** DNS names and IP addresses of the gateway beside localhost. */
  readonly hosts?: readonly string[]
  /** Of keys made now; keys that exist are kept whatever their type. `p256` unless told. */
  readonly keyType?: 'p256' | 'rsa'
  readonly now: Date
  /** Called after each file named in the result. */
  readonly onProgress?: (name: string, done: number, total: number) => void
}

/** File names of certificates and of the CRL, each in exactly one list. */
export interface DevelopmentResult {
  /** New: the file or its key was missing. */
  readonly made: readonly string[]
  /** Made again for the key that was there: the binding is the same. */
  readonly renewed: readonly string[]
  readonly kept: readonly string[]
}

type Outcome = keyof DevelopmentResult

interface Workshop extends Pick<DevelopmentOptions, 'now'> {
  readonly folder: CertificateFolder
  readonly keyType: 'p256' | 'rsa'
}

/**
 * Makes throwaway certificates for development (DESIGN.md, Contract), or what of them is missing, broken, changed or expires
 * within three days. Keys are never replaced, so that bindings stay. May be run again at any time, also after a crash and
 * beside itself. Rejects if the folder cannot be written.
 */
export async function makeDevelopmentCertificates(options: DevelopmentOptions): Promise<DevelopmentResult> {
  const workshop = { folder: openFolder(options.out), keyType: options.keyType ?? 'p256', now: options.now }
  const leaves = [
    gatewayLeaf(options.gatewayId, options.hosts ?? []),
    ...options.systems.map(systemLeaf),
    ...options.officers.map(officerLeaf),
  ]
  const result = { made: [] as string[], renewed: [] as string[], kept: [] as string[] }
  let done = 0
  const report = (name: string, outcome: Outcome) => {
    result[outcome].push(name)
    options.onProgress?.(name, ++done, leaves.length + 3)
  }

  const root = await keepAuthority(workshop, 'ca', null)
  report('ca.crt', root.outcome)
  const issuing = await keepAuthority(workshop, 'issuing', root.authority)
  report('issuing.crt', issuing.outcome)
  for (const { id } of options.systems) keepSigningKey(workshop, systemLeaf({ id, provider: false }).file)
  for (const leaf of leaves) report(`${leaf.file}.crt`, await keepLeaf(workshop, leaf, issuing.authority))
  report('crl.pem', await keepCrls(workshop, [root.authority, issuing.authority]))
  return result
}

async function keepAuthority(
  { folder, keyType, now }: Workshop,
  name: 'ca' | 'issuing',
  issuer: Authority | null,
): Promise<{ authority: Authority; outcome: Outcome }> {
  const { key, isNew } = keepKey(folder, `${name}.key`, keyType)
  const [present] = blocksOf('CERTIFICATE', folder.read(`${name}.crt`) ?? '')
  if (present !== undefined && certificateStands(present, key, issuer, now))
    return { authority: { certificate: present, key }, outcome: 'kept' }
  const authority = await makeAuthority({
    subject: { commonName: name === 'ca' ? 'Root' : 'Issuing', organization: DEVELOPMENT_ORGANIZATION },
    key,
    issuer,
    ...validity(now, AUTHORITY_DAYS, issuer),
  })
  folder.writePublic(`${name}.crt`, authority.certificate)
  return { authority, outcome: isNew || present === undefined ? 'made' : 'renewed' }
}

/**
 * The certificate is written last: a crash before leaves the old one or none, and the next run does the rest again. A leaf that
 * stands is kept when only the issuing certificate above it was renewed.
 */
async function keepLeaf({ folder, keyType, now }: Workshop, leaf: Leaf, issuing: Authority): Promise<Outcome> {
  const { key, isNew } = keepKey(folder, `${leaf.file}.key`, keyType)
  const [present, above] = blocksOf('CERTIFICATE', folder.read(`${leaf.file}.crt`) ?? '')
  const stands =
    present !== undefined && certificateStands(present, key, issuing, now) && certificateSays(present, leaf.content)
  const hasPkcs12 = !leaf.pkcs12 || folder.has(`${leaf.file}.p12`)
  if (stands && above === issuing.certificate && hasPkcs12) return 'kept'

  const certificate = stands
    ? present
    : await issueCertificate(issuing, { ...leaf.content, key, ...validity(now, LEAF_DAYS, issuing) })
  if (leaf.pkcs12) {
    const name = `${leaf.content.subject.commonName} (development)`
    folder.writePrivate(`${leaf.file}.p12`, makePkcs12(key, certificate, [issuing.certificate], PKCS12_PASSWORD, name))
  }
  folder.writePublic(`${leaf.file}.crt`, certificate + issuing.certificate)
  return isNew || present === undefined ? 'made' : 'renewed'
}

/** A key pair for message signatures, beside the one of TLS: `{unit}.{system}.sign.key` and `.sign.pub`. */
function keepSigningKey({ folder, keyType }: Workshop, file: string): void {
  const { key } = keepKey(folder, `${file}.sign.key`, keyType)
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  if (folder.read(`${file}.sign.pub`) !== pem) folder.writePublic(`${file}.sign.pub`, pem)
}

async function keepCrls({ folder, now }: Workshop, authorities: readonly Authority[]): Promise<Outcome> {
  const present = folder.read('crl.pem')
  const lists = blocksOf('X509 CRL', present ?? '')
  const standing = await Promise.all(
    authorities.map(async (authority, index) => crlStands(lists[index] ?? '', authority, now)),
  )
  if (standing.every(Boolean)) return 'kept'
  const { notBefore, notAfter } = validity(now, CRL_DAYS, null)
  // Seconds since 1970: rises without a memory of the last number.
  const number = Math.floor(now.getTime() / 1000)
  folder.writePublic(
    'crl.pem',
    authorities.map(authority => makeCrl(authority, [], number, notBefore, notAfter)).join(''),
  )
  return present === null ? 'made' : 'renewed'
}

/** The key in the file; a new one where there is none or none that can be read. */
function keepKey(folder: CertificateFolder, name: string, type: 'p256' | 'rsa'): { key: KeyObject; isNew: boolean } {
  const text = folder.read(name)
  const present = text === null ? null : readableKey(text)
  if (present !== null) {
    folder.protect(name)
    return { key: present, isNew: false }
  }
  const pem = privateKeyPem(makeKey(type))
  if (text === null) return { key: readPrivateKey(folder.writePrivateOnce(name, pem)), isNew: true }
  folder.writePrivate(name, pem)
  return { key: readPrivateKey(pem), isNew: true }
}

function readableKey(pem: string): KeyObject | null {
  try {
    const key = readPrivateKey(pem)
    return isStrong(key) ? key : null
  } catch {
    return null
  }
}

/** Nothing outlives what signed it. */
function validity(now: Date, days: number, issuer: Authority | null): { notBefore: Date; notAfter: Date } {
  const until = now.getTime() + days * DAY_MILLIS
  const limit = issuer === null ? until : Date.parse(new X509Certificate(issuer.certificate).validTo)
  return { notBefore: new Date(now.getTime() - BACKDATED_MILLIS), notAfter: new Date(Math.min(until, limit)) }
}
