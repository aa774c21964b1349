import { isIP } from 'node:net'
import { type GatewayId, gatewaySanOf } from '../gateway/domain/gateway-id.ts'
import { type OfficerId, officerSanOf } from '../gateway/domain/officer-id.ts'
import { sanOf } from '../gateway/domain/system-id.ts'
import { DEVELOPMENT_ORGANIZATION } from '../gateway/pki/development.ts'
import type { LeafNames } from '../gateway/pki/extensions.ts'
import type { Subject } from '../gateway/pki/subject.ts'
import type { SystemToCertify } from './demo-world.ts'

/** One leaf certificate that shall exist. */
export interface Leaf {
  /** File name without suffix. */
  readonly file: string
  readonly content: LeafNames & { readonly subject: Subject }
  /** Whether people import it into a browser or another system: then there is a PKCS#12 file too. */
  readonly pkcs12: boolean
}

const LOOPBACK = { dnsNames: ['localhost'], ips: ['127.0.0.1', '::1'] } as const
const NOWHERE = { dnsNames: [], ips: [] } as const

/** Common names end at 64 characters (RFC 5280 appendix A.1), system ids at 99. Identity is the URI and the key. */
const subject = (id: string): Subject => ({ commonName: id.slice(0, 64), organization: DEVELOPMENT_ORGANIZATION })

/** `hosts` are DNS names or IP addresses beside localhost. */
export function gatewayLeaf(id: GatewayId, hosts: readonly string[]): Leaf {
  const isAddress = (host: string) => isIP(host) !== 0
  return {
    file: 'gateway',
    content: {
      subject: subject(id),
      uris: [gatewaySanOf(id)],
      dnsNames: unique([...LOOPBACK.dnsNames, ...hosts.filter(host => !isAddress(host))]),
      ips: unique([...LOOPBACK.ips, ...hosts.filter(isAddress)]),
      usages: ['serverAuth', 'clientAuth'],
    },
    pkcs12: false,
  }
}

export const systemLeaf = ({ id, provider }: SystemToCertify): Leaf => ({
  file: id.replace('/', '.'),
  content: {
    subject: subject(id),
    uris: [sanOf(id)],
    ...(provider ? LOOPBACK : NOWHERE),
    usages: provider ? ['clientAuth', 'serverAuth'] : ['clientAuth'],
  },
  pkcs12: true,
})

export const officerLeaf = (id: OfficerId): Leaf => ({
  file: `officer.${id}`,
  content: { subject: subject(id), uris: [officerSanOf(id)], ...NOWHERE, usages: ['clientAuth'] },
  pkcs12: true,
})

const unique = (items: readonly string[]): string[] => [...new Set(items)]
