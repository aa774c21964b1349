import { describe, expect, it } from '@jest/globals'
import { parseInstant } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { controlLeaf } from '../../../gateway/record/control-record.ts'
import { countedLeaf } from '../../../gateway/record/counted-record.ts'
import { exchangeLeaf } from '../../../gateway/record/exchange-record.ts'
import { encodeLeaf, MAX_LEAF_BYTES, newSalt } from '../../../gateway/record/leaf.ts'
import { AT, bare, controlWriter, fieldsOf, whole, writer } from './facts.ts'

/** Fixed: two gateways write the same bytes for the same facts, and readers may rely on it. New keys go in, none moves. */
const KEYS = [
  ...['v', 'kind', 'salt', 'at', 'gateway', 'lane', 'software', 'exchange', 'arrived', 'mode', 'consumer', 'key'],
  ...['certificate', 'tls', 'source', 'provider', 'service', 'operation', 'method', 'template', 'revision', 'decision'],
  ...[
    'reason',
    'input',
    'classification',
    'agreement',
    'agreementVersion',
    'token',
    'signature',
    'requestSchema',
    'responseSchema',
    'request',
  ],
  ...[
    'received',
    'released',
    'grant',
    'unchecked',
    'providerTls',
    'providerStatus',
    'status',
    'problem',
    'detail',
    'timings',
  ],
  ...['requestId', 'trace'],
]

describe('the leaf of an exchange', () => {
  it('has its keys in one order', () => {
    expect(Object.keys(fieldsOf(exchangeLeaf('response', AT, whole(), writer)))).toEqual(KEYS)
  })

  it('leaves out what is not known, and moves nothing', () => {
    const keys = Object.keys(fieldsOf(exchangeLeaf('refusal', AT, bare(), writer)))
    expect(keys).toEqual(KEYS.filter(name => keys.includes(name)))
    expect(keys).not.toContain('consumer')
    expect(keys).not.toContain('mode')
    expect(keys).not.toContain('input')
  })

  it('holds the revision also where nothing was decided', () => {
    const { revision } = whole()
    expect(fieldsOf(exchangeLeaf('refusal', AT, bare({ revision }), writer))).toMatchObject({ revision: 3 })
  })

  it('says when it was written, when the call arrived, and by whom it was written', () => {
    const later = must(parseInstant('2026-11-22T01:02:04.5Z'))
    expect(fieldsOf(exchangeLeaf('fault', later, whole(), writer))).toMatchObject({
      v: 1,
      kind: 'fault',
      at: '2026-11-22T01:02:04.500000Z',
      arrived: '2026-11-22T01:02:03.000004Z',
      gateway: 'gateway-1',
      lane: 'gateway-1.0123456789abcdef',
      software: 'lienthong 0.1.0',
    })
  })

  it('is salted: the same facts never hash alike', () => {
    const leaves = Array.from({ length: 300 }, () => Buffer.from(exchangeLeaf('request', AT, whole(), writer)))
    expect(new Set(leaves.map(leaf => leaf.toString('hex'))).size).toBe(300)
  })
})

describe('a salt', () => {
  it('is 16 bytes, and none comes twice over many refills of the pool', () => {
    const salts = Array.from({ length: 2000 }, newSalt)
    expect(new Set(salts).size).toBe(2000)
    for (const salt of salts) expect(Buffer.from(salt, 'base64url')).toHaveLength(16)
  })
})

describe('recorded text', () => {
  const probes = [
    // AU-3: what would end a line, a value or a string, or bring a key of its own.
    '10.0.0.1\r\nkind: response',
    '","kind":"response","x":"',
    '\\',
    '\u0000\u0007\u001b[2J',
    '\u2028\u2029',
    '</script>',
    '\ud800',
    'Nguyễn Văn A',
  ]
  it.each(probes.map(probe => [probe]))('%j stays one value', probe => {
    const caller = { ...whole().caller, source: probe }
    const leaf = exchangeLeaf('refusal', AT, whole({ caller, detail: probe }), writer)
    const fields = fieldsOf(leaf)
    expect(Object.keys(fields)).toEqual(KEYS)
    expect([fields.kind, fields.source, fields.detail]).toEqual(['refusal', probe, probe])
    // One line of printable text: nothing that a terminal or a line-wise reader acts on.
    expect(Buffer.from(leaf).toString('utf8')).not.toMatch(/[\u0000-\u001f]/)
  })

  it('of counted and control records stays one value', () => {
    for (const probe of probes) {
      const count = {
        kind: 'tls-failure',
        consumer: null,
        problem: 'certificate-missing',
        second: AT,
        times: 1,
      } as const
      const counted = countedLeaf(AT, { ...count, source: probe, certificate: null, detail: probe }, writer)
      expect(fieldsOf(counted)).toMatchObject({ kind: 'tls-failure', source: probe, detail: probe })
      const event = { kind: 'read', number: 1, via: 'office', actedAt: '2026-11-22T01:02:03Z' } as const
      const read = controlLeaf(AT, { ...event, reader: probe, what: probe }, controlWriter)
      expect(fieldsOf(read)).toMatchObject({ kind: 'read', reader: probe, what: probe })
    }
  })
})

describe('encodeLeaf', () => {
  const ofLength = (bytes: number) => {
    const empty = encodeLeaf({ v: 1, kind: 'read', what: '' }).length
    return encodeLeaf({ v: 1, kind: 'read', what: 'x'.repeat(bytes - empty) })
  }

  it('takes 65,535 bytes, as many as two length bytes can tell', () => {
    expect(MAX_LEAF_BYTES).toBe(65_535)
    expect(ofLength(65_535)).toHaveLength(65_535)
  })

  it('throws beyond, counting bytes and not characters', () => {
    expect(() => ofLength(65_536)).toThrow('65536 bytes')
    expect(() => encodeLeaf({ v: 1, kind: 'read', what: 'ồ'.repeat(30_000) })).toThrow('bytes')
  })
})
