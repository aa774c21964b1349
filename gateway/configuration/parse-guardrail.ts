import { parseGuardrailId } from '../domain/guardrail-id.ts'
import { parsePurpose } from '../domain/purpose.ts'
import { parseOperationName, parseServiceId } from '../domain/service-id.ts'
import { parseSystemId } from '../domain/system-id.ts'
import { parseMinute } from './calendar.ts'
import type { GuardrailDocument, GuardrailPartyDocument, GuardrailTestDocument } from './document.ts'
import type { Guardrail, GuardrailParty, GuardrailTest } from './objects.ts'
import { complete, type Report, take } from './report.ts'

/** A guardrail; undefined after reporting what is wrong. Its policy stays a text here: policy/guardrails reads it. */
export function parseGuardrail(guardrail: GuardrailDocument, pointer: string, report: Report): Guardrail | undefined {
  const id = take(parseGuardrailId(guardrail.id), `${pointer}/id`, report)
  const tests = complete(guardrail.tests.map((test, index) => parseTest(test, `${pointer}/tests/${index}`, report)))
  const forbids = guardrail.tests.some(({ expect }) => expect === 'forbid')
  // A misspelt attribute makes a rule that never forbids: nothing else would tell.
  if (!forbids)
    report(`${pointer}/tests`, 'at least one test expects forbid: show that the guardrail holds something back')
  return id && tests && forbids ? { id, title: guardrail.title, policy: guardrail.policy, tests } : undefined
}

function parseTest({ name, input, expect }: GuardrailTestDocument, pointer: string, report: Report) {
  const at = `${pointer}/input`
  const consumer = parseParty(input.consumer, `${at}/consumer`, report)
  const provider = parseParty(input.provider, `${at}/provider`, report)
  const service = take(parseServiceId(input.service), `${at}/service`, report)
  const operation = take(parseOperationName(input.operation), `${at}/operation`, report)
  const purpose = take(parsePurpose(input.purpose), `${at}/purpose`, report)
  const minute = parseMinute(input.at, `${at}/at`, report)
  if (!consumer || !provider || !service || !operation || !purpose || minute === undefined) return undefined
  const { classification } = input
  const test: GuardrailTest = {
    name,
    input: { consumer, provider, service, operation, purpose, classification, minute },
    expect,
  }
  return test
}

function parseParty(party: GuardrailPartyDocument, pointer: string, report: Report): GuardrailParty | undefined {
  const system = take(parseSystemId(party.system), `${pointer}/system`, report)
  return system && { system, attributes: (party.attributes ?? []).toSorted() }
}
