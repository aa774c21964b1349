import { describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseChangeId } from '../../../gateway/domain/change-id.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { formatInstant } from '../../../gateway/domain/instant.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { GENESIS } from '../../../gateway/domain/revision-number.ts'
import { catalogue, type ProblemCode } from '../../../gateway/problems/catalogue.ts'
import { problemBody } from '../../../gateway/problems/problem.ts'
import { type ControlEvent, controlLeaf } from '../../../gateway/record/control-record.ts'
import { countedLeaf } from '../../../gateway/record/counted-record.ts'
import { exchangeLeaf } from '../../../gateway/record/exchange-record.ts'
import { CONTROL_KINDS, COUNTED_KINDS, EXCHANGE_KINDS } from '../../../gateway/record/kinds.ts'
import { readLeaf } from '../../../gateway/record/read-leaf.ts'
import { AT, bare, controlWriter, EXCHANGE, fieldsOf, LANE, whole, writer } from './facts.ts'

const read = (path: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../schemas/${path}`, import.meta.url)), 'utf8')) as object
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true })
const schemas = { record: read('record/record.schema.json'), problem: read('problem/problem.schema.json') }
const validators = { record: ajv.compile(schemas.record), problem: ajv.compile(schemas.problem) }

function errorsOf(what: keyof typeof validators, value: unknown) {
  const validate = validators[what]
  return validate(value) ? [] : (validate.errors ?? [])
}

describe.each(['record', 'problem'] as const)('the schema of a %s', what => {
  it.each(Object.entries(read(`${what}/examples/${what}.valid.json`)))('accepts %s', (_, value) => {
    expect(errorsOf(what, value)).toEqual([])
  })
  it.each(Object.entries(read(`${what}/examples/${what}.invalid.json`)))('refuses %s', (_, value) => {
    expect(errorsOf(what, value)).not.toEqual([])
  })
})

const head = { lane: LANE, size: 7, root: digestOf('root') }
const officers = [must(parseOfficerId('security-1')), must(parseOfficerId('security-2'))]
const key = { use: 'control-lane', key: digestOf('key'), algorithm: 'Ed25519', place: 'file' } as const
const events: readonly ControlEvent[] = [
  { kind: 'revision', number: GENESIS, digest: digestOf('a'), previous: null, officers: [] },
  { kind: 'revision', number: GENESIS, digest: digestOf('a'), previous: digestOf('b'), officers },
  { kind: 'key', event: 'registered', ...key },
  { kind: 'key', event: 'activated', ...key, checkpoint: 'lienthong/control\n7\nAAAA\n\n— lienthong/control AAAA\n' },
  {
    kind: 'key',
    event: 'activated',
    ...key,
    use: 'answers',
    algorithm: 'ES256',
    place: 'pkcs11',
    publicKey: 'MFkwEw==',
  },
  { kind: 'key', event: 'registered', use: 'evidence', key: key.key, algorithm: 'HMAC-SHA-256', place: 'file' },
  { kind: 'key', event: 'activated', use: 'gateway-tls', key: key.key, algorithm: 'EC prime256v1', place: 'file' },
  { kind: 'key', event: 'retired', ...key, use: 'tokens', algorithm: 'ES256' },
  { kind: 'lane', event: 'opened', opened: LANE, publicKey: digestOf('key'), openedBy: 'gateway-1' },
  { kind: 'lane', event: 'sealed', head, why: 'damaged', unresolved: 0 },
  { kind: 'heads', heads: [head] },
  {
    kind: 'officer',
    number: 1,
    event: 'approve',
    officer: 'security-2',
    via: 'command',
    change: must(parseChangeId('01939c5e-7b1a-7cc3-9b1e-0123456789ab')),
    outcome: 'done',
    reason: null,
    was: digestOf('a'),
    is: digestOf('b'),
    actedAt: formatInstant(AT),
  },
  { kind: 'unresolved', exchange: EXCHANGE, inLane: LANE, index: 0 },
  { kind: 'read', number: 2, reader: 'auditor-1', via: 'office', what: 'readUsage', actedAt: formatInstant(AT) },
  { kind: 'system', event: 'started', detail: 'lienthong 0.1.0' },
  {
    kind: 'alert',
    event: 'reviewed',
    alert: '01939c5e-7b1a-7cc3-9b1e-0123456789ab',
    rule: 'audit-failure',
    subject: null,
    detail: 'looked at, nothing was lost',
    officer: must(parseOfficerId('security-1')),
    number: 3,
    actedAt: formatInstant(AT),
  },
]
const refused = { reason: 'agreement-expired', decision: 'refuse', classification: null } as const
const { verdict } = whole()

/** One leaf at least by every maker and of every kind (AU-1). */
const leaves: readonly (readonly [string, Uint8Array])[] = [
  ...EXCHANGE_KINDS.map(kind => [kind, exchangeLeaf(kind, AT, whole(), writer)] as const),
  ['refusal before anything is known', exchangeLeaf('refusal', AT, bare(), writer)],
  ['fault before anything is known', exchangeLeaf('fault', AT, bare({ problem: 'internal', status: 500 }), writer)],
  [
    'refusal of the policy, without an agreement',
    exchangeLeaf('refusal', AT, whole({ verdict: verdict && { ...verdict, ...refused, agreement: null } }), writer),
  ],
  ...COUNTED_KINDS.flatMap(kind => {
    const count = { kind, problem: 'not-permitted', source: '10.0.0.1', second: AT, times: 2 } as const
    return [
      [
        `${kind}, counted`,
        countedLeaf(AT, { ...count, consumer: null, certificate: null, detail: null }, writer),
      ] as const,
      [
        `${kind}, counted, of a system`,
        countedLeaf(
          AT,
          { ...count, consumer: whole().caller.consumer, certificate: digestOf('c'), detail: 'x' },
          writer,
        ),
      ] as const,
    ]
  }),
  ...events.map(event => [event.kind, controlLeaf(AT, event, controlWriter)] as const),
]

describe('every record that is made', () => {
  it.each(leaves)('%s satisfies the schema', (_, leaf) => {
    expect(errorsOf('record', fieldsOf(leaf))).toEqual([])
    expect(readLeaf(leaf).ok).toBe(true)
  })

  it('is of one of the kinds that the schema describes, and of each', () => {
    const { $defs, oneOf } = schemas.record as {
      $defs: Record<string, { properties: { kind: { const?: string; enum?: string[] } } }>
      oneOf: { $ref: string }[]
    }
    const described = oneOf.flatMap(({ $ref }) => {
      const kind = $defs[$ref.slice('#/$defs/'.length)]?.properties.kind
      return kind?.enum ?? [kind?.const]
    })
    const made = new Set(leaves.map(([, leaf]) => fieldsOf(leaf).kind))
    expect([...new Set(described)].sort()).toEqual([...made].sort())
    const kinds = [...EXCHANGE_KINDS, ...COUNTED_KINDS, ...CONTROL_KINDS]
    expect([...made].sort()).toEqual(kinds.sort())
  })

  it('loses nothing unseen: each field that a record must have is missed', () => {
    for (const [name, leaf] of leaves.slice(0, EXCHANGE_KINDS.length)) {
      const fields = fieldsOf(leaf)
      for (const field of ['v', 'kind', 'salt', 'at', 'gateway', 'lane', 'exchange', 'arrived', 'source', 'timings'])
        expect([name, field, errorsOf('record', { ...fields, [field]: undefined }).length > 0]).toEqual([
          name,
          field,
          true,
        ])
    }
  })
})

describe('every problem body', () => {
  it.each(Object.keys(catalogue) as ProblemCode[])('%s satisfies the schema in both languages', code => {
    const violations = [{ pointer: '/a', keyword: 'type', message: 'must be string' }]
    for (const language of ['en', 'vi'] as const)
      for (const exchange of [null, EXCHANGE])
        for (const occurrence of [{ code }, { code, detail: 'Why.', violations, retryAfter: 1 }])
          expect(errorsOf('problem', JSON.parse(problemBody(occurrence, exchange, language)))).toEqual([])
  })
})
