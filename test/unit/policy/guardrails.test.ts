import { describe, expect, it } from '@jest/globals'
import type { Guardrail, GuardrailInput } from '../../../gateway/configuration/objects.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import { checkPolicies } from '../../../gateway/policy/guardrails/check-policies.ts'
import { makeGuardrailSet } from '../../../gateway/policy/guardrails/guardrail-set.ts'
import { slotFor } from '../../../gateway/policy/guardrails/slots.ts'
import { guardrail, PLACE, seen } from './guardrails-world.ts'
import { minute } from './world.ts'

const judge = (guardrails: readonly Guardrail[], input: Partial<GuardrailInput> = {}) =>
  makeGuardrailSet(guardrails, PLACE).judge(seen(input))
const system = (id: string, ...attributes: readonly string[]) => ({ system: must(parseSystemId(id)), attributes })

describe('what a guardrail sees', () => {
  it.each<[condition: string, input: Partial<GuardrailInput>, forbids: boolean]>([
    // Who calls.
    ['principal == System::"G99.21/records"', {}, true],
    ['principal == System::"G99.22/logistics"', {}, false],
    ['principal.unit == Unit::"G99.21"', {}, true],
    ['principal in Unit::"G99.21"', {}, true],
    ['principal in Unit::"G99"', {}, true],
    ['principal in Unit::"G99.2"', {}, false],
    ['principal in Unit::"G99.21"', { consumer: system('G99.21.H01/desk') }, true],
    ['principal.unit in Unit::"G99.21.H01"', {}, false],
    ['principal.unit.attributes.contains("external")', { consumer: system('G99.21/records', 'external') }, true],
    ['principal.unit.attributes.contains("external")', { provider: system('G99.10/data-centre', 'external') }, false],
    // Who provides, and what.
    ['resource.provider.unit.attributes.contains("external")', { provider: system('G99.10/x', 'external') }, true],
    ['resource.provider in Unit::"G99.10"', {}, true],
    ['resource == Service::"G99.10/categories/v1"', {}, true],
    ['resource == Service::"G99.10/categories/v2"', {}, false],
    ['context.operation == Operation::"listProvinces"', {}, true],
    ['context.purpose == Purpose::"reference-data"', {}, true],
    ['context.purpose == Purpose::"supply"', {}, false],
    ['context.classification == Classification::"internal"', {}, true],
    ['context.classification == Classification::"restricted"', {}, false],
    ['context.classification == Classification::"state-secret"', { classification: 'state-secret' }, true],
    // When, on the clock of Ho Chi Minh City. 2026-06-01 was a Monday.
    ['context.weekday == Weekday::"mon"', {}, true],
    ['context.weekday == Weekday::"tue"', { minute: minute('2026-06-01T17:00') }, true],
    ['context.minuteOfDay == 600', {}, true],
    ['context.minuteOfDay == 0', { minute: minute('2026-06-01T17:00') }, true],
    ['context.workingHours', {}, true],
    ['context.workingHours', { minute: minute('2026-06-01T10:59') }, true],
    ['context.workingHours', { minute: minute('2026-06-01T11:00') }, false],
    ['context.workingHours', { minute: minute('2026-06-07T03:00') }, false],
    // Consumer and provider of one unit, and one system.
    ['principal.unit == resource.provider.unit', { consumer: system('G99.10/portal') }, true],
    ['principal == resource.provider', { consumer: system('G99.10/data-centre') }, true],
  ])('%s', (condition, input, forbids) => {
    const rule = guardrail('rule', condition)
    expect(checkPolicies([rule])).toEqual([])
    expect(judge([rule], input)).toBe(forbids ? 'rule' : null)
  })

  it('forbids nothing where there is none', () => {
    expect(judge([])).toBeNull()
  })

  it('names the first by id of those that forbid', () => {
    expect(judge([guardrail('c', 'true'), guardrail('a', '1 == 2'), guardrail('b', 'true')])).toBe('b')
  })
})

describe('an evaluation that errs', () => {
  // Sound to Cedar's strict check, and yet an error when it is evaluated.
  const overflow = guardrail('overflow', 'context.minuteOfDay * 9223372036854775807 * 2 > 1')
  const stranger = guardrail('stranger', 'Unit::"G99".attributes.contains("external")')

  it.each([overflow, stranger])('$id is an error, not a permission', rule => {
    expect(checkPolicies([rule])).toEqual([])
    expect(judge([rule])).toBe('error')
  })

  it('is an error beside others that let pass, and refused by name beside one that forbids', () => {
    expect(judge([guardrail('a', '1 == 2'), overflow])).toBe('error')
    expect(judge([guardrail('a', '1 == 1'), overflow])).toBe('a')
  })

  it('what was never checked refuses: a text that is no policy, one that permits, one that would break Cedar', () => {
    expect(judge([guardrail('deep', `${'('.repeat(400)}true${')'.repeat(400)}`)])).toBe('error')
    const broken = { ...guardrail('broken', ''), policy: 'forbid (' }
    expect(judge([broken])).toBe('error')
    expect(judge([{ ...broken, policy: 'permit (principal, action, resource);' }])).toBe('error')
  })
})

describe('the names of parsed sets', () => {
  it('are two, taken in turn; nobody parses twice while he keeps his', () => {
    const parsed: string[] = []
    const use = (holder: object) => slotFor(holder, name => parsed.push(name) > 0)
    const [a, b, c] = [{}, {}, {}]
    const [first, second] = [use(a), use(b)]
    expect([use(a), use(b), use(a)]).toEqual([first, second, first])
    expect(parsed).toEqual([first, second])
    // The place of whoever was asked longest ago.
    expect(use(c)).toBe(second)
    expect([use(a), use(b)]).toEqual([first, second])
    expect(parsed).toEqual([first, second, second, second])
    expect(new Set(parsed).size).toBe(2)
  })

  it('a set that cannot be parsed has none, and leaves no other in its place', () => {
    const [a, b] = [{}, {}]
    slotFor(a, () => true)
    expect(slotFor(b, () => false)).toBeNull()
    let again = 0
    slotFor(b, () => ++again > 0)
    expect(again).toBe(1)
  })
})

describe('a policy that may not be enforced', () => {
  const policy = (text: string) => [{ ...guardrail('rule', ''), policy: text }]
  const when = (condition: string) => policy(`forbid (principal, action, resource)\nwhen { ${condition} };`)

  it.each<[what: string, guardrails: readonly Guardrail[], reason: RegExp]>([
    ['permits', policy('permit (principal, action, resource);'), /a guardrail forbids: only agreements permit/],
    ['is no Cedar', when('context.'), /^line 2 of the policy: unexpected token/],
    ['is two policies', policy('forbid (principal, action, resource);'.repeat(2)), /unexpected token `forbid`/],
    ['is empty', policy(' '), /unexpected end of input/],
    ['is a template', policy('forbid (principal == ?principal, action, resource);'), /template/],
    ['reads what is not there', when('context.purpos == Purpose::"a"'), /^line 2 .*purpos.*did you mean `purpose`/],
    ['reads a clock', when('context.now > 1'), /now/],
    ['misspells a label', when('context.classification == Classification::"restrcted"'), /restrcted/],
    ['misspells a day', when('context.weekday == Weekday::"Sat"'), /Sat/],
    ['compares a label with a text', when('context.classification == "restricted"'), /types/],
    ['names another action', policy('forbid (principal, action == Action::"read", resource);'), /read/],
    ['can never apply', when('context.minuteOfDay < 0 && false'), /impossible/],
    ['hides letters', when('context.purpose == Purpose::"a\u202Eb"'), /BIDI/i],
    ['is too long', when(`"${'a'.repeat(4100)}" == "a"`), /longer than 4096 characters/],
    // Either would break Cedar for the rest of the process.
    ['nests brackets', when(`${'('.repeat(300)}true${')'.repeat(300)}`), /more than 48 opening brackets/],
    ['hides its nesting', when(`${`${'('.repeat(40)} //${')'.repeat(40)}\n`.repeat(5)}true`), /opening brackets/],
    ['adds without end', when(`${'1+'.repeat(600)}1 > 1`), /more than 96 operators/],
    ['chains without end', when(`principal${'.unit'.repeat(600)} == principal`), /more than 96 operators/],
    ['branches without end', when(`${'if true then true else '.repeat(100)}true`), /more than 96 operators/],
  ])('%s', (_what, guardrails, reason) => {
    const found = checkPolicies(guardrails)
    expect(found.map(({ pointer }) => pointer)).toEqual(['/guardrails/0/policy'])
    expect(found[0]?.reason).toMatch(reason)
  })

  it('at the bounds, Cedar reads, checks and evaluates', () => {
    // 44 brackets and the two of the head, 90 operators: the deepest trees that may come.
    for (const condition of [
      `${'('.repeat(44)}principal${'.unit'.repeat(90)} == principal${')'.repeat(44)}`,
      `${'['.repeat(22)}context.minuteOfDay${'+1'.repeat(80)}${']'.repeat(22)} == ${'['.repeat(22)}1${']'.repeat(22)}`,
      `${'if (context.workingHours) then true else '.repeat(44)}context.minuteOfDay > 3`,
      `${'!('.repeat(44)}context.workingHours${')'.repeat(44)}`,
      `context.minuteOfDay > 3${' && (context.minuteOfDay > 3'.repeat(30)}${')'.repeat(30)}`,
    ]) {
      const rule = guardrail('deep', condition)
      expect(checkPolicies([rule]).filter(({ reason }) => reason.includes('more than'))).toEqual([])
      judge([rule])
    }
    // It would be an error if one of them had broken the module.
    expect(judge([guardrail('rule', 'true')])).toBe('rule')
  })
})
