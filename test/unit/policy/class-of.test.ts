import { describe, expect, it } from '@jest/globals'
import type { GuardrailInput } from '../../../gateway/configuration/objects.ts'
import type { OperationName, ServiceId } from '../../../gateway/domain/service-id.ts'
import type { Purpose } from '../../../gateway/domain/purpose.ts'
import type { SystemId } from '../../../gateway/domain/system-id.ts'
import { makeGuardrailSet } from '../../../gateway/policy/guardrails/guardrail-set.ts'
import { guardrail, PLACE, seen } from './guardrails-world.ts'

/** By unit, as the configuration gives them. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  'G99.21': ['external'],
  'G99.21.01': ['external', 'x'],
}
const SYSTEMS = ['G99.21/a', 'G99.21/b', 'G99.21.01/a', 'G99.22/a', 'G99.22/b', 'G99.23/a', 'G99.22.05/a', 'H01/a']
const party = (system: string) => ({
  system: system as SystemId,
  attributes: ATTRIBUTES[system.split('/')[0] ?? ''] ?? [],
})

/** Every one of some, so that the test means something whatever the policies name. */
const INPUTS: readonly GuardrailInput[] = SYSTEMS.flatMap(consumer =>
  SYSTEMS.flatMap(provider =>
    ['listA', 'listB', 'listC'].flatMap((operation, n) => {
      const service = `${provider.split('/')[0]}/service-${n}/v1` as ServiceId
      const purpose = `purpose-${(n + consumer.length) % 3}` as Purpose
      const classification = n === 1 ? ('restricted' as const) : ('internal' as const)
      const names = { operation: operation as OperationName, service, purpose, classification }
      return [seen({ consumer: party(consumer), provider: party(provider), ...names })]
    }),
  ),
)

describe('inputs that guardrails cannot tell apart', () => {
  it.each([
    ['principal.unit.attributes.contains("external")'],
    ['principal in Unit::"G99.21"'],
    ['principal.unit == Unit::"G99.22" && context.operation == Operation::"listB"'],
    ['principal.unit == resource.provider.unit'],
    ['principal in resource.provider.unit && principal != resource.provider'],
    ['resource.provider in principal.unit'],
    ['principal.unit in resource.provider.unit || resource.provider.unit in principal.unit'],
    ['resource == Service::"G99.22/service-1/v1" && principal == System::"H01/a"'],
    ['[Purpose::"purpose-1", Purpose::"purpose-2"].contains(context.purpose)'],
    [
      'principal.unit.attributes == resource.provider.unit.attributes && context.classification != Classification::"restricted"',
    ],
    ['resource.provider == System::"G99.22/a" || resource.provider in Unit::"G99"'],
  ])('%s: one class, one verdict', condition => {
    const set = makeGuardrailSet([guardrail('a', condition)], PLACE)
    const verdicts = new Map<string, Set<unknown>>()
    for (const input of INPUTS) {
      const name = set.classOf(input)
      verdicts.set(name, (verdicts.get(name) ?? new Set()).add(set.judge(input)))
    }
    expect([...verdicts].filter(([, { size }]) => size > 1)).toEqual([])
    // Fewer than there are inputs, and both verdicts come.
    expect(verdicts.size).toBeLessThan(INPUTS.length)
    expect(new Set([...verdicts.values()].flatMap(set => [...set]))).toEqual(new Set([null, 'a']))
  })
})
