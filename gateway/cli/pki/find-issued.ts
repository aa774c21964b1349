import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Issued } from '../../pki/issued.ts'
import { blocksOf } from '../../pki/pem.ts'
import type { AuthorityFolder } from './authority-folder.ts'
import { readText } from './read-text.ts'

/** The entry of a certificate of this folder, named by its file (its first certificate) or by its serial number. */
export function findIssued(folder: AuthorityFolder, named: string): Result<Issued> {
  const { issued } = folder.register()
  if (!existsSync(named)) {
    const entry = issued.get(serialIn(named))
    return entry ? ok(entry) : err(`${named} is no file, and no serial number of a certificate that was issued here`)
  }
  const [pem] = blocksOf('CERTIFICATE', readText(named, 'the certificate'))
  if (pem === undefined) return err(`${named} holds no PEM certificate`)
  const certificate = new X509Certificate(pem)
  const entry = issued.get(certificate.serialNumber.toLowerCase())
  // A serial number is what anybody can write into a certificate: the signature says whose it is.
  const isOurs = entry && certificate.verify(new X509Certificate(folder.certificateOf(entry.by)).publicKey)
  return isOurs ? ok(entry) : err(`${named} was not issued here`)
}

/** As openssl prints it, `4F:1C:…`, or as we do. */
const serialIn = (text: string): string =>
  text
    .replaceAll(':', '')
    .replace(/^0+(?=.)/, '')
    .toLowerCase()
