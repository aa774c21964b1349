import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'
import { NAME } from './system-id.ts'
import { parseUnitCode, type UnitCode } from './unit-code.ts'

/** What a provider system offers, by unit, name and major version: `G99.10/categories/v1`. */
export type ServiceId = Brand<string, 'ServiceId'>

const VERSION = /^v[1-9]\d{0,3}$/

export function parseServiceId(text: string): Result<ServiceId> {
  const [unit = '', name = '', version = '', ...rest] = text.split('/')
  if (rest.length > 0) return err('a service is written unit/name/version, like G99.10/categories/v1')
  const code = parseUnitCode(unit)
  if (!code.ok) return code
  if (!NAME.test(name)) return err('a service name is lower-case letters, digits and hyphens, starting with a letter')
  if (!VERSION.test(version)) return err('a service version is v and a number, like v1')
  return ok(text as ServiceId)
}

export function partsOf(id: ServiceId): { readonly unit: UnitCode; readonly name: string; readonly version: string } {
  const [unit = '', name = '', version = ''] = id.split('/')
  return { unit: unit as UnitCode, name, version }
}

/** One method and path template of a service, by its OpenAPI operationId: `listProvinces`. */
export type OperationName = Brand<string, 'OperationName'>

export function parseOperationName(text: string): Result<OperationName> {
  return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(text)
    ? ok(text as OperationName)
    : err('an operationId is letters, digits, _ and -, starting with a letter, at most 64 characters')
}

/** The methods an operation may have. The rest of HTTP is not exchanged. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]
