import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ConfigurationDocument, PersonalDataDocument } from '../../../gateway/configuration/document.ts'
import { locateInRevision } from '../../../gateway/configuration/locate.ts'
import { parseConfiguration } from '../../../gateway/configuration/parse-configuration.ts'
import { lintAgreements } from '../../../gateway/control/lint-agreements.ts'
import { instantOfMillis } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'
import { documentOf } from '../configuration/read-and-parse.ts'

let demo: ConfigurationDocument
beforeAll(async () => {
  demo = documentOf(demoFiles(), await demoCertificates())
})

const NOW = instantOfMillis(Date.parse('2026-11-22T12:00:00Z'))
const IDENTITY = 'records-identity'

const linted = (change: (agreement: ConfigurationDocument['agreements'][number]) => object): readonly string[] => {
  const agreements = demo.agreements.map(each => (each.id === IDENTITY ? change(each) : each))
  const document = { ...demo, agreements } as ConfigurationDocument
  const locate = locateInRevision(1)
  const configuration = must(parseConfiguration(document, locate))
  return lintAgreements(configuration, document, locate, NOW).map(({ reason }) => reason)
}

/** Errors of the shape, which comes before the lint. */
const refused = (member: string): readonly string[] => {
  const agreements = demo.agreements.map(each => {
    const { [member as 'id']: _omitted, ...rest } = each
    return each.id === IDENTITY ? rest : each
  })
  const parsed = parseConfiguration({ ...demo, agreements }, locateInRevision(1))
  return parsed.ok ? [] : parsed.error.map(({ reason }) => reason)
}

/** PD-1: all that a written agreement has to hold (Decree 356/2025, article 7.1), each omitted once. */
describe('an agreement on data about people', () => {
  it('is good in the demo world', () => expect(linted(each => each)).toEqual([]))

  // Every agreement holds these: parties, purposes, term, legal basis, contacts, deletion.
  it.each([
    'consumer',
    'service',
    'purposes',
    'ceiling',
    'valid',
    'legalBasis',
    'contacts',
    'retentionAtConsumer',
    'securityConfirmedOn',
  ])('without %s is refused', member => {
    expect(refused(member).join()).toMatch(new RegExp(`"${member}" is missing`))
  })

  it.each<keyof PersonalDataDocument>([
    'subjects',
    'securityMeasures',
    'onwardTransfer',
    'rightsContact',
    'breachNotice',
  ])('without %s is found', member => {
    const found = linted(each => {
      const { [member]: _omitted, ...rest } = each.personalData ?? {}
      return { ...each, personalData: rest }
    })
    expect(found).toEqual([expect.stringContaining(`has to hold ${member}:`)])
  })

  it('without any of it is found', () => {
    const found = linted(each => {
      const { personalData: _omitted, ...rest } = each
      return rest
    })
    expect(found).toHaveLength(5)
  })

  it('an agreement on a service that tells of nobody needs none of it', () => {
    expect(demo.agreements.filter(({ personalData }) => personalData === undefined).length).toBeGreaterThan(3)
  })
})

describe('what was done', () => {
  it.each([
    // In the furthest zone it is the 23rd by then.
    ['securityConfirmedOn', '2026-11-23', 0],
    ['securityConfirmedOn', '2026-11-24', 1],
    ['recertifiedOn', '2026-11-23', 0],
    ['recertifiedOn', '2026-11-24', 1],
  ])('%s %s, asked on 2026-11-22: %d findings', (member, day, findings) => {
    expect(linted(each => ({ ...each, [member]: day }))).toHaveLength(findings)
  })
})
