import { type Command, InvalidArgumentError } from 'commander'
import { existsSync } from 'node:fs'
import type { CopyDirectory } from '../../edge/log-copy/copy-directory.ts'
import { RemoteLog } from '../../edge/log-copy/remote-log.ts'
import { type Anchor, parseAnchor } from '../../review/mirror/anchor.ts'
import { Misuse } from '../misuse.ts'
import { readText } from '../pki/read-text.ts'

export interface RemoteFlags {
  readonly ca?: string
  readonly cert?: string
  readonly certKey?: string
}

/** The options of a command that asks a gateway for its log. */
export const asClient = (command: Command): Command =>
  command
    .option('--ca <file>', 'PEM of the authorities that the certificate of the gateway may come from')
    .option('--cert <file>', "PEM of the reader's own certificate: that of a system, or of an auditor")
    .option('--cert-key <file>', 'PEM of its private key')

export const KEY_OPTION = [
  '--key <key>',
  'a key of the control lane from a source of your own: lienthong/control+…, its fingerprint, or a PEM file',
] as const

/** The origin of an https address. */
export function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw new InvalidArgumentError('it is written https://gateway.example:8443.')
  return url.origin
}

/** Throws Misuse where a file cannot be read. */
export function openRemote(origin: string, { ca, cert, certKey }: RemoteFlags): RemoteLog {
  if ((cert === undefined) !== (certKey === undefined)) throw new Misuse('--cert and --cert-key belong together')
  return new RemoteLog({
    origin,
    ...(ca === undefined ? {} : { ca: readText(ca, '--ca') }),
    ...(cert === undefined ? {} : { cert: readText(cert, '--cert') }),
    ...(certKey === undefined ? {} : { key: readText(certKey, '--cert-key') }),
  })
}

/** The key that all is trusted through: the one named, else the one that the copy was begun under. Throws Misuse. */
export function readAnchor(key: string | undefined, copy: CopyDirectory | null): Anchor {
  const text = key === undefined ? (copy?.readKey() ?? null) : existsSync(key) ? readText(key, '--key') : key
  if (text === null)
    throw new Misuse('name a key of the control lane with --key: its fingerprint stands on paper (docs/audit-log.md)')
  const anchor = parseAnchor(text)
  if (!anchor.ok) throw new Misuse(`--key: ${anchor.error}`)
  return anchor.value
}
