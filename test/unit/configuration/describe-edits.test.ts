import { beforeAll, describe, expect, it } from '@jest/globals'
import { describeEdits, sentenceOf } from '../../../gateway/configuration/describe-edits.ts'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { editsBetween } from '../../../gateway/configuration/edits.ts'
import { demoCertificates, demoFiles } from './demo-directory.ts'
import { documentOf } from './read-and-parse.ts'

let demo: ConfigurationDocument
beforeAll(async () => {
  demo = documentOf(demoFiles(), await demoCertificates())
})

type Fields = Record<string, unknown>
type List = Exclude<keyof ConfigurationDocument, 'genesis'>

/** What is said of an object whose member was set to this value; undefined takes it away. */
function saidOf(list: List, id: string, change: Fields | null): readonly string[] {
  const objects = (demo[list] ?? []) as unknown as readonly Fields[]
  const nameOf = ({ id: own, code, name }: Fields): unknown => own ?? code ?? name
  if (!objects.some(object => nameOf(object) === id)) throw new TypeError(`the demo has no ${id}`)
  const after = objects.flatMap(object =>
    nameOf(object) !== id
      ? [object]
      : change === null
        ? []
        : [JSON.parse(JSON.stringify({ ...object, ...change })) as Fields],
  )
  const edits = editsBetween(demo, { ...demo, [list]: after })
  return describeEdits(demo, edits).map(sentenceOf)
}

const TRAINING = 'training-categories'
const KEY = 'ab'.repeat(32)

describe('what a change does, in words', () => {
  const table: readonly (readonly [string, List, string, Fields | null, readonly (string | RegExp)[]])[] = [
    ['nothing', 'agreements', TRAINING, {}, []],
    [
      'a label',
      'agreements',
      TRAINING,
      { ceiling: 'restricted' },
      [`agreement ${TRAINING}: ceiling internal -> restricted (gives more)`],
    ],
    ['a lower label', 'agreements', TRAINING, { ceiling: 'public' }, [/ceiling internal -> public \(takes away\)$/]],
    ['an agreement that goes', 'agreements', TRAINING, null, [/removed \(takes away\)$/]],
    [
      'a purpose more',
      'agreements',
      TRAINING,
      { purposes: ['reference-data', 'supply'] },
      [/purposes\/supply added: supply \(gives more\)$/],
    ],
    [
      'all fields',
      'agreements',
      TRAINING,
      { operations: { listProvinces: {} } },
      [/operations\/listProvinces\/response removed: .* \(gives more\)$/],
    ],
    [
      'a field less',
      'agreements',
      TRAINING,
      { operations: { listProvinces: { response: ['/total'] } } },
      [/response\/\/items\/\*\/code removed: \/items\/\*\/code \(takes away\)$/],
    ],
    ['all operations', 'agreements', TRAINING, { operations: undefined }, [/operations removed: .* \(gives more\)$/]],
    [
      'a longer time',
      'agreements',
      TRAINING,
      { valid: { from: '2026-01-01T00:00:00+07:00', until: '2032-01-01T00:00:00+07:00' } },
      [/valid\/until .* \(gives more\)$/],
    ],
    [
      'the same end in another zone',
      'agreements',
      TRAINING,
      { valid: { from: '2025-12-31T17:00:00Z', until: '2031-01-01T00:00:00+07:00' } },
      [/valid\/from .* -> 2025-12-31T17:00:00Z$/],
    ],
    [
      'hours',
      'agreements',
      TRAINING,
      { hours: { zone: 'Asia/Ho_Chi_Minh', days: ['mon', 'fri'], from: '07:00', until: '18:00' } },
      [/hours added: .* \(takes away\)$/],
    ],
    [
      'a higher limit',
      'agreements',
      TRAINING,
      { limits: { perMinute: 700, concurrent: 16, bytesPerDay: 1073741824 } },
      [/limits\/perMinute 600 -> 700 \(gives more\)$/],
    ],
    ['no limits', 'agreements', TRAINING, { limits: undefined }, [/limits removed: .* \(gives more\)$/]],
    [
      'a duty to sign',
      'agreements',
      TRAINING,
      { signature: 'required' },
      [/signature optional -> required \(takes away\)$/],
    ],
    ['a suspension', 'agreements', TRAINING, { suspended: true }, [/suspended added: true \(takes away\)$/]],
    [
      'a text',
      'agreements',
      TRAINING,
      { contacts: { consumer: 'a b', provider: 'c' } },
      [/contacts\/consumer .* -> "a b"$/, /contacts\/provider .* -> c$/],
    ],
    [
      'another key',
      'systems',
      'G99.21/records',
      { bindings: [{ key: KEY }] },
      [/bindings\/….{16} removed: .* \(takes away\)$/, /bindings\/…(ab){8} added: .* \(gives more\)$/],
    ],
    [
      'an officer without rights',
      'officers',
      'auditor-1',
      { disabled: true },
      [/disabled added: true \(takes away\)$/],
    ],
    [
      'a name',
      'units',
      'G99.21',
      { name: { en: 'a', vi: 'b' } },
      [/^unit G99\.21: name\/en .* -> a$/, /name\/vi .* -> b$/],
    ],
    ['a guardrail that goes', 'guardrails', 'no-state-secrets', null, [/removed \(gives more\)$/]],
    ['another order', 'issuers', 'development-ca', { units: ['G99'] }, []],
  ]
  it.each(table)('%s', (_what, list, id, change, sentences) => {
    const said = saidOf(list, id, change)
    expect(said).toHaveLength(sentences.length)
    sentences.forEach((sentence, index) =>
      typeof sentence === 'string' ? expect(said[index]).toBe(sentence) : expect(said[index]).toMatch(sentence),
    )
  })

  it('tells an order that changed, where the items are the same', () => {
    const [agreement] = demo.agreements
    if (!agreement) throw new TypeError('the demo has agreements')
    const before = { ...demo, agreements: [{ ...agreement, purposes: ['a', 'b'] }] }
    const after = { ...demo, agreements: [{ ...agreement, purposes: ['b', 'a'] }] }
    const differences = describeEdits(before, editsBetween(before, after))
    expect(differences.map(sentenceOf)).toEqual([`agreement ${agreement.id}: purposes in another order`])
  })

  it('tells at most fifty differences of one object, however many there are', () => {
    const [service] = demo.services
    if (!service) throw new TypeError('the demo has services')
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`x-${n}`, n]))
    const before = { ...demo, services: [{ ...service, openapi: {} }] }
    const after = { ...demo, services: [{ ...service, openapi: many }] }
    expect(describeEdits(before, editsBetween(before, after))).toHaveLength(50)
  })

  it('cuts long values short', () => {
    for (const sentence of saidOf('agreements', TRAINING, {
      legalBasis: { instrument: 'a'.repeat(500), article: 'b' },
    }))
      expect(sentence.length).toBeLessThan(400)
  })
})
