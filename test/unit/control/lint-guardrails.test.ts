import { beforeAll, describe, expect, it } from '@jest/globals'
import { parseConfiguration } from '../../../gateway/configuration/parse-configuration.ts'
import { readDirectory } from '../../../gateway/configuration/read-directory.ts'
import { lintGuardrails } from '../../../gateway/control/lint-guardrails.ts'
import { must } from '../../../gateway/domain/result.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'

let certificates: ReadonlyMap<string, string>
beforeAll(async () => {
  certificates = await demoCertificates()
})

const HOURS = 'guardrails/restricted-in-working-hours.yaml'

/** The demo world with the first occurrence of a text replaced. */
function lint(file: string, from: string, to: string) {
  const files = demoFiles()
  const text = files.get(file) ?? ''
  expect(text).toContain(from)
  files.set(file, text.replace(from, to))
  const { document, locate } = must(readDirectory(files, name => certificates.get(name) ?? null))
  return lintGuardrails(must(parseConfiguration(document, locate)), locate)
}

describe('the guardrails of a configuration', () => {
  it('of the demo are sound, name what is there, and pass their tests', () => {
    expect(lint('units.yaml', '# Fictional', '# Fictional')).toEqual([])
  })

  it.each<[what: string, from: string, to: string, pointer: string, line: string, reason: RegExp]>([
    [
      'a misspelt member',
      'context.workingHours',
      'context.workinghours',
      '/policy',
      'policy:',
      /^line 2 of the policy:/,
    ],
    ['a misspelt label', '"restricted"', '"secret"', '/policy', 'policy:', /"secret"/],
    [
      'a unit that is not there',
      '!context.workingHours',
      'principal in Unit::"G99.99"',
      '/policy',
      'policy:',
      /no unit "G99.99"/,
    ],
    [
      'a system that is not there',
      '!context.workingHours',
      'principal == System::"G99.21/x"',
      '/policy',
      'policy:',
      /no system/,
    ],
    [
      'a purpose that is not there',
      '!context.workingHours',
      'context.purpose == Purpose::"x"',
      '/policy',
      'policy:',
      /no purpose/,
    ],
    [
      'an operation that is not there',
      '!context.workingHours',
      'context.operation == Operation::"x"',
      '/policy',
      'policy:',
      /no op/,
    ],
    [
      'a service that is not there',
      'resource)',
      'resource == Service::"G99.10/x/v1")',
      '/policy',
      'policy:',
      /no service/,
    ],
    [
      'a rule that says less than its test',
      'restricted" &&',
      'public" &&',
      '/tests/0',
      '- name: restricted on a Sunday',
      /expects forbid, and it is pass/,
    ],
    [
      'a rule that says more than its test',
      '!context.workingHours',
      'context.minuteOfDay > 0',
      '/tests/2',
      '- name: restricted in the first',
      /expects pass, and it is forbid/,
    ],
    [
      'a rule that errs',
      '!context.workingHours',
      'Unit::"G99".attributes.contains("a")',
      '/tests/0',
      '- name: restricted on a Sunday',
      /cannot be evaluated/,
    ],
  ])('%s is told, with its line', (_, from, to, pointer, line, reason) => {
    const at = (demoFiles().get(HOURS) ?? '').split('\n').findIndex(text => text.trim().startsWith(line)) + 1
    expect(lint(HOURS, from, to)).toContainEqual({
      file: HOURS,
      line: at,
      pointer,
      reason: expect.stringMatching(reason),
    })
  })

  it('may speak of a branch of which only units below are listed', () => {
    expect(lint(HOURS, '(principal,', '(principal in Unit::"G99",')).toEqual([])
  })
})
