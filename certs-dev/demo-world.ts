/** Who takes part in the demo (DESIGN.md, The demo world). All codes are fictional. */
import { parseGatewayId } from '../gateway/domain/gateway-id.ts'
import { parseOfficerId } from '../gateway/domain/officer-id.ts'
import { must } from '../gateway/domain/result.ts'
import { parseSystemId, type SystemId } from '../gateway/domain/system-id.ts'

/** A system that gets a certificate; a provider's serves TLS too. */
export interface SystemToCertify {
  readonly id: SystemId
  readonly provider: boolean
}

const system = (id: string, provider: boolean): SystemToCertify => ({ id: must(parseSystemId(id)), provider })

export const DEMO_GATEWAY = must(parseGatewayId('gateway-1'))

export const DEMO_SYSTEMS: readonly SystemToCertify[] = [
  system('G99.10/data-centre', true),
  system('G99.21/records', false),
  system('G99.22/logistics', true),
  system('G99.23/training', false),
]

export const DEMO_OFFICERS = ['security-1', 'security-2', 'auditor-1', 'operator-1'].map(id => must(parseOfficerId(id)))
