import { parseExchangeId } from '../../domain/exchange-id.ts'
import { formatInstant, parseInstant } from '../../domain/instant.ts'
import { parseServiceId } from '../../domain/service-id.ts'
import { parseUnitCode } from '../../domain/unit-code.ts'
import type { PackScope } from './ports.ts'

/** A scope as it stands in `pack.json`. */
export function formatScope(scope: PackScope) {
  if (scope.kind === 'exchange') return scope
  const { kind, unit, service, from, to } = scope
  return { kind, unit, service, from: formatInstant(from), to: formatInstant(to) }
}

/** What the control lane says of somebody who took a pack. */
export function describeScope(scope: PackScope, withKeys: boolean): string {
  const keys = withKeys ? ['with commitment keys'] : []
  if (scope.kind === 'exchange') return ['pack', `exchange=${scope.exchange}`, ...keys].join(' ')
  const { unit, service, from, to } = scope
  const filter = [...(unit === null ? [] : [`unit=${unit}`]), ...(service === null ? [] : [`service=${service}`])]
  return ['pack', `from=${formatInstant(from)}`, `to=${formatInstant(to)}`, ...filter, ...keys].join(' ')
}

/** The scope that a pack claims, attacker-controlled; null: it claims none. */
export function readScope(value: unknown): PackScope | null {
  const fields = (value ?? {}) as Record<string, unknown>
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '')
  if (fields.kind === 'exchange') {
    const exchange = parseExchangeId(text('exchange'))
    return exchange.ok ? { kind: 'exchange', exchange: exchange.value } : null
  }
  const unit = fields.unit === null ? null : parseUnitCode(text('unit'))
  const service = fields.service === null ? null : parseServiceId(text('service'))
  const [from, to] = [parseInstant(text('from')), parseInstant(text('to'))]
  if (fields.kind !== 'range' || unit?.ok === false || service?.ok === false || !from.ok || !to.ok) return null
  return {
    kind: 'range',
    unit: unit?.value ?? null,
    service: service?.value ?? null,
    from: from.value,
    to: to.value,
  }
}
