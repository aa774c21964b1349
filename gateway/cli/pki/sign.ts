import { Command } from 'commander'
import { checkRequest } from '../../pki/check-request.ts'
import { readRequest } from '../../pki/read-request.ts'
import { askPassphrase } from './ask-passphrase.ts'
import { AuthorityFolder } from './authority-folder.ts'
import { type HolderFlags, holderOptions, namesOf, readHolder } from './holder.ts'
import { copyTo, issueLeaf, LEAF_DAYS, leafLines, leafResult, MOST_LEAF_DAYS } from './issue-leaf.ts'
import { daysOption, hostOption, jsonOption, passphraseOption, url } from './options.ts'
import { readText } from './read-text.ts'
import { refuse, report } from './refuse.ts'
import { checkRegistered, type RegisteredFlags, registeredOptions } from './registered.ts'

interface Flags extends HolderFlags, RegisteredFlags {
  readonly days: number
  readonly crlUrl?: string
  readonly ocspUrl?: string
  readonly out?: string
  readonly passphraseFile?: string
  readonly json?: true
}

export function signCommand(environment: NodeJS.ProcessEnv): Command {
  const command = new Command('sign')
    .description(
      'Signs a request: proof of possession, strength and names are checked, and that the name is registered',
    )
    .argument('<dir>', 'folder of the authority')
    .argument('<csr>', 'file with the request (PKCS#10, PEM)')
  for (const option of [...holderOptions(), hostOption(), ...registeredOptions()]) command.addOption(option)
  return command
    .addOption(daysOption(MOST_LEAF_DAYS, LEAF_DAYS))
    .option('--crl-url <url>', "where the issuing authority's list will lie: goes into the certificate", url)
    .option('--ocsp-url <url>', 'OCSP responder: goes into the certificate', url)
    .option('--out <file>', 'put the certificate here as well')
    .addOption(passphraseOption("the issuing authority's key"))
    .addOption(jsonOption())
    .action(async (dir: string, csr: string, flags: Flags) => {
      const json = flags.json === true
      const folder = AuthorityFolder.open(dir)
      const holder = readHolder(flags)
      const wanted = namesOf(holder)
      const request = readRequest(readText(csr, 'the request'))
      if (!request.ok) return refuse(request.error, json)
      const asked = checkRequest(request.value, { ...wanted, uri: wanted.uris[0] ?? '' })
      if (!asked.ok) return refuse(asked.error, json)
      const registered = await checkRegistered(holder, flags, environment)
      if (!registered.ok) return refuse(registered.error, json)
      const passphrase = await askPassphrase({
        of: "the issuing authority's key",
        file: flags.passphraseFile,
        option: '--passphrase-file',
        isNew: false,
      })
      await folder.exclusively(async () => {
        const issuing = folder.authority('issuing', passphrase)
        const wish = {
          holder,
          key: request.value.key,
          days: flags.days,
          crlUrl: flags.crlUrl ?? null,
          ocspUrl: flags.ocspUrl ?? null,
        }
        const leaf = await issueLeaf(folder, issuing, wish, new Date())
        if (!leaf.ok) return refuse(leaf.error, json)
        copyTo(flags.out, leaf.value, folder)
        report(leafResult(leaf.value, flags.out), leafLines(leaf.value, flags.out), json)
      })
    })
}
