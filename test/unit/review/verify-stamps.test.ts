import { beforeAll, describe, expect, it } from '@jest/globals'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { CONTROL_LANE } from '../../../gateway/domain/gateway-id.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { publicKeyOf } from '../../../gateway/log/note-key.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { type DevelopmentAuthority, makeDevelopmentAuthority } from '../../../gateway/pki/timestamp-authority.ts'
import { itemsOf, readDer, wholeOf } from '../../../gateway/pki/timestamp-der.ts'
import { makeStampResponse } from '../../../gateway/pki/timestamp-issue.ts'
import type { LogReader, ReviewedStamp } from '../../../gateway/review/ports.ts'
import { reviewStamps } from '../../../gateway/review/verify-stamps.ts'

const NOW = new Date()
const days = (count: number): Date => new Date(NOW.getTime() + count * 86_400_000)
const own = ed25519Signer(originOf(CONTROL_LANE), generateKeyPairSync('ed25519').privateKey)
const foreign = ed25519Signer(originOf(CONTROL_LANE), generateKeyPairSync('ed25519').privateKey)
const root = Buffer.alloc(32, 7)
const note = makeCheckpoint(CONTROL_LANE, 12, root, own)

let authority: DevelopmentAuthority
let other: DevelopmentAuthority
beforeAll(async () => {
  authority = await makeDevelopmentAuthority(days(-1), days(1))
  other = await makeDevelopmentAuthority(days(-1), days(1))
})

function stampOf(checkpoint: string, by = authority): ReviewedStamp {
  const digest = createHash('sha256').update(checkpoint).digest()
  const response = makeStampResponse({ digest, nonce: '01' }, { ...by, at: NOW, serial: '05' })
  const token = wholeOf(itemsOf(readDer(response))[1] as never)
  return { authority: 'tsa', size: 12, root, checkpoint, token }
}

const genesis = (certificates: readonly string[]) =>
  JSON.stringify({ document: { timeAuthorities: [{ name: 'tsa', certificates }] } })
const change = (certificates: readonly string[]) =>
  JSON.stringify({
    change: { text: { edits: [{ kind: 'time-authority', id: 'tsa', value: { name: 'tsa', certificates } }] } },
  })

async function review(stamps: readonly ReviewedStamp[], revisions: readonly string[]) {
  const reader = {
    async *timestamps() {
      yield* stamps
    },
    async *revisions() {
      for (const [number, content] of revisions.entries()) yield { number, digest: '', previous: null, content }
    },
  } as unknown as LogReader
  return reviewStamps(reader, () => publicKeyOf(own.publicKey))
}

describe('stored time stamps', () => {
  it('name heads that the control lane has to have passed through', async () => {
    const { findings, named } = await review([stampOf(note)], [genesis([authority.root])])
    expect(findings).toEqual([])
    expect(named).toEqual([{ size: 12, root, where: 'time stamp of tsa over 12 records' }])
  })

  it('hold under certificates that were registered then, although the authority has others now', async () => {
    const { findings } = await review([stampOf(note)], [genesis([authority.root]), change([other.root])])
    expect(findings).toEqual([])
    expect((await review([stampOf(note, other)], [genesis([authority.root]), change([other.root])])).findings).toEqual(
      [],
    )
  })

  /** One thing wrong each. */
  const WRONG: readonly (readonly [string, () => ReviewedStamp, () => string, RegExp])[] = [
    [
      'a checkpoint of another key',
      () => stampOf(makeCheckpoint(CONTROL_LANE, 12, root, foreign)),
      () => genesis([authority.root]),
      /not signed/,
    ],
    [
      'another size in the row',
      () => ({ ...stampOf(note), size: 13 }),
      () => genesis([authority.root]),
      /another than its row/,
    ],
    [
      'another root in the row',
      () => ({ ...stampOf(note), root: Buffer.alloc(32) }),
      () => genesis([authority.root]),
      /another than its row/,
    ],
    [
      'a token over another checkpoint',
      () => ({ ...stampOf(note), token: stampOf(makeCheckpoint(CONTROL_LANE, 11, root, own)).token }),
      () => genesis([authority.root]),
      /something else/,
    ],
    ['a token of somebody else', () => stampOf(note, other), () => genesis([authority.root]), /does not lead/],
    [
      'an authority that nobody registered',
      () => ({ ...stampOf(note), authority: 'unknown' }),
      () => genesis([authority.root]),
      /no revision/,
    ],
  ]
  it.each(WRONG)('%s is found, and vouches for nothing', async (_what, stamp, revision, why) => {
    const { findings, named } = await review([stamp()], [revision()])
    expect(named).toEqual([])
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ kind: 'timestamp-invalid', lane: CONTROL_LANE })
    expect(findings[0]?.detail).toMatch(why)
  })
})
