import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'
import { NAME } from './system-id.ts'

/** Names one guardrail: `external-never-restricted`. Never `error`: that is what an evaluation that failed is called. */
export type GuardrailId = Brand<string, 'GuardrailId'>

export function parseGuardrailId(text: string): Result<GuardrailId> {
  return NAME.test(text) && text !== 'error'
    ? ok(text as GuardrailId)
    : err('a guardrail id is lower-case letters, digits and hyphens, and not "error"')
}
