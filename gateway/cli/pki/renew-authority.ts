import { X509Certificate } from 'node:crypto'
import type { AuthorityName, Issued } from '../../pki/issued.ts'
import { readSubject } from '../../pki/subject.ts'
import { askPassphrase } from './ask-passphrase.ts'
import type { AuthorityFolder } from './authority-folder.ts'
import { AUTHORITY_DAYS, authorityLines, authorityResult, certifyAuthority } from './certify-authority.ts'
import { refuse, report } from './refuse.ts'

interface Flags {
  readonly passphraseFile?: string
  readonly json?: true
}

/**
 * A new certificate for the key and name of the root or the issuing authority: what it signed stays valid, and configurations that
 * trust its key go on doing so. Signed by the root, whose key has to be there.
 */
export async function renewAuthority(folder: AuthorityFolder, before: Issued, flags: Flags): Promise<void> {
  const name = before.id as AuthorityName
  const passphrase = await askPassphrase({
    of: "the root's key",
    file: flags.passphraseFile,
    option: '--passphrase-file',
    isNew: false,
  })
  await folder.exclusively(async () => {
    if (folder.register().revoked.has(before.serial))
      return refuse(`the certificate of the ${name} authority is revoked`, flags.json === true)
    const root = folder.authority('root', passphrase)
    const present = folder.certificateOf(name)
    const key = name === 'root' ? root.key : new X509Certificate(present).publicKey
    const issuer = name === 'root' ? null : root
    const certificate = await certifyAuthority(
      folder,
      { name, subject: readSubject(present), issuer, key, days: AUTHORITY_DAYS[name], crlUrl: before.crlUrl },
      new Date(),
    )
    report(
      authorityResult(name, certificate),
      [...authorityLines(folder, name, certificate), 'replace it in CERTS_DIR; its key is the same'],
      flags.json === true,
    )
  })
}
