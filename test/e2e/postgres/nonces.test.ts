import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Digest, digestOf } from '../../../gateway/domain/digest.ts'
import { instantOfMillis } from '../../../gateway/domain/instant.ts'
import { openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { PostgresNonces } from '../../../gateway/edge/postgres/nonces.ts'
import { openWorld, type World } from './world.ts'

let world: World
let nonces: PostgresNonces
/** As another process of the gateway. */
let elsewhere: PostgresNonces

const never = (thrown: unknown): never => {
  throw thrown
}
beforeAll(async () => {
  world = await openWorld()
  nonces = new PostgresNonces(world.database, never)
  elsewhere = new PostgresNonces(world.database, never)
})
afterAll(async () => {
  await nonces.close()
  await elsewhere.close()
  await world.close()
})

const inMinutes = (minutes: number) => instantOfMillis(Date.now() + minutes * 60_000)
const SOON = inMinutes(5)
const digests = (what: string, count: number): readonly Digest[] =>
  Array.from({ length: count }, (_, n) => digestOf(`${what} ${n}`))
const stored = async (digest: Digest): Promise<boolean> => {
  const { rows } = await world.admin.pool.query<{ there: boolean }>(
    "SELECT EXISTS (SELECT FROM nonce WHERE digest = decode($1, 'hex')) AS there",
    [digest],
  )
  return rows[0]?.there ?? false
}

describe('a nonce', () => {
  it('is fresh once, whichever process asks', async () => {
    const digest = digestOf('once')
    expect(await nonces.claim(digest, SOON)).toBe('fresh')
    expect(await stored(digest)).toBe(true)
    expect(await nonces.claim(digest, SOON)).toBe('replayed')
    expect(await elsewhere.claim(digest, SOON)).toBe('replayed')
    expect(await elsewhere.claim(digest, inMinutes(9))).toBe('replayed')
  })

  it('is fresh once of two in one batch', async () => {
    const digest = digestOf('twice')
    const outcomes = await Promise.all([nonces.claim(digest, SOON), nonces.claim(digest, SOON)])
    expect(outcomes).toEqual(['fresh', 'replayed'])
  })

  it('is fresh once of 1,000, each claimed three times by two processes at once, in any order', async () => {
    const all = digests('many', 1_000)
    const claims = [
      ...all.map(digest => nonces.claim(digest, SOON)),
      ...all.toReversed().map(digest => elsewhere.claim(digest, SOON)),
      ...all.map(digest => elsewhere.claim(digest, SOON)),
    ]
    const outcomes = await Promise.all(claims)
    expect(outcomes.filter(outcome => outcome === 'fresh').length).toBe(all.length)
    const ofFirst = (n: number) => [outcomes[n], outcomes[1_999 - n], outcomes[2_000 + n]].toSorted()
    for (let n = 0; n < all.length; n++) expect(ofFirst(n)).toEqual(['fresh', 'replayed', 'replayed'])
  })

  it('stays after the process that took it has gone', async () => {
    const digest = digestOf('restart')
    const database = openDatabase(world.fresh.runtimeUrl, { name: 'test, before' })
    const before = new PostgresNonces(database, never)
    expect(await before.claim(digest, SOON)).toBe('fresh')
    await before.close()
    await database.close()
    expect(await nonces.claim(digest, SOON)).toBe('replayed')
  })
})

describe('where the database fails', () => {
  it('every claim of the batch rejects, and the next works', async () => {
    await world.admin.pool.query('ALTER TABLE nonce RENAME TO gone')
    const outcomes = await Promise.allSettled(digests('failing', 3).map(digest => nonces.claim(digest, SOON)))
    await world.admin.pool.query('ALTER TABLE gone RENAME TO nonce')
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await nonces.claim(digestOf('failing 0'), SOON)).toBe('fresh')
  })
})

describe('nonces that are over', () => {
  it('are swept ten minutes behind their end, and no others', async () => {
    const [over, recent, live] = digests('sweep', 3) as [Digest, Digest, Digest]
    await nonces.claim(over, inMinutes(-11))
    await nonces.claim(recent, inMinutes(-9))
    await nonces.claim(live, SOON)
    await nonces.sweep()
    expect([await stored(over), await stored(recent), await stored(live)]).toEqual([false, true, true])
  })

  it('are all that the role of the gateway may delete', async () => {
    await nonces.claim(digestOf('kept'), SOON)
    await world.database.pool.query('DELETE FROM nonce')
    expect(await stored(digestOf('kept'))).toBe(true)
    await expect(world.database.pool.query('UPDATE nonce SET expires = now()')).rejects.toMatchObject({ code: '42501' })
    await expect(world.database.pool.query('TRUNCATE nonce')).rejects.toMatchObject({ code: '42501' })
  })
})
