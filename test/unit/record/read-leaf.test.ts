import { describe, expect, it } from '@jest/globals'
import { must } from '../../../gateway/domain/result.ts'
import { decisionInputOf } from '../../../gateway/record/decision-input.ts'
import { exchangeLeaf } from '../../../gateway/record/exchange-record.ts'
import { numberOf, readLeaf, textOf } from '../../../gateway/record/read-leaf.ts'
import { columnsOf } from '../../../gateway/record/search-columns.ts'
import { AT, bare, EXCHANGE, fieldsOf, whole, writer } from './facts.ts'

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const good = { v: 1, kind: 'refusal', at: '2026-11-22T01:02:03.000004Z' }
/** String() of it throws: stored bytes may be anybody's. */
const unspeakable = { toString: 1, valueOf: 1 }

describe('readLeaf', () => {
  it('reads what the makers write, also from the middle of a larger buffer', () => {
    const leaf = exchangeLeaf('response', AT, whole(), writer)
    const around = Buffer.concat([Buffer.from('xx'), leaf, Buffer.from('yy')])
    const record = must(readLeaf(around.subarray(2, 2 + leaf.length)))
    expect([record.kind, record.at]).toEqual(['response', AT])
    expect(textOf(record, 'exchange')).toBe(EXCHANGE)
    expect(numberOf(record, 'status')).toBe(200)
    expect([textOf(record, 'status'), numberOf(record, 'exchange'), textOf(record, 'none')]).toEqual([null, null, null])
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['no JSON', Buffer.from('record')],
    ['JSON cut short', bytes(good).subarray(0, 20)],
    ['two values', Buffer.from('{}{}')],
    ['null', bytes(null)],
    ['a text', bytes('record')],
    ['a number', bytes(1)],
    ['a list', bytes([good])],
    ['broken UTF-8', Uint8Array.of(0xff, 0xfe)],
    ['version 2', bytes({ ...good, v: 2 })],
    ['the version as text', bytes({ ...good, v: '1' })],
    ['a kind nobody knows', bytes({ ...good, kind: 'constructor' })],
    ['a kind in a list', bytes({ ...good, kind: ['refusal'] })],
    ['no time', bytes({ ...good, at: undefined })],
    ['a time that is none', bytes({ ...good, at: '2026-02-30T00:00:00Z' })],
    ['a time in a list', bytes({ ...good, at: [good.at] })],
    ['a time that cannot be made a text', bytes({ ...good, at: unspeakable })],
  ])('answers %s with an error', (_, leaf) => {
    expect(readLeaf(leaf).ok).toBe(false)
    expect(columnsOf(leaf).ok).toBe(false)
  })

  it('reads 60,000 nested lists without falling', () => {
    expect(typeof readLeaf(Buffer.from('['.repeat(60_000))).ok).toBe('boolean')
  })
})

describe('search columns', () => {
  it('come from the leaf and nothing else', () => {
    expect(must(columnsOf(exchangeLeaf('response', AT, whole(), writer)))).toEqual({
      at: AT,
      kind: 'response',
      exchangeId: EXCHANGE,
      consumer: 'G99.21/records',
      provider: 'G99.10/data-centre',
      service: 'G99.10/categories/v1',
      operation: 'listProvinces',
      purpose: 'reference-data',
      agreement: 'records-categories',
      decision: 'permit',
      code: 'response-invalid',
      status: 200,
      requestId: 'order:1/2',
      revision: 3,
    })
  })

  it('are null where the leaf says nothing', () => {
    const columns = must(columnsOf(exchangeLeaf('refusal', AT, bare(), writer)))
    const { consumer, purpose, decision, agreement, revision } = columns
    expect([consumer, purpose, decision, agreement, revision]).toEqual([null, null, null, null, null])
  })

  it.each([
    ['null', null],
    ['a text', 'reference-data'],
    ['a list', ['reference-data']],
    ['an object of another shape', { purpose: unspeakable }],
  ])('take an input that is %s for none', (_, input) => {
    expect(must(columnsOf(bytes({ ...good, input }))).purpose).toBeNull()
  })
})

describe('the decision input of a record', () => {
  const stored = fieldsOf(exchangeLeaf('request', AT, whole(), writer))
  const inputOf = (changes: object) => decisionInputOf(must(readLeaf(bytes({ ...stored, ...changes }))))

  it('is that of the decision', () => {
    expect(inputOf({})).toEqual(whole().verdict?.input)
  })

  it.each<[string, object]>([
    ['no decision', { input: undefined }],
    ['null', { input: null }],
    ['a text', { input: 'x' }],
    ['half a minute', { input: { purpose: null, declared: null, minute: 0.5 } }],
    ['a purpose that is none', { input: { purpose: 'No Purpose', declared: null, minute: 1 } }],
    ['a purpose in a list', { input: { purpose: ['reference-data'], declared: null, minute: 1 } }],
    ['a purpose that cannot be made a text', { input: { purpose: unspeakable, declared: null, minute: 1 } }],
    ['a label that cannot be made a text', { input: { purpose: null, declared: unspeakable, minute: 1 } }],
    ['a label that is none', { input: { purpose: null, declared: 'mat', minute: 1 } }],
    ['no label at all', { input: { purpose: null, minute: 1 } }],
    ['no consumer', { consumer: undefined }],
    ['a service that is none', { service: 'categories' }],
    ['an operation that is none', { operation: '9' }],
  ])('is null with %s', (_, changes) => {
    expect(inputOf(changes)).toBeNull()
  })
})
