import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import 'reflect-metadata'
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509'

/** The configuration directory of deploy/demo, as the edge would read it. */
export function demoFiles(): Map<string, string> {
  const root = fileURLToPath(new URL('../../../deploy/demo/', import.meta.url))
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(path => /\.[a-z]+$/.test(path))
  return new Map(paths.map(path => [path, readFileSync(root + path, 'utf8')]))
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const LEAVES = [
  'G99.10.data-centre',
  'G99.21.records',
  'G99.22.logistics',
  'G99.23.training',
  'officer.security-1',
  'officer.security-2',
  'officer.auditor-1',
  'officer.operator-1',
]

const SIGNERS = ['G99.21.records', 'G99.22.logistics', 'G99.23.training']

const newSigningKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'pem' }).toString()

interface Authority {
  readonly name: string
  readonly keys: CryptoKeyPair
}

type CryptoKeyPair = Awaited<ReturnType<typeof newKeys>>
const newKeys = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

async function certify(subject: Authority, issuer: Authority, ca: boolean): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${subject.name}`,
    issuer: `CN=${issuer.name}`,
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2031-01-01'),
    publicKey: subject.keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(ca, undefined, true)],
  })
  return certificate.toString('pem')
}

/** Real certificates, and public keys for signatures, under the file names that the demo world uses. */
export async function demoCertificates(): Promise<ReadonlyMap<string, string>> {
  const [root, issuing, stranger] = await Promise.all(
    ['root', 'issuing', 'stranger'].map(async name => ({ name, keys: await newKeys() })),
  )
  if (!root || !issuing || !stranger) throw new TypeError('three authorities were made')
  const leaves = LEAVES.map(async name => {
    const pem = await certify({ name, keys: await newKeys() }, issuing, false)
    return [`${name}.crt`, pem] as const
  })
  const ca = await certify(root, root, true)
  const signing = await certify(issuing, root, true)
  return new Map([
    ['ca.crt', ca],
    ['issuing.crt', signing],
    ['two.crt', `${signing}\n${ca}\n`],
    ['stranger.crt', await certify(stranger, stranger, true)],
    ['broken.crt', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ...SIGNERS.map(name => [`${name}.sign.pub`, newSigningKey()] as const),
    ...(await Promise.all(leaves)),
  ])
}
