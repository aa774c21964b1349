import { X509Certificate } from 'node:crypto'
import { type Binding, bindingOf } from '../domain/binding.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { below } from './pointer.ts'
import { type Report, take } from './report.ts'

/** Gives the text of a certificate or public key file by its name, or null where there is none. */
export type CertificateFiles = (name: string) => string | null

/** 64 KiB of PEM: far above any certificate. */
const MAX_PEM_CHARACTERS = 65_536
const BEGIN = '-----BEGIN CERTIFICATE-----'

/** Reads one PEM certificate (RFC 7468 section 5). The text may be attacker-controlled. */
export function readCertificate(pem: string): Result<X509Certificate> {
  if (pem.length > MAX_PEM_CHARACTERS) return err('is too large for a certificate')
  if (pem.split(BEGIN).length !== 2) return err('must hold exactly one PEM certificate')
  try {
    return ok(new X509Certificate(pem))
  } catch {
    return err('is not a readable X.509 certificate')
  }
}

/** The binding of a certificate's key (RFC 5280 section 4.1.2.7). */
export const bindingOfCertificate = (certificate: X509Certificate): Binding =>
  bindingOf(certificate.publicKey.export({ type: 'spki', format: 'der' }))

type Fields = Readonly<Record<string, unknown>>

/** The object with `key` where it had `certificate: <file name>`. Shapes were checked by the file's JSON Schema before. */
export function resolveBinding(object: Fields, pointer: string, files: CertificateFiles, report: Report): Fields {
  const { certificate: name, ...rest } = object
  if (typeof name !== 'string') return object
  const certificate = take(readFile(name, files), below(pointer, 'certificate'), report)
  return certificate ? { ...rest, key: bindingOfCertificate(certificate) } : rest
}

/** The system with the keys of its bindings and its signing keys as PEM. */
export function resolveSystem(system: Fields, pointer: string, files: CertificateFiles, report: Report): Fields {
  const bindings = (system['bindings'] as readonly Fields[]).map((binding, index) =>
    resolveBinding(binding, `${pointer}/bindings/${index}`, files, report),
  )
  const { signingKeys } = system
  if (!Array.isArray(signingKeys)) return { ...system, bindings }
  const keys = (signingKeys as readonly Fields[]).map((key, index) => {
    const name = String(key['publicKey'])
    const pem = files(name)
    if (pem === null) report(`${pointer}/signingKeys/${index}/publicKey`, `the public key file ${name} is missing`)
    return { ...key, publicKey: pem }
  })
  return { ...system, bindings, signingKeys: keys }
}

/** The issuer, or time authority, with its certificates as PEM, nothing else of the files: a key or a comment beside one stays outside. */
export function resolveIssuer(issuer: Fields, pointer: string, files: CertificateFiles, report: Report): Fields {
  const certificates = (issuer['certificates'] as readonly string[]).map((name, index) =>
    take(readFile(name, files), `${pointer}/certificates/${index}`, report)?.toString(),
  )
  return { ...issuer, certificates }
}

function readFile(name: string, files: CertificateFiles): Result<X509Certificate> {
  const pem = files(name)
  if (pem === null) return err(`the certificate file ${name} is missing`)
  const certificate = readCertificate(pem)
  return certificate.ok ? certificate : err(`the certificate file ${name} ${certificate.error}`)
}
