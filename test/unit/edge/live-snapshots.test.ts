import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { instantOfMillis } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { LiveSnapshots } from '../../../gateway/edge/live-snapshots.ts'
import { LocalStateFile } from '../../../gateway/edge/local-state.ts'
import type { StoredRevision } from '../../../gateway/snapshot/revision-text.ts'
import { verifyGenesis, verifyNext } from '../../../gateway/snapshot/verify-revision.ts'
import { NOW, revisionWorld, type RevisionWorld } from '../snapshot/world.ts'

let world: RevisionWorld
/** Revisions 0 to 3, properly signed. */
let good: readonly StoredRevision[]
beforeAll(async () => {
  world = await revisionWorld()
  good = chainOf(1, 2, 3)
})

/** The genesis, and for each of these numbers a revision that suspends this system and no other. */
function chainOf(...suspended: readonly number[]): readonly StoredRevision[] {
  const chain = [world.genesis]
  let before = must(verifyGenesis(world.genesis, world.genesis.digest))
  for (const nth of suspended) {
    const systems = world.document.systems.map((system, i) => (i === nth ? { ...system, suspended: true } : system))
    const next = world.next(before, { ...world.document, systems }, ['security-1', 'security-2'])
    before = must(verifyNext(next, before, NOW))
    chain.push(next)
  }
  return chain
}

let folder: string
let state: LocalStateFile
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshots-'))
  state = new LocalStateFile(folder)
  state.write({ genesis: world.genesis.digest, highest: null })
})
afterEach(() => rmSync(folder, { recursive: true }))

const GRACE = 300

/** Waits until it is so; says what it was otherwise. */
async function becomes(read: () => number | null, wanted: number | null): Promise<void> {
  for (let waited = 0; read() !== wanted && waited < 5000; waited += 10) await sleep(10)
  expect(read()).toBe(wanted)
}

/** A store of revisions in memory that can be out of reach. */
function live(...stored: readonly StoredRevision[]) {
  const store = { revisions: [...stored], down: false, asked: 0 }
  const told: string[] = []
  const verified: number[] = []
  const reach = <T>(value: T): Promise<T> => {
    store.asked++
    return store.down ? Promise.reject(new Error('down')) : Promise.resolve(value)
  }
  const snapshots = new LiveSnapshots({
    now: () => instantOfMillis(Date.now()),
    revisions: {
      newest: () => reach(store.revisions.length - 1),
      read: (from, to) => reach(store.revisions.slice(from, to + 1)),
    },
    state,
    onVerified: ({ number }) => verified.push(number),
    onRefused: (number, { reason }) => told.push(`refused ${number} ${reason}`),
    onLoaded: ({ revision }) => told.push(`loaded ${revision}`),
    graceMillis: GRACE,
    retryMillis: 20,
  })
  return { store, told, verified, snapshots, at: () => snapshots.current()?.revision ?? null }
}
const damaged = (revision: StoredRevision | undefined): StoredRevision => {
  if (!revision) throw new TypeError('there is such a revision')
  return { ...revision, content: revision.content.replace('"suspended":true', '"suspended":false') }
}

describe('live snapshots', () => {
  it('load the newest revision that verifies, and remember it', async () => {
    const { snapshots, at, told, verified } = live(...good.slice(0, 3))
    expect(at()).toBeNull()
    await snapshots.refresh()
    // Each is told of, since the control lane records each; only the last is compiled.
    expect([at(), told, verified]).toEqual([2, ['loaded 2'], [0, 1, 2]])
    expect(new LocalStateFile(folder).state.highest).toEqual({ number: 2, digest: good[2]?.digest })
  })

  it('wait for a revision that a commit has seen', async () => {
    const { snapshots, store, at } = live(...good.slice(0, 2))
    await snapshots.refresh()
    store.revisions.push(...good.slice(2, 3))
    expect((await snapshots.atLeast(1))?.revision).toBe(1)
    expect((await snapshots.atLeast(2))?.revision).toBe(2)
    store.revisions.push(...good.slice(3))
    // Nobody knows which is the newest: ask.
    expect((await snapshots.atLeast(null))?.revision).toBe(3)
    expect(at()).toBe(3)
  })

  it('ask once more behind a load that was under way before the revision was there', async () => {
    const { snapshots, store } = live(...good.slice(0, 1))
    const loading = snapshots.refresh()
    store.revisions.push(...good.slice(1, 2))
    expect((await snapshots.atLeast(1))?.revision).toBe(1)
    await loading
  })

  it('are nothing without a pinned genesis, or with another one', async () => {
    state.write({ genesis: digestOf('another'), highest: null })
    const { snapshots, at, told } = live(...good)
    await snapshots.refresh()
    expect([at(), told]).toEqual([null, ['refused 0 genesis-not-pinned']])
    state.write({ genesis: null, highest: null })
    await expect(live(...good).snapshots.refresh()).rejects.toThrow('pinned')
  })
})

describe('a revision that cannot be obeyed', () => {
  it('is told once, leaves the one before for a while, and then stops exchanges', async () => {
    const { snapshots, at, told, store } = live(...good.slice(0, 2))
    await snapshots.refresh()
    store.revisions.push(damaged(good[2]))
    expect((await snapshots.atLeast(2))?.revision).toBe(1)
    await snapshots.atLeast(2)
    expect(told).toEqual(['loaded 1', 'refused 2 digest-differs'])
    await becomes(at, null)
    expect(await snapshots.atLeast(2)).toBeNull()
  })

  it('does not keep back those before it: one of them may be a revocation', async () => {
    const { snapshots, at, store, told } = live(...good.slice(0, 1))
    await snapshots.refresh()
    store.revisions.push(...good.slice(1, 3), damaged(good[3]))
    await snapshots.atLeast(3)
    expect([at(), told]).toEqual([2, ['loaded 0', 'loaded 2', 'refused 3 digest-differs']])
    await becomes(at, null)
  })

  it('does not get a new while by being asked for again', async () => {
    const { snapshots, at, store } = live(...good.slice(0, 2), damaged(good[2]))
    for (let waited = 0; waited <= GRACE + 60; waited += 30) {
      await snapshots.atLeast(2)
      await sleep(30)
    }
    expect(at()).toBeNull()
    expect(store.asked).toBeGreaterThan(5)
  })

  it('is obeyed once it has been mended, without anybody asking', async () => {
    const { snapshots, at, store } = live(...good.slice(0, 2), damaged(good[2]))
    await snapshots.refresh()
    await becomes(at, null)
    store.revisions.splice(2, 1, ...good.slice(2, 3))
    await becomes(at, 2)
  })
})

describe('a store out of reach', () => {
  it('leaves the present snapshot for a while, and is asked again until it answers', async () => {
    const { snapshots, at, store } = live(...good.slice(0, 2))
    await snapshots.refresh()
    store.down = true
    // The answer to a commit was lost, and now nobody can tell whether there is a newer revision.
    expect((await snapshots.atLeast(null))?.revision).toBe(1)
    await becomes(at, null)
    store.down = false
    // No exchange can ask while there is no snapshot: it has to come back by itself.
    await becomes(at, 1)
    const { asked } = store
    await sleep(60)
    expect(store.asked).toBe(asked)
  })
})

describe('a database that was put back', () => {
  it('is not obeyed where it has fewer revisions than were seen here', async () => {
    await live(...good).snapshots.refresh()
    const { snapshots, at, told } = live(...good.slice(0, 3))
    await snapshots.refresh()
    expect([at(), told]).toEqual([null, ['refused 2 chain-broken']])
  })

  it('is not obeyed while it loses revisions under a running process', async () => {
    const { snapshots, at, store, told } = live(...good)
    await snapshots.refresh()
    store.revisions.splice(2)
    await snapshots.refresh()
    expect(told).toEqual(['loaded 3', 'refused 1 chain-broken'])
    await becomes(at, null)
  })

  it.each([2, 3])(
    'is not obeyed where another revision stands in the place of one seen here (%i in all)',
    async length => {
      await live(...good.slice(0, 2)).snapshots.refresh()
      const fork = chainOf(2, 3)
      const { snapshots, at, told } = live(...fork.slice(0, length))
      await snapshots.refresh()
      expect(told).toContain('refused 1 chain-broken')
      expect(at()).not.toBe(2)
      expect(state.state.highest).toEqual({ number: 1, digest: good[1]?.digest })
    },
  )
})
