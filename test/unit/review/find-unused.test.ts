import { describe, expect, it } from '@jest/globals'
import { agreementDocument, documentMaker, serviceDocument } from '../../../bench/small-document.ts'
import { locateInRevision } from '../../../gateway/configuration/locate.ts'
import type { Configuration } from '../../../gateway/configuration/objects.ts'
import { parseConfiguration } from '../../../gateway/configuration/parse-configuration.ts'
import { type Instant, parseInstant } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { findUnused } from '../../../gateway/review/find-unused.ts'

const at = (text: string): Instant => must(parseInstant(`${text}T00:00:00Z`))
const NOW = at('2026-06-01')
const SINCE = at('2026-05-01')
const SERVICE = 'G99.10/categories/v1'

async function configuration(): Promise<Configuration> {
  const makeDocument = await documentMaker()
  const agreement = (id: string, from: string, until: string, more = {}) =>
    agreementDocument({
      id,
      consumer: `G99.21/${id}`,
      service: SERVICE,
      purposes: ['a'],
      valid: { from: `${from}T00:00:00Z`, until: `${until}T00:00:00Z` },
      securityConfirmedOn: from,
      ...more,
    })
  const agreements = [
    agreement('used', '2026-01-01', '2027-01-01', { operations: { list: {}, getOne: { response: [] } } }),
    agreement('unused', '2026-01-01', '2027-01-01', { suspended: true }),
    agreement('young', '2026-05-20', '2027-01-01'),
    agreement('ended', '2026-01-01', '2026-05-31'),
    agreement('to-come', '2026-06-02', '2027-01-01'),
  ]
  const document = makeDocument({
    systems: ['G99.10/provider', ...agreements.map(({ consumer }) => consumer)],
    purposes: ['a'],
    services: [serviceDocument(SERVICE, 'G99.10/provider', { list: 'public', getOne: 'public', file: 'public' })],
    agreements,
  })
  const parsed = parseConfiguration(document, locateInRevision(0))
  if (!parsed.ok) throw new TypeError(JSON.stringify(parsed.error))
  return parsed.value
}

describe('what nobody uses', () => {
  it('is an agreement valid now, a granted operation of a used one, an operation that nobody calls', async () => {
    const uses = [{ agreement: 'used', service: SERVICE, operation: 'list', count: 3 }]
    const { agreements, grants, operations } = findUnused(await configuration(), uses, SINCE, NOW)
    // Neither one that has ended nor one to come.
    expect(agreements.map(({ agreement, suspended, isYoung }) => [agreement, suspended, isYoung])).toEqual([
      ['unused', true, false],
      ['young', false, true],
    ])
    expect(grants.map(({ agreement, operation, fields }) => [agreement, operation, fields])).toEqual([
      ['used', 'getOne', []],
    ])
    expect(operations.map(({ operation }) => operation).sort()).toEqual(['file', 'getOne'])
  })
})
