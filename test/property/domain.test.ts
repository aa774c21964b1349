import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseCanonicalTarget } from '../../gateway/domain/canonical-path.ts'
import { formatInstant, instant, parseInstant } from '../../gateway/domain/instant.ts'
import { must } from '../../gateway/domain/result.ts'
import { parseSystemId } from '../../gateway/domain/system-id.ts'
import { legacyUnitCode, parseLegacyUnitCode, parseUnitCode } from '../../gateway/domain/unit-code.ts'

const level = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0000019AZ'), minLength: length, maxLength: length })
const unitCode = fc
  .tuple(fc.constantFrom('G99', 'A00', 'Y12'), fc.array(fc.integer({ min: 1, max: 3 }).chain(level), { maxLength: 4 }))
  .map(([first, lower]) => must(parseUnitCode([first, ...lower].join('.'))))
const legacyCode = fc.tuple(level(3), level(2), level(2), fc.constantFrom('G99', 'A00')).map(levels => levels.join('.'))

describe('unit codes', () => {
  it('read back from their legacy form where they have one', () => {
    fc.assert(
      fc.property(unitCode, code => {
        const legacy = legacyUnitCode(code)
        if (legacy !== null) expect(must(parseLegacyUnitCode(legacy))).toBe(code)
      }),
      { numRuns: 2000 },
    )
  })

  it('read from a legacy form are written like it again: no two legacy forms are one unit', () => {
    fc.assert(
      fc.property(legacyCode, legacy => {
        expect(legacyUnitCode(must(parseLegacyUnitCode(legacy)))).toBe(legacy)
      }),
      { numRuns: 2000 },
    )
  })
})

/** The one spelling of a segment: RFC 3986 section 3.3 pchar as they are, every other byte of its UTF-8 as an escape in capitals. */
const respell = (text: string): string =>
  [...Buffer.from(text)]
    .map(byte => String.fromCharCode(byte))
    .map(c => (/[A-Za-z0-9._~!$&'()*+,;=:@-]/.test(c) ? c : `%${hex(c)}`))
    .join('')
const hex = (c: string): string => c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')

/** Pieces that hostile paths are made of, and plain ones. */
const piece = fc.oneof(
  fc.constantFrom('a', 'Z', '9', '.', '..', '/', '\\', '~', ':', '@', ';', '+', '%', '%2', ' ', 'à', '#'),
  fc.integer({ min: 0, max: 255 }).map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`),
  fc.integer({ min: 0, max: 255 }).map(byte => `%${byte.toString(16).padStart(2, '0')}`),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }).map(encodeURIComponent),
)
const path = fc.array(piece, { minLength: 1, maxLength: 6 }).map(pieces => `/${pieces.join('')}`)

describe('a path that is accepted', () => {
  it('has one spelling: decoded and encoded again it is the same bytes', () => {
    let accepted = 0
    fc.assert(
      fc.property(path, raw => {
        const target = parseCanonicalTarget(raw)
        if (!target.ok) return
        accepted++
        const { segments, query } = target.value
        const again = `/${segments.map(decodeURIComponent).map(respell).join('/')}`
        expect(query === null ? again : `${again}?${query}`).toBe(raw)
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(300)
  })

  it('is never climbed, cut or controlled by what its segments decode to', () => {
    fc.assert(
      fc.property(path, raw => {
        const target = parseCanonicalTarget(raw)
        if (!target.ok) return
        for (const text of target.value.segments.map(decodeURIComponent)) {
          expect(['', '.', '..']).not.toContain(text)
          expect(text).not.toMatch(/[/\\\u0000-\u001f\u007f]/)
          expect(text).not.toMatch(/%[0-9A-Fa-f]{2}/)
        }
      }),
      { numRuns: 5000 },
    )
  })
})

describe('instants', () => {
  it('are the same after writing and reading', () => {
    // To the year 2255: exact in a double.
    const micros = fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 1 })
    fc.assert(
      fc.property(micros, value => {
        expect(must(parseInstant(formatInstant(instant(value))))).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('identifiers', () => {
  it('are read whole or not at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'G9.1/a-Z \n'), maxLength: 12 }), text => {
        const read = parseSystemId(text)
        if (read.ok) expect(text).toMatch(/^[A-Y]\d\d(\.[0-9A-Z]{1,3})*\/[a-z][a-z0-9-]*$/)
      }),
      { numRuns: 3000 },
    )
  })
})
