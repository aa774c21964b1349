import { describe, expect, it } from '@jest/globals'
import { ControlKeeper } from '../../../gateway/control/keeper.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import type { LaneName } from '../../../gateway/domain/gateway-id.ts'
import type { RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { readLeaf } from '../../../gateway/record/read-leaf.ts'
import { AT, controlWriter } from '../record/facts.ts'
import { exchangeId, type Failure, laneName, leafOf, MemoryRegister } from './register.ts'

interface Told {
  readonly damage: string[]
  readonly sealed: [LaneName, number][]
}

const keeperOf = (register: MemoryRegister, told: Told = { damage: [], sealed: [] }) =>
  ControlKeeper.start({
    log: register,
    register,
    writer: controlWriter,
    now: () => AT,
    onDamage: (_, detail) => told.damage.push(detail),
    onSealed: (lane, unresolved) => told.sealed.push([lane, unresolved]),
  })

/** What the duty does at each tick. */
async function tick(keeper: ControlKeeper): Promise<void> {
  await keeper.endorseLanes()
  await keeper.sealDeadLanes()
  await keeper.recordHeads()
}

const NEW = laneName(1)
const LIVE = laneName(2)
const DEAD = laneName(3)
const GIVEN_UP = laneName(4)
const STILLBORN = laneName(5)

/** A new lane, a live one, and three to be sealed: dead with open exchanges, given up by its process, never endorsed. */
function world(): MemoryRegister {
  const register = new MemoryRegister()
  register.addLane(NEW, 'opening')
  register.addLane(LIVE, 'open', [leafOf('request', 1)])
  register.addLane(DEAD, 'open', [
    leafOf('request', 2),
    leafOf('request', 3),
    leafOf('response', 3),
    leafOf('request', 4),
    leafOf('request', 5),
  ])
  register.addLane(GIVEN_UP, 'sealing', [leafOf('request', 6)])
  register.addLane(STILLBORN, 'opening')
  for (const lane of [DEAD, GIVEN_UP, STILLBORN]) register.ownerGoes(lane)
  return register
}

/** What has to be true once all is done, however often it was interrupted. */
function expectDone(register: MemoryRegister): void {
  expect([NEW, LIVE, DEAD, GIVEN_UP, STILLBORN].map(lane => register.stateOf(lane))).toEqual([
    'open',
    'open',
    'sealed',
    'sealed',
    'sealed',
  ])
  const lanes = register.recorded('lane')
  const opened = lanes.filter(({ event }) => event === 'opened').map(({ opened: lane }) => lane)
  expect(opened.sort()).toEqual([NEW, STILLBORN])
  const sealed = lanes.filter(({ event }) => event === 'sealed')
  expect(sealed.map(({ head }) => (head as { lane: string }).lane).sort()).toEqual([DEAD, GIVEN_UP, STILLBORN])
  expect(sealed.map(({ unresolved, why }) => [unresolved, why])).toEqual(
    expect.arrayContaining([
      [3, 'ended'],
      [1, 'ended'],
      [0, 'ended'],
    ]),
  )
  const unresolved = register.recorded('unresolved').map(({ exchange, inLane, index }) => [exchange, inLane, index])
  expect(unresolved.sort()).toEqual([
    [exchangeId(2), DEAD, 0],
    [exchangeId(4), DEAD, 3],
    [exchangeId(5), DEAD, 4],
    [exchangeId(6), GIVEN_UP, 0],
  ])
  // Unresolved exchanges stand before the seal of their lane.
  const kinds = register.control.map(
    leaf => JSON.parse(Buffer.from(leaf).toString()) as { kind: string; inLane?: string; head?: { lane: string } },
  )
  const sealOf = (lane?: string) => kinds.findIndex(({ kind, head }) => kind === 'lane' && head?.lane === lane)
  kinds.forEach(({ kind, inLane }, i) => kind === 'unresolved' && expect(i).toBeLessThan(sealOf(inLane)))
}

describe('the keeper of the control lane', () => {
  it('endorses new lanes and seals dead ones, once', async () => {
    const register = world()
    const told: Told = { damage: [], sealed: [] }
    const keeper = await keeperOf(register, told)
    await tick(keeper)
    await tick(keeper)
    expectDone(register)
    expect(told).toEqual({
      damage: [],
      sealed: [
        [DEAD, 3],
        [GIVEN_UP, 1],
        [STILLBORN, 0],
      ],
    })
  })

  it('lets no lane write before its key is in the control lane', async () => {
    const register = new MemoryRegister()
    register.addLane(NEW, 'opening')
    register.failAt = 1
    const keeper = await keeperOf(register)
    // The second call is the append.
    await expect(keeper.endorseLanes()).rejects.toThrow('before')
    expect(register.stateOf(NEW)).toBe('opening')
  })

  it('fences a lane before it looks what is open in it', async () => {
    const register = new MemoryRegister()
    register.addLane(DEAD, 'open', [leafOf('request', 1)])
    register.ownerGoes(DEAD)
    const seen: unknown[] = []
    const readLeaves = register.readLeaves.bind(register)
    register.readLeaves = (...range) => (seen.push(register.stateOf(DEAD)), readLeaves(...range))
    await (await keeperOf(register)).sealDeadLanes()
    expect(seen).toEqual(['sealing'])
  })

  // How many calls a whole run makes is found by running it.
  const count = async () => {
    const register = world()
    await tick(await keeperOf(register))
    return register.calls
  }

  it.each<Failure>(['before', 'after', 'half'])(
    'goes on after a crash at any call, its answer lost: %s',
    async failure => {
      const calls = await count()
      expect(calls).toBeGreaterThan(12)
      for (let at = 0; at < calls; at++) {
        const register = world()
        register.failAt = at
        register.failure = failure
        const told: Told = { damage: [], sealed: [] }
        // As the duty does it: a keeper that met a fault is let go, and the next one reads the control lane.
        await tick(await keeperOf(register, told)).catch(() => undefined)
        await tick(await keeperOf(register, told))
        expectDone(register)
        expect(told.damage).toEqual([])
      }
    },
  )

  it('goes on after two crashes in a row', async () => {
    const calls = await count()
    for (let first = 0; first < calls; first++)
      for (const second of [0, 2, 5, 9]) {
        const register = world()
        register.failure = 'half'
        for (const failAt of [first, first + second]) {
          register.failAt = failAt
          await tick(await keeperOf(register)).catch(() => undefined)
        }
        register.failAt = -1
        await tick(await keeperOf(register))
        expectDone(register)
      }
  })
})

describe('a damaged lane', () => {
  it.each<[string, Parameters<MemoryRegister['addLane']>[3]]>([
    ['of another size than was signed', { size: 7 }],
    ['of another root than was signed', { root: new Uint8Array(32) }],
    ['with a checkpoint that is none', { checkpoint: 'x' }],
    ['with the key of another lane', { publicKey: new Uint8Array(32).fill(1) }],
  ])('%s is reported once, not claimed, and sealed as damaged', async (_, changes) => {
    const register = new MemoryRegister()
    const told: Told = { damage: [], sealed: [] }
    register.addLane(DEAD, 'open', [leafOf('request', 1)], changes)
    const keeper = await keeperOf(register, told)
    await keeper.recordHeads()
    expect(register.recorded('heads')).toEqual([])
    register.ownerGoes(DEAD)
    await keeper.sealDeadLanes()
    expect(register.recorded('lane')).toEqual([expect.objectContaining({ event: 'sealed', why: 'damaged' })])
    expect(told.damage).toHaveLength(1)
  })

  it('of which a record is missing is sealed all the same, and reported', async () => {
    const register = new MemoryRegister()
    const told: Told = { damage: [], sealed: [] }
    register.addLane(DEAD, 'open', [leafOf('request', 1), null])
    register.ownerGoes(DEAD)
    await (await keeperOf(register, told)).sealDeadLanes()
    expect(register.stateOf(DEAD)).toBe('sealed')
    expect(told.damage).toEqual([expect.stringContaining('cannot be read')])
  })
})

describe('heads', () => {
  it('are recorded where a lane grew, and not again', async () => {
    const register = new MemoryRegister()
    register.addLane(LIVE, 'open', [leafOf('request', 1)])
    const keeper = await keeperOf(register)
    await keeper.recordHeads()
    await keeper.recordHeads()
    expect(register.recorded('heads')).toHaveLength(1)
    register.addLane(LIVE, 'open', [leafOf('request', 1), leafOf('response', 1)])
    await keeper.recordHeads()
    expect(register.recorded('heads').map(({ heads }) => (heads as { size: number }[])[0]?.size)).toEqual([1, 2])
  })

  it('of a thousand lanes fit into records', async () => {
    const register = new MemoryRegister()
    for (let nth = 0; nth < 1000; nth++) register.addLane(laneName(nth), 'open')
    await (await keeperOf(register)).recordHeads()
    const heads = register.recorded('heads').flatMap(record => record.heads as { lane: string }[])
    expect(new Set(heads.map(({ lane }) => lane)).size).toBe(1000)
  })
})

describe('revisions', () => {
  const revision = (number: number) => ({
    number: number as RevisionNumber,
    digest: digestOf(String(number)),
    previous: number === 0 ? null : digestOf(String(number - 1)),
    officers: [],
  })

  it('are recorded once, also by the next keeper, and never backwards', async () => {
    const register = new MemoryRegister()
    const first = await keeperOf(register)
    await first.recordRevision(revision(0))
    await first.recordRevision(revision(0))
    await first.recordRevision(revision(1))
    const second = await keeperOf(register)
    await second.recordRevision(revision(0))
    await second.recordRevision(revision(1))
    await second.recordRevision(revision(2))
    expect(register.recorded('revision').map(({ number, previous }) => [number, previous])).toEqual([
      [0, null],
      [1, digestOf('0')],
      [2, digestOf('1')],
    ])
  })

  it('that could not be recorded are recorded when tried again', async () => {
    const register = new MemoryRegister()
    const keeper = await keeperOf(register)
    register.failAt = register.calls
    await expect(keeper.recordRevision(revision(0))).rejects.toThrow()
    await keeper.recordRevision(revision(0))
    expect(register.recorded('revision')).toHaveLength(1)
  })
})

describe('the keys of the gateway', () => {
  const key = { use: 'tokens', key: digestOf('key'), algorithm: 'ES256', place: 'file' } as const
  const own = { ...key, use: 'control-lane', algorithm: 'Ed25519' } as const
  const eventsIn = (register: MemoryRegister) =>
    register.control
      .map(leaf => readLeaf(leaf))
      .flatMap(record => (record.ok && record.value.kind === 'key' ? [record.value.fields] : []))
      .map(({ use, event }) => `${String(use)} ${String(event)}`)

  it('are recorded as they go through their states, each event once', async () => {
    const register = new MemoryRegister()
    for (const state of ['next', 'next', 'current', 'previous', 'retired', 'retired'] as const) {
      // A new keeper each time: what it knows, it has read.
      const keeper = await keeperOf(register)
      await keeper.recordKeys([{ ...key, state }])
      await keeper.recordKeys([{ ...key, state }])
    }
    expect(eventsIn(register)).toEqual(['tokens registered', 'tokens activated', 'tokens retired'])
  })

  it('of the control lane are not activated here: that is the hand-over', async () => {
    const register = new MemoryRegister()
    const keeper = await keeperOf(register)
    await keeper.recordKeys([{ ...own, state: 'current' }])
    expect(eventsIn(register)).toEqual(['control-lane registered'])
  })

  it('are recorded again where the append failed', async () => {
    const register = new MemoryRegister()
    const keeper = await keeperOf(register)
    register.failAt = register.calls
    await expect(keeper.recordKeys([{ ...key, state: 'current' }])).rejects.toThrow()
    register.failAt = -1
    await keeper.recordKeys([{ ...key, state: 'current' }])
    expect(eventsIn(register)).toEqual(['tokens registered', 'tokens activated'])
  })
})
