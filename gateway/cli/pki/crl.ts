import { Command } from 'commander'
import { AUTHORITIES, type AuthorityName } from '../../pki/issued.ts'
import { askPassphrase } from './ask-passphrase.ts'
import { AuthorityFolder } from './authority-folder.ts'
import { jsonOption, listDaysOption, passphraseOption } from './options.ts'
import { LIST_DAYS, publishedLine, publishList } from './publish-lists.ts'
import { report } from './refuse.ts'

interface Flags {
  readonly root?: true
  readonly days?: number
  readonly passphraseFile?: string
  readonly json?: true
}

export const crlCommand = (): Command =>
  new Command('crl')
    .description('Publishes the list of revoked certificates of the issuing authority, or of the root, into crl.pem')
    .argument('<dir>', 'folder of the authority')
    .option('--root', `the root's list (${LIST_DAYS.root} days), for which root.key has to be there`)
    .addOption(listDaysOption(LIST_DAYS))
    .addOption(passphraseOption("the authority's key"))
    .addOption(jsonOption())
    .action(async (dir: string, flags: Flags) => {
      const folder = AuthorityFolder.open(dir)
      const name: AuthorityName = flags.root ? 'root' : 'issuing'
      folder.certificateOf(name)
      const passphrase = await askPassphrase({
        of: `the ${name} authority's key`,
        file: flags.passphraseFile,
        option: '--passphrase-file',
        isNew: false,
      })
      await folder.exclusively(() => {
        const authority = folder.authority(name, passphrase)
        const published = publishList(folder, name, authority, flags.days ?? LIST_DAYS[name], new Date())
        report(
          { ...published, file: folder.at('crl.pem') },
          [publishedLine(published), `${folder.at('crl.pem')} holds the newest lists of: ${presentIn(folder)}`],
          flags.json === true,
        )
      })
    })

const presentIn = (folder: AuthorityFolder): string => AUTHORITIES.filter(name => folder.has(`${name}.crl`)).join(', ')
