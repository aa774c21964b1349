import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'
import { parseUnitCode, type UnitCode } from './unit-code.ts'

/** An information system of a unit, the thing that holds a key: `G99.21/records`. */
export type SystemId = Brand<string, 'SystemId'>

/** Names of systems and services: lower case, so that no two differ only by case; at most 63 like a DNS label. */
export const NAME = /^[a-z][a-z0-9-]{0,62}$/

export function parseSystemId(text: string): Result<SystemId> {
  const slash = text.indexOf('/')
  if (slash < 0) return err('a system is written unit/name, like G99.21/records')
  const unit = parseUnitCode(text.slice(0, slash))
  if (!unit.ok) return unit
  if (!NAME.test(text.slice(slash + 1)))
    return err('a system name is lower-case letters, digits and hyphens, starting with a letter')
  return ok(text as SystemId)
}

export const unitOf = (id: SystemId): UnitCode => id.slice(0, id.indexOf('/')) as UnitCode

const SAN_PREFIX = 'urn:lienthong:system:'

/** The URI that a system's certificate carries as subject alternative name. */
export const sanOf = (id: SystemId): string => SAN_PREFIX + id

/** The system that a SAN URI names; an error where the URI names none. */
export function parseSystemSan(uri: string): Result<SystemId> {
  if (!uri.startsWith(SAN_PREFIX)) return err(`not a ${SAN_PREFIX} URI`)
  return parseSystemId(uri.slice(SAN_PREFIX.length))
}
