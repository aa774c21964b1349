import { describe, expect, it } from '@jest/globals'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CONTROL_LANE } from '../../../gateway/domain/gateway-id.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { Frontier } from '../../../gateway/log/frontier.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import { rawPublicKey } from '../../../gateway/log/note-key.ts'
import { ed25519Signer, type Signer } from '../../../gateway/log/signed-note.ts'
import { type ControlEvent, controlLeaf } from '../../../gateway/record/control-record.ts'
import type { LogReader } from '../../../gateway/review/ports.ts'
import { type LogFinding, verifyLog } from '../../../gateway/review/verify-log.ts'
import { AT, controlWriter } from '../record/facts.ts'

interface Key {
  readonly publicKey: KeyObject
  readonly signer: Signer
}

const newKey = (): Key => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return { publicKey, signer: ed25519Signer(originOf(CONTROL_LANE), privateKey) }
}
/** The lane's keys in order, and one that somebody made who has the database and none of ours. */
const [K1, K2, K3, EVIL] = [newKey(), newKey(), newKey(), newKey()]

type Leaves = readonly Uint8Array[]

const leaf = (event: ControlEvent): Uint8Array => controlLeaf(AT, event, controlWriter)
const said = { place: 'file', algorithm: 'Ed25519', use: 'control-lane', kind: 'key' } as const
const hex = ({ publicKey }: Key): string => Buffer.from(rawPublicKey(publicKey)).toString('hex')
const named = (key: Key): Uint8Array => leaf({ ...said, event: 'registered', key: hex(key) })
const taken = (key: Key, checkpoint: string): Uint8Array =>
  leaf({ ...said, event: 'activated', key: hex(key), checkpoint })
const other = (n = 0): Uint8Array => leaf({ kind: 'system', event: 'started', detail: `lienthong ${n}` })

const rootOf = (leaves: Leaves): Uint8Array => Frontier.EMPTY.append(leaves.map(hashLeaf)).frontier.root
/** What a key says of these leaves. */
const headBy = (key: Key, leaves: Leaves): string =>
  makeCheckpoint(CONTROL_LANE, leaves.length, rootOf(leaves), key.signer)
const handOver = (leaves: Leaves, from: Key, to: Key): Leaves => [...leaves, taken(to, headBy(from, leaves))]

async function findings(leaves: Leaves, head: string, pin: Key, kept?: string): Promise<readonly string[]> {
  const size = Number(head.split('\n')[1])
  const lane = {
    name: CONTROL_LANE,
    kind: 'control',
    state: 'open',
    publicKey: rawPublicKey(K1.publicKey),
    size,
    root: rootOf(leaves.slice(0, size)),
    checkpoint: head,
    followed: 0,
  } as const
  const reader: LogReader = {
    lanes: async () => [lane],
    async *leaves() {
      yield leaves.map((bytes, index) => ({ index, leaf: bytes }))
    },
    readTile: async () => null,
    searchRows: async () => new Map(),
    async *revisions() {},
    async *timestamps() {},
  }
  const keptHeads = new Map(kept === undefined ? [] : [[CONTROL_LANE, kept]])
  const found: LogFinding[] = []
  for await (const finding of verifyLog({ reader, controlKey: pin.publicKey, kept: keptHeads })) found.push(finding)
  return found.map(({ kind }) => kind)
}

/** K1 begins, names K2, hands over at 4; K2 names K3 and hands over at 7. */
const beginning: Leaves = [named(K1), other(1), named(K2), other(2)]
const second: Leaves = [...handOver(beginning, K1, K2), other(3), named(K3)]
const honest: Leaves = [...handOver(second, K2, K3), other(4)]

describe('a control lane that was handed over', () => {
  it.each([
    ['the first key', K1],
    ['a key in between', K2],
    ['the present key', K3],
  ])('verifies from %s', async (_, pin) => {
    expect(await findings(honest, headBy(K3, honest), pin)).toEqual([])
  })

  it.each([
    ['no hand-over yet, the new key only named', beginning, K1, K1],
    ['right at the first hand-over', second.slice(0, 5), K2, K1],
  ])('verifies: %s', async (_, leaves, signer, pin) => {
    expect(await findings(leaves, headBy(signer, leaves), pin)).toEqual([])
  })

  it('takes a kept head of the old key from before, and of the new one from behind', async () => {
    const head = headBy(K3, honest)
    expect(await findings(honest, head, K1, headBy(K1, honest.slice(0, 3)))).toEqual([])
    expect(await findings(honest, head, K1, headBy(K2, honest.slice(0, 6)))).toEqual([])
    // At the hand-over itself: the old key's last word is its own.
    expect(await findings(honest, head, K1, headBy(K1, honest.slice(0, 4)))).toEqual([])
    expect(await findings(honest, head, K1, headBy(K2, honest.slice(0, 4)))).toEqual(['unsigned-head'])
    expect(await findings(honest, head, K1, headBy(K1, honest.slice(0, 6)))).toEqual(['unsigned-head'])
  })
})

const genuine: Leaves = [named(K1), other(1), other(2)]

/** What somebody may try, what it takes, and what it is found by. */
describe('nobody else takes the control lane over', () => {
  it.each<[string, () => { leaves: Leaves; head: string; pin?: Key; kept?: string }, string]>([
    [
      'the old key, stolen, signs behind its hand-over',
      () => ({ leaves: second, head: headBy(K1, second) }),
      'unsigned-head',
    ],
    [
      'the same against a verifier who knows the new key',
      () => ({ leaves: second, head: headBy(K1, second), pin: K2 }),
      'unsigned-head',
    ],
    [
      'the new key signs before it was handed the lane',
      () => ({ leaves: beginning, head: headBy(K2, beginning) }),
      'unsigned-head',
    ],
    [
      // A genuine last checkpoint is public; the key was never named.
      'a key that the old one has not named',
      () => {
        const leaves = handOver(genuine, K1, EVIL)
        return { leaves, head: headBy(EVIL, leaves) }
      },
      'key-history',
    ],
    [
      'a key named behind the last word of the old one',
      () => {
        const leaves = [...genuine, named(EVIL), taken(EVIL, headBy(K1, genuine))]
        return { leaves, head: headBy(EVIL, leaves) }
      },
      'key-history',
    ],
    [
      // Everything fits but the root: the old key has vouched for other leaves.
      'a key named in the place of a genuine record',
      () => {
        const leaves = [named(K1), named(EVIL), other(2), taken(EVIL, headBy(K1, genuine))]
        return { leaves, head: headBy(EVIL, leaves) }
      },
      'fork-of-named',
    ],
    [
      'a key that vouches for itself',
      () => {
        const leaves = handOver([...genuine, named(EVIL)], EVIL, EVIL)
        return { leaves, head: headBy(EVIL, leaves) }
      },
      'key-history',
    ],
    [
      'a last word about fewer records',
      () => {
        const leaves = [...beginning, taken(K2, headBy(K1, beginning.slice(0, 3)))]
        return { leaves, head: headBy(K2, leaves) }
      },
      'key-history',
    ],
    [
      'no last word at all',
      () => {
        const leaves = [...beginning, leaf({ ...said, event: 'activated', key: hex(K2) })]
        return { leaves, head: headBy(K2, leaves) }
      },
      'key-history',
    ],
    [
      'back to a key that was left behind',
      () => {
        const leaves = handOver(second, K2, K1)
        return { leaves, head: headBy(K1, leaves) }
      },
      'key-history',
    ],
    [
      'the hand-over cut off, and the stolen old key goes on: the kept head tells',
      () => {
        const leaves = [...beginning, other(9)]
        return { leaves, head: headBy(K1, leaves), kept: headBy(K2, second) }
      },
      'unsigned-head',
    ],
    [
      'the same against a verifier who knows the new key, without kept heads',
      () => {
        const leaves = [...beginning, other(9)]
        return { leaves, head: headBy(K1, leaves), pin: K2 }
      },
      'unsigned-head',
    ],
    [
      'a hand-over that stands behind the signed head',
      () => ({ leaves: second, head: headBy(K1, beginning) }),
      'extra-leaves',
    ],
    [
      // Another history before ours: it would have to end in a signature of ours.
      'a history of its own that claims to have handed over to the key we know',
      () => {
        const before = [named(EVIL), other(1), named(K1)]
        const leaves = [...handOver(before, EVIL, K1), other(2)]
        return { leaves, head: headBy(EVIL, leaves) }
      },
      'unsigned-head',
    ],
    [
      'a hand-over to the key we know, behind a head that this key has not signed',
      () => {
        const before = [named(EVIL), other(1), named(K1)]
        return { leaves: handOver(before, EVIL, K1), head: headBy(EVIL, before) }
      },
      'unsigned-head',
    ],
    [
      'a key that the lane does not know',
      () => ({ leaves: honest, head: headBy(K3, honest), pin: EVIL }),
      'unsigned-head',
    ],
  ])('%s', async (_, attempt, kind) => {
    const { leaves, head, pin = K1, kept } = attempt()
    expect(await findings(leaves, head, pin, kept)).toContain(kind)
  })
})
