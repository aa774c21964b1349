import { Option } from 'commander'
import { isIP } from 'node:net'
import { gatewaySanOf, parseGatewayId } from '../../domain/gateway-id.ts'
import { officerSanOf, parseOfficerId } from '../../domain/officer-id.ts'
import type { Result } from '../../domain/result.ts'
import { parseSystemId, sanOf } from '../../domain/system-id.ts'
import type { LeafNames, Usage } from '../../pki/extensions.ts'
import { Misuse } from '../misuse.ts'

/** Whom a certificate is for. */
export interface Holder {
  readonly kind: 'system' | 'officer' | 'gateway'
  readonly id: string
  readonly hosts: readonly string[]
}

export interface HolderFlags {
  readonly system?: string
  readonly officer?: string
  readonly gateway?: string
  readonly host: readonly string[]
}

export const holderOptions = (): readonly Option[] => [
  new Option('--system <id>', 'a system, like G99.21/records'),
  new Option('--officer <id>', 'an officer, like security-1'),
  new Option('--gateway <id>', 'a gateway, like gateway-1 (GATEWAY_ID)'),
]

const PARSERS = {
  system: parseSystemId,
  officer: parseOfficerId,
  gateway: parseGatewayId,
} as const satisfies Record<Holder['kind'], (text: string) => Result<string>>

const KINDS = Object.keys(PARSERS) as Holder['kind'][]

/** Whom the flags name: exactly one. Throws Misuse. */
export function readHolder(flags: HolderFlags): Holder {
  const named = KINDS.flatMap(kind => (flags[kind] === undefined ? [] : [{ kind, text: flags[kind] }]))
  const [one] = named
  if (!one || named.length > 1) throw new Misuse('say for whom with exactly one of --system, --officer, --gateway')
  const id = PARSERS[one.kind](one.text)
  if (!id.ok) throw new Misuse(`--${one.kind}: ${id.error}`)
  if (one.kind === 'officer' && flags.host.length > 0) throw new Misuse('--host: an officer serves nothing')
  return { kind: one.kind, id: id.value, hosts: flags.host }
}

const SAN = {
  system: (id: string) => sanOf(id as never),
  officer: (id: string) => officerSanOf(id as never),
  gateway: (id: string) => gatewaySanOf(id as never),
} as const satisfies Record<Holder['kind'], (id: string) => string>

/** What its certificate says. A system with hosts serves as a provider; a gateway is server and client. */
export function namesOf({ kind, id, hosts }: Holder): LeafNames & { readonly commonName: string } {
  const usages: readonly Usage[] =
    kind === 'gateway' || (kind === 'system' && hosts.length > 0) ? ['clientAuth', 'serverAuth'] : ['clientAuth']
  return {
    // RFC 5280 appendix A.1 ends common names at 64 characters. Identity is the URI and the key.
    commonName: id.slice(0, 64),
    uris: [SAN[kind](id)],
    dnsNames: hosts.filter(host => isIP(host) === 0),
    ips: hosts.filter(host => isIP(host) !== 0),
    usages,
  }
}

/** As the files of a holder are called: `G99.21.records`, `officer.security-1`, `gateway`. */
export const fileNameOf = ({ kind, id }: Holder): string =>
  kind === 'system' ? id.replace('/', '.') : kind === 'officer' ? `officer.${id}` : 'gateway'
