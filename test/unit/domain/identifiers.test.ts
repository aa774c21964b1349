import { describe, expect, it } from '@jest/globals'
import { bindingOf, parseBinding } from '../../../gateway/domain/binding.ts'
import {
  CLASSIFICATIONS,
  higherOf,
  isAtMost,
  isStateSecret,
  parseClassification,
  STATE_SECRETS,
} from '../../../gateway/domain/classification.ts'
import { digestOf, parseDigest } from '../../../gateway/domain/digest.ts'
import { parseExchangeId, parseRequestId } from '../../../gateway/domain/exchange-id.ts'
import { newLaneName, parseGatewayId, parseLaneName } from '../../../gateway/domain/gateway-id.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { parseAgreementId, parsePurpose } from '../../../gateway/domain/purpose.ts'
import { must, type Result } from '../../../gateway/domain/result.ts'
import { revisionNumber } from '../../../gateway/domain/revision-number.ts'
import { parseOperationName, parseServiceId, partsOf } from '../../../gateway/domain/service-id.ts'
import { parseSystemId, parseSystemSan, sanOf, unitOf } from '../../../gateway/domain/system-id.ts'
import { legacyUnitCode, parseLegacyUnitCode, parseUnitCode } from '../../../gateway/domain/unit-code.ts'

const name63 = `a${'b'.repeat(62)}`

/** What every parser refuses: text that a careless expression would let through. */
const NEVER = ['', ' ', 'a\n', '\na', 'G99.21\n', 'a\0', 'é', 'ａ']

interface Parser {
  readonly parse: (text: string) => Result<string>
  readonly good: readonly string[]
  readonly bad: readonly string[]
}

const parsers: Readonly<Record<string, Parser>> = {
  'unit code': {
    parse: parseUnitCode,
    // The longest has 35 characters.
    good: ['G99', 'A00', 'Y99.1', 'G99.21', 'G99.ABC.0', `G99${'.123'.repeat(8)}`],
    // Z is no first level; five letters; lower case; empty levels; four characters; too long.
    bad: [
      'Z99',
      'G9',
      'G999',
      'g99',
      'G99.',
      '.G99',
      'G99..1',
      'G99.1234',
      'G99.a',
      'G99 .1',
      `G99${'.123'.repeat(8)}.1`,
    ],
  },
  system: {
    parse: parseSystemId,
    good: ['G99.21/records', 'G99/a', `G99/${name63}`, 'G99/a-1'],
    bad: [
      'G99.21',
      'G99.21/',
      '/records',
      'G99.21/Records',
      'G99.21/1a',
      'G99.21/a/b',
      'G99.21/a_b',
      `G99/${name63}c`,
      'G99.21/records\n',
    ],
  },
  service: {
    parse: parseServiceId,
    good: ['G99.10/categories/v1', 'G99/a/v9999'],
    // Version 0, five digits, capital, minor version, leading zero.
    bad: [
      'G99.10/categories',
      'G99/a/v0',
      'G99/a/v10000',
      'G99/a/V1',
      'G99/a/v1.2',
      'G99/a/v01',
      'G99/a/v1/',
      'G99/A/v1',
      'x/a/v1',
      'G99/a/v1\n',
    ],
  },
  operation: {
    parse: parseOperationName,
    good: ['listProvinces', 'a', 'A-b_c9', 'a'.repeat(64)],
    bad: ['9a', '-a', 'a.b', 'a b', 'a'.repeat(65), 'a\n'],
  },
  'exchange id': {
    parse: parseExchangeId,
    good: ['01936b7e-4a2c-7def-8123-456789abcdef', '00000000-0000-7000-b000-000000000000'],
    // Version 4; variant 0; capitals; braces.
    bad: [
      '01936b7e-4a2c-4def-8123-456789abcdef',
      '01936b7e-4a2c-7def-0123-456789abcdef',
      '01936B7E-4A2C-7DEF-8123-456789ABCDEF',
      '{01936b7e-4a2c-7def-8123-456789abcdef}',
      '01936b7e-4a2c-7def-8123-456789abcdef\n',
    ],
  },
  'request id': {
    parse: parseRequestId,
    good: ['a', 'order:1/2', 'A+b=c@d.e_f-g', 'x'.repeat(128)],
    bad: ['x'.repeat(129), 'a b', 'a"b', 'a\r\nb', "a'b", 'a%b', 'a;b'],
  },
  binding: {
    parse: parseBinding,
    good: ['0'.repeat(64), 'abcdef0123456789'.repeat(4)],
    bad: ['0'.repeat(63), '0'.repeat(65), 'A'.repeat(64), `${'0'.repeat(64)}\n`],
  },
  digest: {
    parse: parseDigest,
    good: ['0'.repeat(64)],
    bad: ['0'.repeat(63), 'F'.repeat(64), `sha256:${'0'.repeat(64)}`, `${'0'.repeat(64)}\n`],
  },
  purpose: {
    parse: parsePurpose,
    good: ['reference-data', name63],
    bad: ['Reference', '1a', 'a_b', `${name63}c`, 'a\n'],
  },
  'agreement id': { parse: parseAgreementId, good: ['training-categories'], bad: ['Training', '-a', 'a.b', 'a\n'] },
  'gateway id': { parse: parseGatewayId, good: ['gateway-1'], bad: ['Gateway-1', 'gateway.1', 'a\n'] },
  officer: { parse: parseOfficerId, good: ['security-1'], bad: ['Security', '1', 'a b', 'a\n'] },
  lane: {
    parse: parseLaneName,
    good: ['control', 'gateway-1.0123456789abcdef'],
    // A path that climbs out of the folder of kept heads; 15 digits; capitals; a third part.
    bad: [
      '../control',
      'Control',
      'gateway-1',
      'gateway-1.0123456789abcde',
      'gateway-1.0123456789ABCDEF',
      'a.b.0123456789abcdef',
      'control\n',
    ],
  },
  classification: {
    parse: parseClassification,
    good: ['public', 'internal', 'restricted'],
    bad: ['Public', 'mat', 'secret', 'internal ', 'toString'],
  },
  'system SAN': {
    parse: parseSystemSan,
    good: ['urn:lienthong:system:G99.21/records'],
    bad: [
      'URN:lienthong:system:G99.21/records',
      'urn:lienthong:officer:security-1',
      'urn:lienthong:system:',
      'G99.21/records',
      'urn:lienthong:system:G99.21/records?',
    ],
  },
}

describe.each(Object.entries(parsers))('%s', (_, { parse, good, bad }) => {
  it.each(good.map(text => [text]))('reads %j', text => {
    expect(parse(text).ok).toBe(true)
  })
  it.each([...bad, ...NEVER].filter(text => !good.includes(text)).map(text => [text]))('refuses %j', text => {
    expect(parse(text).ok).toBe(false)
  })
  it('says why without repeating what it was given', () => {
    const read = parse('"NGUYEN VAN A 012345678901"')
    expect(JSON.stringify(read)).not.toContain('NGUYEN')
  })
})

describe('legacy unit codes (QCVN 102:2016/BTTTT)', () => {
  it.each([
    // legacy, present
    ['000.00.00.G99', 'G99'],
    ['000.00.21.G99', 'G99.21'],
    ['000.07.21.G99', 'G99.21.07'],
    ['123.07.21.G99', 'G99.21.07.123'],
    // Zeros between levels are no filler.
    ['001.00.00.G99', 'G99.00.00.001'],
  ])('%s is %s, both ways', (legacy, code) => {
    expect(must(parseLegacyUnitCode(legacy))).toBe(code)
    expect(legacyUnitCode(must(parseUnitCode(code)))).toBe(legacy)
  })

  it.each([
    ['00.21.G99', 'three levels'],
    ['000.000.00.21.G99', 'five levels'],
    ['0.0.21.G99', 'another spelling of 000.00.21.G99'],
    ['G99.21.00.000', 'the present order'],
    ['000.00.00.Z99', 'no first level'],
    ['000.00.21.G99\n', 'a line end'],
  ])('does not read %j: %s', text => {
    expect(parseLegacyUnitCode(text).ok).toBe(false)
  })

  it.each([
    ['G99.1', 'a level of one character'],
    ['G99.123', 'a second level of three'],
    ['G99.21.07.123.1', 'five levels'],
    ['G99.00', 'zeros that would read as filler, and so as another unit'],
  ])('%s has none: %s', code => {
    expect(legacyUnitCode(must(parseUnitCode(code)))).toBeNull()
  })
})

describe('parts and names', () => {
  it('takes a system, a service and a SAN apart and together', () => {
    const system = must(parseSystemId('G99.21/records'))
    expect(unitOf(system)).toBe('G99.21')
    expect(must(parseSystemSan(sanOf(system)))).toBe(system)
    expect(partsOf(must(parseServiceId('G99.10/categories/v1')))).toEqual({
      unit: 'G99.10',
      name: 'categories',
      version: 'v1',
    })
  })

  it('makes lane names that read back and differ', () => {
    const gateway = must(parseGatewayId('gateway-1'))
    const names = new Set(Array.from({ length: 100 }, () => newLaneName(gateway)))
    expect(names.size).toBe(100)
    for (const lane of names) expect(parseLaneName(lane).ok).toBe(true)
  })

  it('hashes bytes to what its own parsers read', () => {
    // FIPS 180-4: SHA-256 of nothing.
    const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect(digestOf('')).toBe(nothing)
    expect(must(parseBinding(bindingOf(new Uint8Array())))).toBe(nothing)
  })

  it('numbers revisions from 0', () => {
    expect([0, 1, Number.MAX_SAFE_INTEGER].every(value => revisionNumber(value).ok)).toBe(true)
    expect([-1, 0.5, Number.NaN, Infinity, 2 ** 53].some(value => revisionNumber(value).ok)).toBe(false)
  })

  it('throws from `must` only for an error', () => {
    expect(() => must({ ok: false, error: 'no' })).toThrow('no')
    expect(must({ ok: true, value: 1 })).toBe(1)
  })
})

describe('classification', () => {
  it('is one line from public to restricted', () => {
    CLASSIFICATIONS.forEach((a, i) =>
      CLASSIFICATIONS.forEach((b, j) => {
        expect(isAtMost(a, b)).toBe(i <= j)
        expect(higherOf(a, b)).toBe(CLASSIFICATIONS[Math.max(i, j)])
      }),
    )
  })

  it('knows the state-secret labels and gives them no rank', () => {
    for (const label of STATE_SECRETS) {
      expect(isStateSecret(label)).toBe(true)
      expect(parseClassification(label).ok).toBe(false)
    }
    expect(isStateSecret('internal')).toBe(false)
  })
})
