import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CLASSIFICATIONS } from '../../gateway/domain/classification.ts'
import type { Minute } from '../../gateway/domain/instant.ts'
import { must } from '../../gateway/domain/result.ts'
import { parsePurpose } from '../../gateway/domain/purpose.ts'
import { parseOperationName, parseServiceId } from '../../gateway/domain/service-id.ts'
import { parseSystemId } from '../../gateway/domain/system-id.ts'
import type { DecisionInput } from '../../gateway/policy/decision.ts'
import { commit } from '../../gateway/record/commitment.ts'
import { decisionInputOf } from '../../gateway/record/decision-input.ts'
import { exchangeLeaf } from '../../gateway/record/exchange-record.ts'
import { readLeaf } from '../../gateway/record/read-leaf.ts'
import { columnsOf } from '../../gateway/record/search-columns.ts'
import { AT, fieldsOf, whole, writer } from '../unit/record/facts.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
const inputs: fc.Arbitrary<DecisionInput> = fc.record({
  consumer: name.map(text => must(parseSystemId(`G99.21/${text}`))),
  service: name.map(text => must(parseServiceId(`G99.10/${text}/v1`))),
  operation: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/).map(text => must(parseOperationName(text))),
  purpose: fc.option(name.map(text => must(parsePurpose(text)))),
  declared: fc.constantFrom(null, ...CLASSIFICATIONS, 'state-secret' as const),
  minute: fc.integer({ min: 0, max: 2 ** 32 }).map(value => value as Minute),
})

describe('a record', () => {
  it('gives back the whole input of its decision', () => {
    fc.assert(
      fc.property(inputs, input => {
        const { verdict, target, caller } = whole()
        const facts = whole({
          verdict: verdict && { ...verdict, input },
          target: target && { ...target, service: input.service, operation: input.operation },
          caller: { ...caller, consumer: input.consumer },
        })
        const record = must(readLeaf(exchangeLeaf('request', AT, facts, writer)))
        expect(decisionInputOf(record)).toEqual(input)
      }),
      { numRuns: 1000 },
    )
  })

  it('holds any text as one value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.string({ unit: 'binary' }), (source, detail) => {
        const caller = { ...whole().caller, source }
        const leaf = exchangeLeaf('refusal', AT, whole({ caller, detail }), writer)
        const { source: read, detail: why, kind } = fieldsOf(leaf)
        expect([read, why, kind]).toEqual([source, detail, 'refusal'])
      }),
      { numRuns: 1000 },
    )
  })

  it('of any bytes is read or refused, never thrown at', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json({ maxDepth: 4 }).map(text => Buffer.from(text)),
      fc
        .record({ v: fc.constant(1), kind: fc.constant('refusal'), at: fc.jsonValue(), input: fc.jsonValue() })
        .map(value => Buffer.from(JSON.stringify(value))),
      fc
        .record({ input: fc.jsonValue(), consumer: fc.jsonValue(), exchange: fc.jsonValue() })
        .map(changes =>
          Buffer.from(JSON.stringify({ ...fieldsOf(exchangeLeaf('request', AT, whole(), writer)), ...changes })),
        ),
    )
    fc.assert(
      fc.property(hostile, bytes => {
        const read = readLeaf(bytes)
        expect(columnsOf(bytes).ok).toBe(read.ok)
        if (read.ok) decisionInputOf(read.value)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a commitment', () => {
  it('differs wherever its inputs differ, also where only bytes moved between them', () => {
    // Few letters, so that moved bytes are frequent.
    const text = fc.string({ unit: fc.constantFrom('a', '/', '\0'), maxLength: 4 })
    const parts = fc.tuple(text, text, text)
    const of = ([method, target, body]: [string, string, string]) =>
      commit(Buffer.alloc(32), method, target, Buffer.from(body)).commitment
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(of(a) === of(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
      { numRuns: 3000 },
    )
  })
})
