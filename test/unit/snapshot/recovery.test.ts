import { describe, expect, it } from '@jest/globals'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { Officer } from '../../../gateway/configuration/objects.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { signApproval } from '../../../gateway/identity/approval.ts'
import { bindingOfKey } from '../../../gateway/pki/keys.ts'
import { judgeRecovery, parseConflict, parseRecovery, type Recovery } from '../../../gateway/snapshot/recovery.ts'
import { signRecovery } from '../../../gateway/snapshot/sign-recovery.ts'

const genesis = digestOf('genesis')
const held = { size: 120, root: null }
const recovery: Recovery = {
  v: 1,
  purpose: 'lienthong-recovery',
  genesis,
  conflicts: [{ id: digestOf('conflict'), witness: 'w.example', kind: 'behind', held, seenAt: '2026-11-22T00:00:00Z' }],
  goesOnFrom: { size: 80, root: 'AAAA' },
  why: 'a disk was lost',
  at: '2026-11-22T00:00:00.000000Z',
}
const text = JSON.stringify(recovery)
const id = digestOf(text)

const keys = ['a', 'b', 'c', 'd'].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
const idOf = (n: number) => must(parseOfficerId(`officer-${n}`))
const officer = (n: number, change: Partial<Officer> = {}): Officer =>
  ({
    id: idOf(n),
    key: bindingOfKey(createPublicKey(keys[n] as (typeof keys)[0])),
    roles: ['security-officer'],
    units: [],
    authenticators: [],
    disabled: false,
    ...change,
  }) as unknown as Officer
const officers = [officer(0), officer(1), officer(2, { roles: ['auditor'] }), officer(3, { disabled: true })]
const by = (n: number) => signRecovery(id, idOf(n), keys[n] as (typeof keys)[0])

describe('a recovery', () => {
  it('holds by the word of two security officers', () => {
    const judged = must(judgeRecovery(text, [by(1), by(0)], genesis, officers))
    expect([judged.id, judged.officers, judged.signatures.length]).toEqual([id, [idOf(0), idOf(1)], 2])
  })

  it.each([
    ['one', text, [by(0)], genesis],
    ['the same twice', text, [by(0), by(0)], genesis],
    ['an auditor as the second', text, [by(0), by(2)], genesis],
    ['a disabled one as the second', text, [by(0), by(3)], genesis],
    ['nobody', text, [], genesis],
    ['two, over another text', text.replace('80', '81'), [by(0), by(1)], genesis],
    ['two, of another installation', text, [by(0), by(1)], digestOf('another')],
    [
      'two, who approved a change with this digest',
      text,
      [0, 1].map(n => signApproval(idOf(n), id, keys[n] as (typeof keys)[0])),
      genesis,
    ],
    ['two, over no recovery', '{}', [by(0), by(1)], genesis],
  ])('does not hold by the word of %s', (_what, signed, signatures, installation) => {
    expect(judgeRecovery(signed, signatures, installation, officers).ok).toBe(false)
  })

  it('cannot be spoilt by a signature that does not hold', () => {
    expect(judgeRecovery(text, ['x', by(3), by(0), 'a.b.c', by(1)], genesis, officers).ok).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['too much', JSON.stringify({ ...recovery, why: 'x'.repeat(20_000) })],
    ['no conflict', JSON.stringify({ ...recovery, conflicts: [] })],
    ['another purpose', JSON.stringify({ ...recovery, purpose: 'x' })],
    ['a size that is none', JSON.stringify({ ...recovery, goesOnFrom: { size: 1.5, root: '' } })],
    ['null', 'null'],
  ])('is not read from %s', (_what, given) => {
    expect([parseRecovery(given).ok, parseConflict(given).ok]).toEqual([false, false])
  })
})
