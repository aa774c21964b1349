import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DerError } from '../../gateway/edge/revocation/der-reader.ts'
import { parseCrl } from '../../gateway/edge/revocation/parse-crl.ts'
import { hasSerial, makeSerialTable } from '../../gateway/edge/revocation/serial-table.ts'
import { makeCrl } from '../../gateway/pki/make-crl.ts'
import { chain, days, NOW } from '../unit/pki/world.ts'

const serial = fc.uint8Array({ minLength: 1, maxLength: 20 })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('a table of serial numbers', () => {
  it('has what was put in and nothing else, as a set of numbers has it', () => {
    fc.assert(
      fc.property(fc.array(serial, { maxLength: 300 }), fc.array(serial, { maxLength: 50 }), (listed, asked) => {
        const table = makeSerialTable(listed)
        const set = new Set(listed.map(bytes => BigInt(`0x${hex(bytes)}`)))
        expect(table?.count).toBe(set.size)
        for (const bytes of [...listed, ...asked])
          expect(table && hasSerial(table, hex(bytes))).toBe(set.has(BigInt(`0x${hex(bytes)}`)))
      }),
    )
  })

  it('finds numbers that differ in one place, and counts upwards', () => {
    const counted = Array.from({ length: 5_000 }, (_, n) => Buffer.from(n.toString(16).padStart(8, '0'), 'hex'))
    const table = makeSerialTable(counted)
    expect(table?.count).toBe(5_000)
    expect(table && hasSerial(table, (4_999).toString(16))).toBe(true)
    expect(table && hasSerial(table, (5_000).toString(16))).toBe(false)
  })

  it('holds no number of more than 20 octets, and knows nothing of one', () => {
    expect(makeSerialTable([Buffer.alloc(21, 1)])).toBeNull()
    const table = makeSerialTable([Buffer.alloc(20, 1)])
    expect(table && hasSerial(table, '01'.repeat(21))).toBeNull()
    expect(table && hasSerial(table, 'no hex')).toBeNull()
  })
})

describe('the parser of revocation lists', () => {
  it('reads what the maker wrote', async () => {
    const { issuing } = await chain('p256', 'p256')
    const numbers = fc.uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 158n }), { maxLength: 20 })
    fc.assert(
      fc.property(numbers, fc.bigInt({ min: 0n, max: 2n ** 150n }), (serials, number) => {
        const revoked = serials.map(value => ({ serial: value.toString(16), at: NOW, reason: 'superseded' as const }))
        const pem = makeCrl(issuing, revoked, number, NOW, days(7))
        const crl = parseCrl(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'))
        expect(crl.serials.map(bytes => BigInt(`0x${hex(bytes)}`))).toEqual(serials)
        expect([crl.number, crl.notWhole, crl.issuer.includes('Cấp')]).toEqual([number, null, true])
      }),
      { numRuns: 50 },
    )
  })

  it('takes any bytes without breaking', async () => {
    const { issuing } = await chain('p256', 'p256')
    const pem = makeCrl(issuing, [{ serial: '0a', at: NOW, reason: 'unspecified' }], 1, NOW, days(7))
    const whole = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(edits, fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length))
        for (const [place, value] of changes) if (place < length) bytes[place] = value
        try {
          parseCrl(bytes)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DerError)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
