import { type Classification, parseClassification } from '../domain/classification.ts'
import type { Minute } from '../domain/instant.ts'
import { parsePurpose, type Purpose } from '../domain/purpose.ts'
import { parseOperationName, parseServiceId } from '../domain/service-id.ts'
import { parseSystemId } from '../domain/system-id.ts'
import type { DecisionInput } from '../policy/decision.ts'
import { type StoredRecord, textOf } from './read-leaf.ts'

/** The whole input of the decision that a record holds; null where none was decided, or the record cannot be read as one. */
export function decisionInputOf(record: StoredRecord): DecisionInput | null {
  const input = record.fields.input as { purpose?: unknown; declared?: unknown; minute?: unknown } | undefined
  const consumer = parseSystemId(textOf(record, 'consumer') ?? '')
  const service = parseServiceId(textOf(record, 'service') ?? '')
  const operation = parseOperationName(textOf(record, 'operation') ?? '')
  if (!input || !consumer.ok || !service.ok || !operation.ok || !Number.isSafeInteger(input.minute)) return null
  const purpose = purposeOf(input.purpose)
  const declared = declaredOf(input.declared)
  if (purpose === undefined || declared === undefined) return null
  return {
    consumer: consumer.value,
    service: service.value,
    operation: operation.value,
    purpose,
    declared,
    minute: input.minute as Minute,
  }
}

function purposeOf(value: unknown): Purpose | null | undefined {
  if (value === null) return null
  const purpose = parsePurpose(typeof value === 'string' ? value : '')
  return purpose.ok ? purpose.value : undefined
}

function declaredOf(value: unknown): Classification | 'state-secret' | null | undefined {
  if (value === null || value === 'state-secret') return value
  const label = parseClassification(typeof value === 'string' ? value : '')
  return label.ok ? label.value : undefined
}
