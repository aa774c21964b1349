import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { checkContentDigest, contentDigest } from '../../gateway/exchange/check-content-digest.ts'
import { readHeaders } from '../../gateway/exchange/read-headers.ts'
import { readMediaType } from '../../gateway/exchange/read-media-type.ts'

const name = fc.constantFrom(
  ...['Exchange-Purpose', 'Request-Id', 'Exchange-Mode', 'Data-Classification', 'Idempotency-Key', 'If-Match'],
)
/** Long enough that no word of ours can be the same by chance. */
const value = fc.string({ unit: 'binary-ascii', minLength: 8, maxLength: 300 })

describe('request headers', () => {
  it('that are refused are never repeated, and those passed on are one line', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 3 }), pairs => {
        const read = readHeaders(pairs.flat())
        if (read.ok) for (const text of read.value.passedOn) expect(text).toMatch(/^[\x20-\x7e]+$/)
        else for (const [, text] of pairs) expect(read.error).not.toContain(text)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('Content-Digest', () => {
  it('holds for the body it was made of, and for no other', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(checkContentDigest(contentDigest(a), a)).toBe('holds')
        const same = Buffer.compare(a, b) === 0
        expect(checkContentDigest(contentDigest(a), b)).toBe(same ? 'holds' : 'differs')
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws', () => {
    const text = fc.string({ unit: fc.constantFrom('sha-256=:', ':', ',', 'A', '=', '/', ' '), maxLength: 12 })
    fc.assert(
      fc.property(text, header => void checkContentDigest(header, new Uint8Array())),
      { numRuns: 2000 },
    )
  })
})

describe('a media type', () => {
  it('is one spelling in small letters, or none', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'J', '/', ';', ' ', '=', '"', '+', 'charset', 'utf-8'),
      maxLength: 10,
    })
    fc.assert(
      fc.property(text, header => {
        const type = readMediaType(header)
        if (type === null) return
        expect(type).toMatch(/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/)
        expect(readMediaType(type)).toBe(type)
      }),
      { numRuns: 3000 },
    )
  })
})
