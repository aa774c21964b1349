import { describe, expect, it } from '@jest/globals'
import { bytesOfBits, DerReader, dotted, millisOfTime } from '../../../../gateway/edge/revocation/der-reader.ts'

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const time = (tag: '17' | '18', text: string): number => {
  const reader = new DerReader(
    bytes(`${tag}${text.length.toString(16).padStart(2, '0')}${Buffer.from(text).toString('hex')}`),
  )
  return millisOfTime(reader, reader.next())
}

describe('the reader of DER', () => {
  it('walks over values and into them', () => {
    const reader = new DerReader(bytes('30 06 02 01 05 04 01 ff'))
    const inside = reader.inside(reader.next(0x30))
    expect([...inside.content(inside.next(0x02))]).toEqual([5])
    expect(inside.more).toBe(true)
    expect([...inside.whole(inside.next())]).toEqual([4, 1, 255])
    expect([inside.more, inside.peek]).toEqual([false, -1])
  })

  it.each([
    ['nothing', '', /too early/],
    ['a tag alone', '30', /too early/],
    ['an end before the end', '04 05 01', /beyond the end/],
    ['a length that is not definite', '30 80 00 00', /not definite/],
    ['a length of five octets', '04 85 00 00 00 00 01 00', /not definite/],
    ['a long length where the short form does', '04 81 01 00', /not the shortest/],
    ['a length with a zero in front', `04 82 00 80 ${'00'.repeat(128)}`, /not the shortest/],
    ['a tag of several bytes', '1f 81 01 00', /several bytes/],
  ])('refuses %s', (_, hex, why) => {
    expect(() => new DerReader(bytes(hex)).next()).toThrow(why)
  })

  it('refuses another tag than the one that has to be there, and what is left over', () => {
    expect(() => new DerReader(bytes('02 01 05')).next(0x04)).toThrow(/tag 2 in the place of 4/)
    const reader = new DerReader(bytes('02 01 05 00'))
    reader.next()
    expect(() => reader.finish()).toThrow(/behind the end/)
  })

  it('reads times of this century and the last, to the second, in UTC', () => {
    expect(time('17', '261122010203Z')).toBe(Date.UTC(2026, 10, 22, 1, 2, 3))
    expect(time('17', '991231235959Z')).toBe(Date.UTC(1999, 11, 31, 23, 59, 59))
    expect(time('18', '20500101000000Z')).toBe(Date.UTC(2050, 0, 1))
  })

  it.each([
    ['17', '2611220102Z'],
    ['17', '261122010203+0700'],
    ['18', '20261122010203.5Z'],
    ['18', '20260230000000Z'],
    ['17', '261122250000Z'],
  ] as const)('refuses the time %s %s', (tag, text) => {
    expect(() => time(tag, text)).toThrow()
  })

  it('writes object identifiers with dots', () => {
    expect(dotted(bytes('2a 86 48 ce 3d 04 03 02'))).toBe('1.2.840.10045.4.3.2')
    expect(dotted(bytes('55 1d 14'))).toBe('2.5.29.20')
    expect(dotted(bytes('88 37'))).toBe('2.999')
    expect(() => dotted(bytes('ff ff ff ff ff ff ff ff 7f'))).toThrow(/too large/)
  })

  it('refuses a bit string of broken bytes', () => {
    expect(() => bytesOfBits(bytes('03 a8'))).toThrow()
    expect([...bytesOfBits(bytes('00 a8'))]).toEqual([0xa8])
  })
})
