import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson } from '../../gateway/configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../../gateway/configuration/document.ts'
import { editsBetween } from '../../gateway/configuration/edits.ts'
import { exportDirectory } from '../../gateway/configuration/export-directory.ts'
import { findUnplain } from '../../gateway/configuration/find-unplain.ts'
import { MAX_FILE_BYTES } from '../../gateway/configuration/read-yaml.ts'
import { demoCertificates, demoFiles } from '../unit/configuration/demo-directory.ts'
import { documentOf } from '../unit/configuration/read-and-parse.ts'

let demo: ConfigurationDocument
beforeAll(async () => {
  demo = documentOf(demoFiles(), await demoCertificates())
})

const readBack = (document: ConfigurationDocument): ConfigurationDocument => {
  const { files, certificates } = exportDirectory(document)
  return documentOf(files, certificates)
}

function expectIdentity(document: ConfigurationDocument): void {
  const back = readBack(document)
  expect(editsBetween(document, back)).toEqual([])
  expect(canonicalJson(back)).toBe(canonicalJson(document))
}

/** Texts that YAML could take for something else, among ordinary and extraordinary ones. */
const words = fc.oneof(
  fc.constantFrom(
    'yes',
    'null',
    '~',
    '1e3',
    '0x10',
    '07:00',
    '2026-01-01',
    '- a',
    'a: b',
    '#a',
    '"',
    "'",
    '|',
    '>',
    '&a',
    '*a',
  ),
  fc.constantFrom(
    '%YAML',
    '---',
    '...',
    ' a ',
    'a\n',
    '\na',
    'a\n\n b\n',
    'a\r\nb',
    '\t',
    '\u0085',
    '\u2028',
    '\uFEFF',
    '\u0000',
    '!!a',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
)
const text = fc.record({ en: words, vi: words })
const digest = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
const flag = fc.option(fc.boolean(), { nil: undefined })
const plain = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }).filter(value => findUnplain(value).length === 0)
const code = (index: number): string => `G99.${String(index).padStart(3, '0')}`

/** Documents whose files have nothing against them; what their objects say to each other is no matter here. */
const documents = fc.record({
  units: fc.array(fc.record({ name: text, attributes: fc.uniqueArray(fc.constantFrom('external', 'ministry')) }), {
    minLength: 1,
    maxLength: 8,
  }),
  systems: fc.array(
    fc.record({
      name: text,
      suspended: flag,
      bindings: fc.array(fc.record({ key: digest, from: fc.option(words, { nil: undefined }) }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  officers: fc.array(fc.record({ name: words, key: digest, disabled: flag }), { minLength: 1, maxLength: 4 }),
  agreements: fc.array(
    fc.record({
      ceiling: fc.constantFrom('internal', 'public'),
      suspended: flag,
      article: words,
      fields: fc.uniqueArray(fc.constantFrom('/items', '/items/*', '/a~1b', '/%')),
    }),
    { maxLength: 5 },
  ),
  openapi: fc.dictionary(
    words.filter(name => findUnplain({ [name]: 0 }).length === 0),
    plain,
  ),
  policy: words,
  title: text,
})

type Drawn = typeof documents extends fc.Arbitrary<infer T> ? T : never

/** On the demo world: what is not drawn here is as it is there. */
function documentFrom({ units, systems, officers, agreements, openapi, policy, title }: Drawn): ConfigurationDocument {
  const [service] = demo.services
  const [guardrail] = demo.guardrails ?? []
  const [agreement] = demo.agreements
  const [issuer] = demo.issuers
  const [signing] = demo.systems.filter(({ signingKeys }) => signingKeys)
  if (!service || !guardrail || !agreement || !issuer || !signing?.signingKeys)
    throw new TypeError('the demo has all of them')
  const { signingKeys } = signing
  // Through JSON, which has no undefined members.
  return JSON.parse(
    JSON.stringify({
      ...demo,
      units: units.map((unit, index) => ({ code: code(index), ...unit })),
      systems: systems.map((system, index) => ({ id: `${code(index)}/a`, ...system, signingKeys })),
      officers: officers.map((officer, index) => ({ id: `officer-${index}`, roles: ['security-officer'], ...officer })),
      services: [{ ...service, openapi }],
      agreements: agreements.map(({ article, fields, ...rest }, index) => ({
        ...agreement,
        ...rest,
        id: `agreement-${index}`,
        operations: { listProvinces: { response: ['/total', ...fields] } },
        legalBasis: { instrument: article, article },
      })),
      guardrails: [{ ...guardrail, policy }],
      // Of one name with an issuer: their certificates must not meet in one file.
      timeAuthorities: [{ name: issuer.name, title, url: 'http://tsa.example', certificates: issuer.certificates }],
      witnesses: [
        { name: 'w.example', title, url: 'https://w.example', verifierKey: 'w+00000000+AAAA', outside: true },
      ],
      settings: [
        { id: 'caps', officerPerMinute: 1 },
        { id: 'retention', level: 3, months: 3 },
      ],
      alertRules: [{ id: 'many', title, event: 'bytes', within: 'PT5M' }],
    }),
  ) as ConfigurationDocument
}

describe('an exported configuration directory', () => {
  it('reads as the demo world that it was made of', () => {
    expectIdentity(demo)
  })

  it('reads as whatever document it was made of', () => {
    fc.assert(
      fc.property(documents, drawn => expectIdentity(documentFrom(drawn))),
      { numRuns: 100 },
    )
  })

  it('has the same texts for the same objects, whatever the order of their members', () => {
    const shuffled = JSON.parse(canonicalJson(demo)) as ConfigurationDocument
    expect([...exportDirectory(shuffled).files]).toEqual([...exportDirectory(demo).files])
  })

  it('stays below the size of a file that is read: a long list goes on in a folder of its name', () => {
    const [unit] = demo.units
    const name = { en: 'a'.repeat(150), vi: 'b'.repeat(150) }
    const units = Array.from({ length: 4000 }, (_, index) => ({ ...unit, code: `G99.${10_000 + index}`, name }))
    const document = { ...demo, units } as ConfigurationDocument
    const { files } = exportDirectory(document)
    expect([...files.keys()].filter(path => path.startsWith('units')).slice(0, 3)).toEqual([
      'units.yaml',
      'units/0002.yaml',
      'units/0003.yaml',
    ])
    for (const file of files.values()) expect(Buffer.byteLength(file)).toBeLessThanOrEqual(MAX_FILE_BYTES)
    expectIdentity(document)
  })

  it('writes what would be too large as YAML on one line', () => {
    const [service] = demo.services
    const deep = Array.from({ length: 20_000 }, () => [[[[[[[[['aaaaaaaaaa']]]]]]]]])
    const document = {
      ...demo,
      services: [{ ...service, openapi: { 'x-deep': deep } }],
    } as ConfigurationDocument
    expectIdentity(document)
  })
})
