import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RevocationDocument } from '../../../gateway/configuration/document.ts'
import { makeKey } from '../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../gateway/pki/make-authority.ts'
import { makeCrl, type Revoked } from '../../../gateway/pki/make-crl.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'
import { addAgreement, addSystem } from '../refusals/additions.ts'
import { newAuthority, writeCertificate } from '../refusals/certificates.ts'
import { eventually } from '../refusals/scene.ts'
import type { ConfigurationFiles } from '../world/configuration-directory.ts'
import type { GatewayProcess } from '../world/gateway-process.ts'

const DAY = 86_400_000
const fromNow = (millis: number): Date => new Date(Date.now() + millis)

/** An issuer with one system, `G99.21/NAME`, whose revocation is nobody else's matter. */
export interface OwnIssuer {
  readonly name: string
  /** Signs leaf certificates. */
  readonly authority: Authority
  /** Above it; the same where the issuer is its own root. */
  readonly root: Authority
  /** File name of the system's key and certificate. */
  readonly system: string
  /** Serial number of the system's certificate, hex. */
  readonly serial: string
}

export interface IssuerWish {
  readonly revocation?: RevocationDocument
  /** An intermediate authority signs the leaves. */
  readonly intermediate?: true
}

/** Registers an issuer NAME, its system and an agreement on the categories for it, and writes the certificates. */
export async function addOwnIssuer(
  files: ConfigurationFiles,
  certsDir: string,
  name: string,
  { revocation, intermediate }: IssuerWish = {},
): Promise<OwnIssuer> {
  const root = await newAuthority(`${name} root`)
  const authority = intermediate
    ? await makeAuthority({
        subject: { commonName: `${name} issuing`, organization: 'Lienthong development, not for production' },
        key: makeKey(),
        issuer: root,
        notBefore: fromNow(-DAY),
        notAfter: fromNow(50 * DAY),
      })
    : root
  const chain = intermediate ? [authority, root] : [root]
  for (const [index, { certificate }] of chain.entries())
    writeFileSync(join(certsDir, `${name}-${index}.crt`), certificate)
  const issuer = {
    name,
    certificates: chain.map((_, index) => `${name}-${index}.crt`),
    units: ['G99.21'],
    development: true,
    ...(revocation === undefined ? {} : { revocation }),
  }
  files.set('issuers.yaml', `${files.get('issuers.yaml') ?? ''}- ${JSON.stringify(issuer)}\n`)
  const system = `G99.21.${name}`
  await writeCertificate(certsDir, system, { system: `G99.21/${name}`, issuer: authority })
  addSystem(files, `G99.21/${name}`)
  addAgreement(files, { id: `of-${name}`, consumer: `G99.21/${name}`, purposes: ['reference-data'] })
  const serial = new X509Certificate(readFileSync(join(certsDir, `${system}.crt`))).serialNumber
  return { name, authority, root, system, serial }
}

export interface ListWish {
  readonly revoked?: readonly string[]
  readonly number: number
  /** Milliseconds from now; a day unless told. */
  readonly until?: number
}

export const listOf = (authority: Authority, { revoked = [], number, until = DAY }: ListWish): string =>
  makeCrl(authority, revoked.map(entry), number, fromNow(-5_000), fromNow(until))

const entry = (serial: string): Revoked => ({ serial, at: fromNow(-60_000), reason: 'keyCompromise' })

/** Puts a file into CERTS_DIR/crls, whole at once. */
export function publish(certsDir: string, file: string, ...lists: readonly (string | Uint8Array)[]): void {
  const folder = join(certsDir, 'crls')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${file}.new`), Buffer.concat(lists.map(list => Buffer.from(list))))
  renameSync(join(folder, `${file}.new`), join(folder, file))
}

/** Publishes and waits until the gateway has looked at the file. */
export async function publishAndWait(
  certsDir: string,
  gateway: GatewayProcess,
  file: string,
  ...lists: readonly (string | Uint8Array)[]
): Promise<void> {
  const looked = (): number =>
    gateway
      .log()
      .split('\n')
      .filter(line => line.includes('"loaded revocation lists"') && line.includes(`/${file}"`)).length
  const before = looked()
  publish(certsDir, file, ...lists)
  await eventually(looked, times => times > before, 20_000)
}
