import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson } from '../../gateway/configuration/canonical-json.ts'
import type { AgreementDocument, ConfigurationDocument } from '../../gateway/configuration/document.ts'
import { findUnplain } from '../../gateway/configuration/find-unplain.ts'
import { locateInRevision } from '../../gateway/configuration/locate.ts'
import type { Configuration } from '../../gateway/configuration/objects.ts'
import { parseConfiguration } from '../../gateway/configuration/parse-configuration.ts'
import { readYaml } from '../../gateway/configuration/read-yaml.ts'
import { must } from '../../gateway/domain/result.ts'
import { demoCertificates, demoFiles } from '../unit/configuration/demo-directory.ts'
import { documentOf } from '../unit/configuration/read-and-parse.ts'

let demo: ConfigurationDocument
beforeAll(async () => {
  demo = documentOf(demoFiles(), await demoCertificates())
})

const locate = locateInRevision(1)
const parse = (document: unknown): Configuration => must(parseConfiguration(document, locate))

/** Agreements of one consumer that follow one another, so that none overlap. */
const agreements = fc
  .array(
    fc.record({
      ceiling: fc.constantFrom('internal', 'restricted'),
      suspended: fc.option(fc.boolean(), { nil: undefined }),
      signature: fc.option(fc.constantFrom('none', 'optional', 'required'), { nil: undefined }),
      limits: fc.record({ perMinute: fc.integer({ min: 1, max: 1_000_000 }) }, { requiredKeys: [] }),
      fields: fc.option(fc.subarray(['/items', '/items/*', '/items/*/code', '/items/*/name', '/total']), {
        nil: undefined,
      }),
      article: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      minute: fc.integer({ min: 0, max: 59 }),
    }),
    { maxLength: 6 },
  )
  .map(list =>
    list.map(({ article, fields, minute, ...rest }, index) => ({
      ...rest,
      id: `agreement-${index}`,
      consumer: 'G99.21/records',
      service: 'G99.10/categories/v1',
      purposes: ['reference-data'],
      operations: { listProvinces: fields ? { response: fields } : {} },
      valid: {
        from: `20${30 + index}-01-01T00:${String(minute).padStart(2, '0')}:00Z`,
        until: `20${31 + index}-01-01T00:00:00Z`,
      },
      legalBasis: { instrument: 'a', article },
      securityConfirmedOn: '2026-10-01',
      contacts: { consumer: 'a', provider: 'b' },
      retentionAtConsumer: 'P90D',
    })),
  )

/** The same value with the members of every object in another order. */
function shuffled(value: unknown, pick: (size: number) => number): unknown {
  if (Array.isArray(value)) return value.map(item => shuffled(item, pick))
  if (typeof value !== 'object' || value === null) return value
  const left = Object.entries(value)
  const out: [string, unknown][] = []
  while (left.length > 0) {
    const [entry] = left.splice(pick(left.length), 1)
    if (entry) out.push([entry[0], shuffled(entry[1], pick)])
  }
  return Object.fromEntries(out)
}

const withAgreements = (list: readonly unknown[]): ConfigurationDocument => ({
  ...demo,
  // Through JSON, which has no undefined members.
  agreements: JSON.parse(JSON.stringify(list)) as readonly AgreementDocument[],
})

describe('a configuration', () => {
  it('is the same after it was stored as canonical text', () => {
    fc.assert(
      fc.property(agreements, list => {
        const document = withAgreements(list)
        const text = canonicalJson(document)
        const stored: unknown = JSON.parse(text)
        expect(parse(stored)).toEqual(parse(document))
        expect(canonicalJson(stored)).toBe(text)
      }),
      { numRuns: 40 },
    )
  })

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(agreements, fc.infiniteStream(fc.nat(1000)), (list, stream) => {
        const document = withAgreements(list)
        const other = shuffled(document, size => Number(stream.next().value) % size)
        expect(canonicalJson(other)).toBe(canonicalJson(document))
        expect(parse(other)).toEqual(parse(document))
      }),
      { numRuns: 30 },
    )
  })

  it('is refused, and never breaks the parser, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), value => {
        expect(parseConfiguration(value, locate).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('canonical JSON', () => {
  it('is JSON of the same value, and does not change when written again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), value => {
        fc.pre(findUnplain(value).length === 0)
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('YAML', () => {
  it('never breaks the reader', () => {
    const piece = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '? ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '!!str ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '---\n',
      '%YAML 1.1\n',
      '\t',
      ',',
      '<<: ',
      '\r',
      '\u0000',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const result = readYaml('a.yaml', pieces.join(''))
        if (!result.ok) for (const error of result.error) expect(error.line).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 1000 },
    )
  })

  it('reads what JSON says', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme-ascii' }), value => {
        fc.pre(findUnplain(value).length === 0)
        const result = readYaml('a.yaml', JSON.stringify(value))
        expect(must(result)[0]?.value).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
