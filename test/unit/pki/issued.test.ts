import { describe, expect, it } from '@jest/globals'
import { type IndexLine, lineText, readIndex, wholeLength } from '../../../gateway/pki/issued.ts'

const AT = '2026-11-22T01:02:03.000Z'
const issue = (serial: string): IndexLine => ({
  v: 1,
  event: 'issue',
  at: AT,
  serial,
  by: 'issuing',
  kind: 'system',
  id: 'G99.21/records',
  key: 'a'.repeat(64) as never,
  keyType: 'p256',
  from: AT,
  until: AT,
  hosts: [],
  crlUrl: null,
  ocspUrl: null,
})
const revoke = (serial: string, reason = 'superseded'): IndexLine =>
  ({ v: 1, event: 'revoke', at: AT, serial, reason }) as IndexLine
const crl = (by: 'root' | 'issuing', number: number): IndexLine => ({ v: 1, event: 'crl', at: AT, by, number })
const text = (...lines: IndexLine[]): string => lines.map(lineText).join('')

describe('the index of an authority', () => {
  it('adds up to what was issued, what is revoked, and the highest numbers', () => {
    const read = readIndex(
      text(issue('a1'), issue('b2'), crl('issuing', 1), revoke('a1'), crl('issuing', 2), crl('root', 9)),
    )
    if (!read.ok) throw new Error(read.error)
    expect([...read.value.issued.keys()]).toEqual(['a1', 'b2'])
    expect([...read.value.revoked.values()]).toEqual([{ serial: 'a1', at: new Date(AT), reason: 'superseded' }])
    expect(read.value.crlNumber).toEqual({ root: 9, issuing: 2 })
  })

  it('keeps the first revocation of two, and the highest number whatever the order', () => {
    const read = readIndex(
      text(issue('a1'), revoke('a1', 'keyCompromise'), revoke('a1'), crl('root', 5), crl('root', 3)),
    )
    expect(read.ok && read.value.revoked.get('a1')?.reason).toBe('keyCompromise')
    expect(read.ok && read.value.crlNumber.root).toBe(5)
  })

  it('does not count the line that a crash cut off, at any byte', () => {
    const whole = text(issue('a1'))
    const more = lineText(issue('b2'))
    for (let cut = 0; cut < more.length; cut++) {
      const torn = whole + more.slice(0, cut)
      const read = readIndex(torn)
      expect(read.ok && [...read.value.issued.keys()]).toEqual(['a1'])
      expect(wholeLength(torn)).toBe(whole.length)
    }
  })

  it.each([
    ['text', 'hello\n'],
    ['an empty line', '\n'],
    ['another version', lineText({ ...issue('a1'), v: 2 } as never)],
    ['another event', lineText({ ...crl('root', 1), event: 'forget' } as never)],
    ['no serial', lineText({ ...issue('a1'), serial: 'xyz' } as never)],
    ['no key', lineText({ ...issue('a1'), key: 'abc' } as never)],
    ['no time', lineText({ ...issue('a1'), until: 'never' } as never)],
    ['another authority', lineText({ ...crl('root', 1), by: 'third' } as never)],
    ['a reason that is none', lineText(revoke('a1', 'whim'))],
  ])('is refused with a line of %s, which is named', (_what, damaged) => {
    const read = readIndex(text(issue('a1')) + damaged + text(issue('b2')))
    expect(read.ok ? 'read' : read.error).toContain('line 2')
  })

  it('is refused where it revokes what was never issued', () => {
    const read = readIndex(text(revoke('a1')))
    expect(read.ok ? 'read' : read.error).toContain('never issued')
  })
})
