import { parseExchangeId } from '../domain/exchange-id.ts'
import { parseInstant } from '../domain/instant.ts'
import { parseServiceId } from '../domain/service-id.ts'
import { parseUnitCode } from '../domain/unit-code.ts'
import type { Violation } from '../problems/problem.ts'
import { ASIC_E } from '../review/pack/pack-names.ts'
import type { PackScope } from '../review/pack/ports.ts'
import { describeScope } from '../review/pack/scope-text.ts'
import { answer, type Call, type Handler, type Outcome, refuse, textOf } from './outcome.ts'

/** By then the control lane has named every head, where somebody writes it. */
const RETRY_SECONDS = 10

/** The evidence pack of one exchange, whoever its parties are. */
export const readPack: Handler = call => {
  const exchange = parseExchangeId(textOf(call, 'exchange'))
  return exchange.ok ? packOf(call, { kind: 'exchange', exchange: exchange.value }, true) : refuse('not-found')
}

/** One of all records of a time, or of those of a unit or a service. */
export const makePack: Handler = call => {
  const { from, to, unit = null, service = null, commitmentKeys = false } = call.body as unknown as Asked
  const read = [parseInstant(from), parseInstant(to)] as const
  const ofUnit = unit === null ? null : parseUnitCode(unit)
  const ofService = service === null ? null : parseServiceId(service)
  if (!read[0].ok) return invalid('/from', read[0].error)
  if (!read[1].ok) return invalid('/to', read[1].error)
  if (read[0].value >= read[1].value) return invalid('/to', 'has to be behind from')
  if (ofUnit?.ok === false) return invalid('/unit', ofUnit.error)
  if (ofService?.ok === false) return invalid('/service', ofService.error)
  const times = { from: read[0].value, to: read[1].value }
  const scope = { kind: 'range', unit: ofUnit?.value ?? null, service: ofService?.value ?? null, ...times } as const
  return packOf(call, scope, commitmentKeys)
}

interface Asked {
  readonly from: string
  readonly to: string
  readonly unit?: string
  readonly service?: string
  readonly commitmentKeys?: boolean
}

async function packOf({ ports, newest }: Call, scope: PackScope, withKeys: boolean): Promise<Outcome> {
  const { systems } = newest.configuration
  const signingKey = (id: string): string | null =>
    systems.flatMap(system => system.signingKeys).find(key => key.id === id)?.pem ?? null
  const made = await ports.packs.make({ scope, withKeys, signingKey })
  if (made.ok) {
    const { bytes, fileName } = made.value
    const headers = { 'content-type': ASIC_E, 'content-disposition': `attachment; filename="${fileName}"` }
    return { ...answer(bytes, headers), read: describeScope(scope, withKeys) }
  }
  if (made.error.reason === 'nothing') return refuse('not-found')
  return { ...refuse('evidence-pending'), headers: { 'retry-after': String(RETRY_SECONDS) } }
}

function invalid(pointer: string, message: string): Outcome {
  const violations: Violation[] = [{ pointer, keyword: 'format', message }]
  return { kind: 'refused', occurrence: { code: 'request-invalid', violations } }
}
