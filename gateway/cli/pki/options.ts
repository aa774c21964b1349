import { InvalidArgumentError, Option } from 'commander'
import { isIP } from 'node:net'
import type { KeyType } from '../../pki/keys.ts'

export const jsonOption = (): Option => new Option('--json', 'print the result as JSON')

export const passphraseOption = (of: string): Option =>
  new Option('--passphrase-file <file>', `one line: the passphrase of ${of}; without it you are asked`)

export const keyTypeOption = (normally: KeyType): Option =>
  new Option('--key-type <type>', 'kind of the new key').choices(['p256', 'p384', 'ed25519', 'rsa']).default(normally)

export const daysOption = (most: number, normally: number): Option =>
  new Option('--days <number>', `valid for so many days, at most ${most}`)
    .argParser(numberFrom(1, most))
    .default(normally)

/** Without a default: it depends on the authority. */
export const listDaysOption = ({ root, issuing }: Readonly<Record<'root' | 'issuing', number>>): Option =>
  new Option('--days <number>', `fresh for so many days; ${issuing} unless told, ${root} with --root`).argParser(
    numberFrom(1, root),
  )

function numberFrom(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`a number from ${least} to ${most}`)
  }
}

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/** DNS names and IP addresses, each named by an option of its own. */
export const hostOption = (): Option =>
  new Option('--host <name>', 'DNS name or IP address where it serves TLS; may be repeated')
    .argParser((text: string, before: readonly string[]) => {
      const host = text.toLowerCase()
      if (isIP(host) === 0 && !HOST.test(host))
        throw new InvalidArgumentError('a DNS name or an IP address, without a port')
      return before.includes(host) ? before : [...before, host]
    })
    .default([] as readonly string[], 'none')

/** http or https, as it is written into certificates. */
export function url(text: string): string {
  const scheme = URL.canParse(text) ? new URL(text).protocol : ''
  if (scheme === 'http:' || scheme === 'https:') return text
  throw new InvalidArgumentError('a URL that begins with http://')
}
