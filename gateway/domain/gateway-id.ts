import { randomBytes } from 'node:crypto'
import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'
import { NAME } from './system-id.ts'

/** One installation of the gateway: `gateway-1`. Every process of it carries the same id. */
export type GatewayId = Brand<string, 'GatewayId'>

export function parseGatewayId(text: string): Result<GatewayId> {
  return NAME.test(text)
    ? ok(text as GatewayId)
    : err('a gateway id is lower-case letters, digits and hyphens, like gateway-1')
}

/** The URI that the gateway's own certificate carries as subject alternative name. */
export const gatewaySanOf = (id: GatewayId): string => `urn:lienthong:gateway:${id}`

/** The log of one gateway process, `gateway-1.4f1c…` (gateway id and 16 hex digits), or `control`. */
export type LaneName = Brand<string, 'LaneName'>

/** The one lane that records revisions, keys, officers' acts, and the opening, sealing and heads of all lanes. */
export const CONTROL_LANE = 'control' as LaneName

/** A name that no process has used: 64 random bits. */
export const newLaneName = (gateway: GatewayId): LaneName => `${gateway}.${randomBytes(8).toString('hex')}` as LaneName

export function parseLaneName(text: string): Result<LaneName> {
  if (text === CONTROL_LANE) return ok(CONTROL_LANE)
  const [gateway = '', hex = '', ...rest] = text.split('.')
  return rest.length === 0 && NAME.test(gateway) && /^[0-9a-f]{16}$/.test(hex)
    ? ok(text as LaneName)
    : err('a lane is a gateway id, a dot and 16 hex digits, or control')
}
