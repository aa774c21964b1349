import { Command } from 'commander'
import { X509Certificate, type KeyObject } from 'node:crypto'
import { err, ok, type Result } from '../../domain/result.ts'
import { checkRequest } from '../../pki/check-request.ts'
import type { Issued } from '../../pki/issued.ts'
import { blocksOf } from '../../pki/pem.ts'
import { readRequest } from '../../pki/read-request.ts'
import { askPassphrase } from './ask-passphrase.ts'
import { AuthorityFolder } from './authority-folder.ts'
import { findIssued } from './find-issued.ts'
import { type Holder, namesOf } from './holder.ts'
import { copyTo, issueLeaf, LEAF_DAYS, leafLines, leafResult, MOST_LEAF_DAYS } from './issue-leaf.ts'
import { daysOption, jsonOption, passphraseOption } from './options.ts'
import { readText } from './read-text.ts'
import { refuse, report } from './refuse.ts'
import { checkRegistered, type RegisteredFlags, registeredOptions } from './registered.ts'
import { renewAuthority } from './renew-authority.ts'

interface Flags extends RegisteredFlags {
  readonly days: number
  readonly out?: string
  readonly passphraseFile?: string
  readonly json?: true
}

export function renewCommand(environment: NodeJS.ProcessEnv): Command {
  const command = new Command('renew')
    .description(
      'Issues a certificate again: of the same key for a certificate, of a new key for a request; everything else stays',
    )
    .argument('<dir>', 'folder of the authority')
    .argument('<certificate-or-csr>', 'file with a certificate that was issued here, its serial number, or a request')
  for (const option of registeredOptions()) command.addOption(option)
  return command
    .addOption(daysOption(MOST_LEAF_DAYS, LEAF_DAYS))
    .option('--out <file>', 'put the certificate here as well')
    .addOption(passphraseOption("the key that signs: the root's for root.crt and issuing.crt"))
    .addOption(jsonOption())
    .action(async (dir: string, named: string, flags: Flags) => {
      const json = flags.json === true
      const folder = AuthorityFolder.open(dir)
      const found = findRenewal(folder, named)
      if (!found.ok) return refuse(found.error, json)
      const { before, key } = found.value
      if (before.kind === 'authority') return renewAuthority(folder, before, flags)
      const holder: Holder = { kind: before.kind, id: before.id, hosts: before.hosts }
      const registered = await checkRegistered(holder, flags, environment)
      if (!registered.ok) return refuse(registered.error, json)
      const passphrase = await askPassphrase({
        of: "the issuing authority's key",
        file: flags.passphraseFile,
        option: '--passphrase-file',
        isNew: false,
      })
      await folder.exclusively(async () => {
        // Somebody may have revoked it while the passphrase was typed.
        const { revoked } = folder.register()
        if (revoked.has(before.serial)) return refuse(isRevoked(before), json)
        const issuing = folder.authority('issuing', passphrase)
        const { crlUrl, ocspUrl } = before
        const leaf = await issueLeaf(folder, issuing, { holder, key, days: flags.days, crlUrl, ocspUrl }, new Date())
        if (!leaf.ok) return refuse(leaf.error, json)
        copyTo(flags.out, leaf.value, folder)
        report(
          { ...leafResult(leaf.value, flags.out), renews: before.serial, newKey: leaf.value.issued.key !== before.key },
          leafLines(leaf.value, flags.out),
          json,
        )
      })
    })
}

interface Renewal {
  readonly before: Issued
  readonly key: KeyObject
}

function findRenewal(folder: AuthorityFolder, named: string): Result<Renewal> {
  const request = requestIn(named)
  return request === null ? byCertificate(folder, named) : byRequest(folder, request)
}

/** The text, where the file holds a request. */
function requestIn(named: string): string | null {
  const text = /\.(csr|req|p10|pem)$/.test(named) ? readText(named, 'the request') : ''
  return text.includes('CERTIFICATE REQUEST-----') ? text : null
}

function byCertificate(folder: AuthorityFolder, named: string): Result<Renewal> {
  const found = findIssued(folder, named)
  if (!found.ok) return found
  const before = found.value
  if (folder.register().revoked.has(before.serial)) return err(isRevoked(before))
  const [pem] = blocksOf('CERTIFICATE', folder.read(`issued/${before.serial}.crt`) ?? '')
  return pem === undefined
    ? err(`the certificate ${before.serial} was never finished: sign the request again`)
    : ok({ before, key: new X509Certificate(pem).publicKey })
}

/** The newest certificate of the name that the request carries says what the new one says. */
function byRequest(folder: AuthorityFolder, pem: string): Result<Renewal> {
  const request = readRequest(pem)
  if (!request.ok) return request
  const { issued, revoked } = folder.register()
  const before = [...issued.values()].findLast(
    entry =>
      entry.kind !== 'authority' &&
      !revoked.has(entry.serial) &&
      namesOf({ kind: entry.kind, id: entry.id, hosts: entry.hosts }).uris[0] === request.value.uris[0],
  )
  if (!before || before.kind === 'authority')
    return err('no certificate that is in force here has the URI of the request: sign it with `lienthong pki sign`')
  const wanted = namesOf({ kind: before.kind, id: before.id, hosts: before.hosts })
  const asked = checkRequest(request.value, { ...wanted, uri: wanted.uris[0] ?? '' })
  return asked.ok ? ok({ before, key: request.value.key }) : asked
}

const isRevoked = ({ serial, id }: Issued): string =>
  `the certificate ${serial} of ${id} is revoked: sign a request of a new key`
