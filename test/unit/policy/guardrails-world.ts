import type { Guardrail, GuardrailInput, Hours } from '../../../gateway/configuration/objects.ts'
import type { Minute } from '../../../gateway/domain/instant.ts'
import { type GuardrailId, parseGuardrailId } from '../../../gateway/domain/guardrail-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import { CONSUMER, minute, OPERATION, PURPOSE, SERVICE } from './world.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const workingHours: Hours = { zone: ZONE, days: [1, 2, 3, 4, 5], from: 7 * 60, until: 18 * 60 }
export const PLACE = { zone: ZONE, workingHours }

export const guardrailId = (name: string): GuardrailId => must(parseGuardrailId(name))

/** `condition` stands after `when`. */
export const guardrail = (name: string, condition: string): Guardrail => ({
  id: guardrailId(name),
  title: { en: name, vi: name },
  policy: `forbid (principal, action, resource) when { ${condition} };`,
  tests: [],
})

/** A Monday, 10:00 in Ho Chi Minh City. */
export const MONDAY: Minute = minute('2026-06-01T03:00')

export const seen = (changes: Partial<GuardrailInput> = {}): GuardrailInput => ({
  consumer: { system: CONSUMER, attributes: [] },
  provider: { system: must(parseSystemId('G99.10/data-centre')), attributes: [] },
  service: SERVICE,
  operation: OPERATION,
  purpose: PURPOSE,
  classification: 'internal',
  minute: MONDAY,
  ...changes,
})
