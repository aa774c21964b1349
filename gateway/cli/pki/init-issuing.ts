import { Command } from 'commander'
import type { KeyType } from '../../pki/keys.ts'
import { readSubject } from '../../pki/subject.ts'
import { Misuse } from '../misuse.ts'
import { askPassphrase } from './ask-passphrase.ts'
import { AuthorityFolder } from './authority-folder.ts'
import {
  AUTHORITY_DAYS,
  authorityLines,
  authorityResult,
  certifyAuthority,
  keepAuthorityKey,
} from './certify-authority.ts'
import { daysOption, jsonOption, keyTypeOption, passphraseOption, url } from './options.ts'
import { LIST_DAYS, publishList } from './publish-lists.ts'
import { report } from './refuse.ts'

interface Flags {
  readonly name: string
  readonly keyType: KeyType
  readonly days: number
  readonly crlUrl?: string
  readonly passphraseFile?: string
  readonly rootPassphraseFile?: string
  readonly json?: true
}

export const initIssuingCommand = (): Command =>
  new Command('init-issuing')
    .description('Makes the authority that signs certificates, under the root')
    .argument('<dir>', 'folder of the authority')
    .option('--name <name>', 'its common name', 'Issuing')
    .option('--crl-url <url>', "where the root's list will lie: goes into its certificate", url)
    .addOption(keyTypeOption('p256'))
    .addOption(daysOption(AUTHORITY_DAYS.issuing, AUTHORITY_DAYS.issuing))
    .addOption(passphraseOption('its key'))
    .option('--root-passphrase-file <file>', "one line: the passphrase of the root's key")
    .addOption(jsonOption())
    .action(async (dir: string, flags: Flags) => {
      const folder = AuthorityFolder.open(dir)
      const rootPassphrase = await askPassphrase({
        of: "the root's key",
        file: flags.rootPassphraseFile,
        option: '--root-passphrase-file',
        isNew: false,
      })
      const passphrase = await askPassphrase({
        of: "the issuing authority's key",
        file: flags.passphraseFile,
        option: '--passphrase-file',
        isNew: true,
      })
      await folder.exclusively(async () => {
        if (folder.has('issuing.crt'))
          throw new Misuse(`${folder.at('issuing.crt')} exists already: \`lienthong pki renew\``)
        const root = folder.authority('root', rootPassphrase)
        const { organization, commonName } = readSubject(root.certificate)
        if (commonName === flags.name) throw new Misuse(`--name: the root is called ${commonName} already`)
        const key = keepAuthorityKey(folder, 'issuing', flags.keyType, passphrase)
        const certificate = await certifyAuthority(
          folder,
          {
            name: 'issuing',
            subject: { organization, commonName: flags.name },
            issuer: root,
            key,
            days: flags.days,
            crlUrl: flags.crlUrl ?? null,
          },
          new Date(),
        )
        publishList(folder, 'issuing', { certificate, key }, LIST_DAYS.issuing, new Date())
        report(
          authorityResult('issuing', certificate),
          [
            ...authorityLines(folder, 'issuing', certificate),
            'root.key is not needed any more until the next list of the root: take it off this machine',
          ],
          flags.json === true,
        )
      })
    })
