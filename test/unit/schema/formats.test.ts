import { describe, expect, it } from '@jest/globals'
import { BOUNDED_FORMATS, formats } from '../../../gateway/schema/formats.ts'

const isOf = (format: string, value: unknown): boolean => {
  const check = formats[format]
  if (typeof check === 'function') return check(value as never)
  if (typeof check === 'object' && 'validate' in check) return (check.validate as (value: unknown) => boolean)(value)
  throw new Error(format)
}

describe('formats', () => {
  it.each<[string, unknown, boolean]>([
    ['date', '2024-02-29', true],
    ['date', '2023-02-29', false],
    ['date', '2026-13-01', false],
    ['date', '2026-00-10', false],
    ['date', '2026-04-31', false],
    ['date', '2026-04-30\n', false],
    ['date', '26-04-30', false],
    ['time', '23:59:60Z', true],
    ['time', '06:59:60+07:00', true],
    ['time', '12:00:60Z', false],
    ['time', '12:00:00.123+07:00', true],
    // RFC 3339 section 5.6: the zone has minutes, and is there.
    ['time', '12:00:00+07', false],
    ['time', '12:00:00', false],
    ['time', '24:00:00Z', false],
    ['date-time', '2026-11-22T08:00:00+07:00', true],
    ['date-time', '2026-11-22 08:00:00+07:00', false],
    ['date-time', '2026-11-22T08:00:00', false],
    ['duration', 'P90D', true],
    ['duration', 'P1Y2M3DT4H5M6S', true],
    ['duration', 'P2W', true],
    ['duration', 'P', false],
    ['duration', 'P1DT', false],
    ['duration', 'P1Y2D', false],
    ['uuid', '0193536e-7b3c-7d6c-8f7e-0a1b2c3d4e5f', true],
    ['uuid', 'urn:uuid:0193536e-7b3c-7d6c-8f7e-0a1b2c3d4e5f', false],
    ['email', 'an.nguyen+x@g99.example', true],
    ['email', 'an..nguyen@g99.example', false],
    ['email', '@g99.example', false],
    ['email', 'an@-g99.example', false],
    ['email', `${'a'.repeat(65)}@b.example`, false],
    ['hostname', 'a.b-c.example', true],
    ['hostname', 'a..b', false],
    ['hostname', `${'a'.repeat(64)}.b`, false],
    ['hostname', `${'a.'.repeat(126)}a`, true],
    ['hostname', `${'a.'.repeat(127)}a`, false],
    ['email', `a@${'a.'.repeat(126)}a`, false],
    ['ipv4', '192.0.2.255', true],
    ['ipv4', '192.0.2.256', false],
    ['ipv4', '192.0.02.1', false],
    ['ipv4', '192.0.2', false],
    ['ipv4', '192.0.2.1.', false],
    ['ipv6', '2001:db8::1', true],
    ['ipv6', '::', true],
    ['ipv6', '::ffff:192.0.2.1', true],
    ['ipv6', '1:2:3:4:5:6:7:8', true],
    ['ipv6', '1:2:3:4:5:6:7', false],
    ['ipv6', '1::2::3', false],
    ['ipv6', '1:2:3:4:5:6:7::8', false],
    ['ipv6', ':1::2', false],
    ['ipv6', '192.0.2.1', false],
    ['uri', 'https://user@g99.example:8443/a/b?c=%20#d', true],
    ['uri', 'urn:lienthong:system:G99.21/records', true],
    ['uri', 'https://[2001:db8::1]/', true],
    ['uri', 'https://[zz]/', false],
    ['uri', '/relative', false],
    ['uri', 'https://a b', false],
    ['uri', 'https://a/%2', false],
    ['uri', `https://${'a'.repeat(2048)}`, false],
    ['uri-reference', '/relative?x', true],
    ['uri-reference', '1a:b', false],
    ['json-pointer', '/a~0/b~1', true],
    ['json-pointer', '/a~2', false],
    ['json-pointer', 'a', false],
    ['byte', 'QUJD', true],
    ['byte', 'QUI=', true],
    ['byte', 'QU=J', false],
    // One good line among bad ones.
    ['byte', '!!!\nQUJD', false],
    ['int32', 2147483647, true],
    ['int32', 2147483648, false],
    ['int32', -2147483648, true],
    ['int32', -2147483649, false],
    ['int32', 1.5, false],
    ['int64', 9007199254740991, true],
  ])('%s %j: %s', (format, value, expected) => {
    expect(isOf(format, value)).toBe(expected)
  })

  it('are checked in linear time', () => {
    const texts = ['a', '1', '0:', '::', '%41', '/a', 'a.', 'a-', '1.', '[', 'P1', '~0', 'A='].map(part =>
      part.repeat(100_000),
    )
    const start = performance.now()
    for (const [name, check] of Object.entries(formats))
      if (typeof check === 'function')
        for (const text of texts) for (const end of ['', '!', '@']) isOf(name, text + end)
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('that count as bounded refuse long texts', () => {
    for (const name of BOUNDED_FORMATS)
      for (const text of ['a', '1', 'a.', 'a:', '/a']) expect(isOf(name, text.repeat(5000))).toBe(false)
  })
})
