import { Command } from 'commander'
import type { Issued, IssuedRegister } from '../../pki/issued.ts'
import { AuthorityFolder } from './authority-folder.ts'
import { jsonOption } from './options.ts'
import { report } from './refuse.ts'

const DAY_MILLIS = 86_400_000

/** `unfinished`: a crash came between the entry and the certificate; whether one was signed nobody can tell. */
type State = 'valid' | 'expired' | 'revoked' | 'unfinished'

interface Flags {
  readonly expiring?: number
  readonly json?: true
}

export const listCommand = (): Command =>
  new Command('list')
    .description('What was issued: serial number, name, key, end, state')
    .argument('<dir>', 'folder of the authority')
    .option('--expiring <days>', 'only what is valid and ends within so many days', Number)
    .addOption(jsonOption())
    .action((dir: string, { expiring, json }: Flags) => {
      const folder = AuthorityFolder.open(dir)
      const register = folder.register()
      const now = new Date()
      const certificates = [...register.issued.values()]
        .map(entry => ({ ...entry, state: stateOf(folder, register, entry, now) }))
        .filter(({ state, until }) => expiring === undefined || (state === 'valid' && daysLeft(until, now) <= expiring))
      report({ certificates }, certificates.length > 0 ? certificates.map(line) : ['none'], json === true)
    })

function stateOf(folder: AuthorityFolder, { revoked }: IssuedRegister, { serial, until }: Issued, now: Date): State {
  if (revoked.has(serial)) return 'revoked'
  if (daysLeft(until, now) <= 0) return 'expired'
  return folder.has(`issued/${serial}.crt`) ? 'valid' : 'unfinished'
}

const daysLeft = (until: string, now: Date): number => (Date.parse(until) - now.getTime()) / DAY_MILLIS

const line = ({ serial, kind, id, key, keyType, until, state }: Issued & { readonly state: State }): string =>
  [serial, state.padEnd(10), until, keyType.padEnd(7), key, `${kind} ${id}`].join('  ')
