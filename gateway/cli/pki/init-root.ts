import { Command } from 'commander'
import type { KeyType } from '../../pki/keys.ts'
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
import { daysOption, jsonOption, keyTypeOption, passphraseOption } from './options.ts'
import { LIST_DAYS, publishList } from './publish-lists.ts'
import { report } from './refuse.ts'

interface Flags {
  readonly organization: string
  readonly name: string
  readonly keyType: KeyType
  readonly days: number
  readonly passphraseFile?: string
  readonly json?: true
}

export const initRootCommand = (): Command =>
  new Command('init-root')
    .description('Makes a root: key (encrypted), certificate, first revocation list')
    .argument('<dir>', 'folder of the authority')
    .requiredOption('--organization <name>', 'who operates it: in every certificate, at most 64 characters')
    .option('--name <name>', 'common name of the root', 'Root')
    .addOption(keyTypeOption('p384'))
    .addOption(daysOption(AUTHORITY_DAYS.root, AUTHORITY_DAYS.root))
    .addOption(passphraseOption("the root's key"))
    .addOption(jsonOption())
    .action(async (dir: string, flags: Flags) => {
      const passphrase = await askPassphrase({
        of: "the root's key",
        file: flags.passphraseFile,
        option: '--passphrase-file',
        isNew: true,
      })
      const folder = AuthorityFolder.make(dir)
      await folder.exclusively(async () => {
        if (folder.has('root.crt')) throw new Misuse(`${folder.at('root.crt')} exists already: \`lienthong pki renew\``)
        const key = keepAuthorityKey(folder, 'root', flags.keyType, passphrase)
        const subject = { organization: flags.organization, commonName: flags.name }
        const wish = { name: 'root', subject, issuer: null, key, days: flags.days, crlUrl: null } as const
        const certificate = await certifyAuthority(folder, wish, new Date())
        publishList(folder, 'root', { certificate, key }, LIST_DAYS.root, new Date())
        report(
          authorityResult('root', certificate),
          [...authorityLines(folder, 'root', certificate), 'next: lienthong pki init-issuing'],
          flags.json === true,
        )
      })
    })
