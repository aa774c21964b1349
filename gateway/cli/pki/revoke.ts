import { Command, Option } from 'commander'
import type { RevocationReason } from '../../pki/make-crl.ts'
import { AuthorityFolder } from './authority-folder.ts'
import { findIssued } from './find-issued.ts'
import { jsonOption } from './options.ts'
import { refuse, report } from './refuse.ts'

/** RFC 5280 section 5.3.1, without certificateHold: here nothing is ever lifted again. */
const REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const satisfies readonly RevocationReason[]

interface Flags {
  readonly reason: RevocationReason
  readonly json?: true
}

export const revokeCommand = (): Command =>
  new Command('revoke')
    .description('Revokes a certificate for ever. It takes effect with the next list: `lienthong pki crl`')
    .argument('<dir>', 'folder of the authority')
    .argument('<certificate>', 'file with the certificate, or its serial number')
    .addOption(new Option('--reason <reason>', 'why').choices(REASONS).makeOptionMandatory())
    .addOption(jsonOption())
    .action(async (dir: string, named: string, { reason, json }: Flags) => {
      const folder = AuthorityFolder.open(dir)
      await folder.exclusively(() => {
        const found = findIssued(folder, named)
        if (!found.ok) return refuse(found.error, json === true)
        const { serial, kind, id, by } = found.value
        if (kind === 'authority' && id === 'root')
          return refuse('a root is not on its own list: take it out of the configuration', json === true)
        const present = folder.register().revoked.get(serial)
        const at = new Date()
        if (!present) folder.append({ v: 1, event: 'revoke', at: at.toISOString(), serial, reason })
        const since = (present?.at ?? at).toISOString()
        report(
          { serial, kind, id, at: since, reason: present?.reason ?? reason, already: present !== undefined },
          [
            `${present ? 'was revoked already' : 'revoked'}: ${kind} ${id}, serial ${serial}, ${since}`,
            `next: lienthong pki crl ${dir}${by === 'root' ? ' --root' : ''}, and publish crl.pem`,
          ],
          json === true,
        )
      })
    })
