import { describe, expect, it } from '@jest/globals'
import { digestOf } from '../../../gateway/domain/digest.ts'
import type { LaneName } from '../../../gateway/domain/gateway-id.ts'
import { GENESIS } from '../../../gateway/domain/revision-number.ts'
import { type ControlEvent, controlLeaf } from '../../../gateway/record/control-record.ts'
import { ControlClaims } from '../../../gateway/review/read-control-lane.ts'
import { AT, controlWriter, LANE } from '../record/facts.ts'

const KEY = digestOf('key')
const head = (size: number, root = digestOf('root')) => ({ lane: LANE, size, root })
const leaf = (event: ControlEvent) => controlLeaf(AT, event, controlWriter)
const claimsOf = (...leaves: readonly Uint8Array[]) => {
  const claims = new ControlClaims()
  leaves.forEach((each, i) => claims.take(i, each))
  return claims
}

describe('what the control lane claims', () => {
  it('is the key of each lane, the first one named', () => {
    const opened = (publicKey: string) =>
      leaf({ kind: 'lane', event: 'opened', opened: LANE, publicKey, openedBy: 'gateway-1' })
    expect([...claimsOf(opened(KEY), opened(digestOf('another'))).keys]).toEqual([[LANE, KEY]])
  })

  it('is every head named, and where', () => {
    const claims = claimsOf(
      leaf({ kind: 'heads', heads: [head(3)] }),
      leaf({ kind: 'lane', event: 'sealed', head: head(5), why: 'ended', unresolved: 0 }),
    )
    expect(claims.headsOf(LANE).map(({ size, where }) => [size, where])).toEqual([
      [3, 'control lane, record 0'],
      [5, 'control lane, record 1'],
    ])
    expect(claims.headsOf('control' as LaneName)).toEqual([])
  })

  it('is nothing of a lane that was found damaged', () => {
    const sealed = leaf({ kind: 'lane', event: 'sealed', head: head(5), why: 'damaged', unresolved: 0 })
    expect(claimsOf(sealed).headsOf(LANE)).toEqual([])
  })

  it('is the digest of each revision', () => {
    const revision = leaf({ kind: 'revision', number: GENESIS, digest: KEY, previous: null, officers: [] })
    expect([...claimsOf(revision).revisions]).toEqual([[0, KEY]])
  })

  // Taken before it is proven: whoever holds the database may have written it.
  const unspeakable = { toString: 1, valueOf: 1 }
  it.each<[string, object]>([
    ['heads that are no list', { kind: 'heads', heads: 7 }],
    ['a head that is null', { kind: 'heads', heads: [null] }],
    ['a head that is a text', { kind: 'heads', heads: ['x'] }],
    ['a lane that cannot be made a text', { kind: 'heads', heads: [{ lane: unspeakable, size: 1, root: KEY }] }],
    ['a lane that climbs', { kind: 'heads', heads: [{ lane: '../control', size: 1, root: KEY }] }],
    ['a size that is a text', { kind: 'heads', heads: [{ lane: LANE, size: '1', root: KEY }] }],
    ['a seal whose head is null', { kind: 'lane', event: 'sealed', head: null }],
    ['a key of another length', { kind: 'lane', event: 'opened', opened: LANE, publicKey: 'abcd' }],
    ['a key that is no hex', { kind: 'lane', event: 'opened', opened: LANE, publicKey: 'x'.repeat(64) }],
    ['a revision without a number', { kind: 'revision', digest: KEY }],
  ])('takes nothing from %s', (_, fields) => {
    const at = '2026-11-22T01:02:03.000004Z'
    const claims = claimsOf(Buffer.from(JSON.stringify({ v: 1, at, ...fields })), Buffer.from('no record'))
    expect([claims.keys.size, claims.revisions.size, claims.headsOf(LANE).length]).toEqual([0, 0, 0])
  })
})
