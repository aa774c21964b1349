import { setImmediate as breathe } from 'node:timers/promises'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import { verifyCheckpoint, verifySizedCheckpoint } from '../../log/checkpoint.ts'
import { computeTile, RootMemory, type TileParts } from '../../log/compute-tile.ts'
import { sameHash } from '../../log/hash.ts'
import type { LaneState } from '../../log/lane-store.ts'
import { MissingLeaf } from '../../log/missing-leaf.ts'
import { publicKeyOf, rawPublicKey } from '../../log/note-key.ts'
import { TILE_WIDTH } from '../../log/tiles.ts'
import { ControlKeyHistory, keyOfSize } from '../../record/control-keys.ts'
import type { LogSource, Page, ShownLane } from '../../review/log-source.ts'
import type { Database } from './database.ts'
import { KeyRecords } from './key-records.ts'
import { readLeaves } from './lane-reads.ts'
import { turns } from './turns.ts'

interface Row {
  readonly id: number
  readonly name: LaneName
  readonly state: LaneState
  readonly publicKey: Uint8Array
  readonly size: number
  readonly root: Uint8Array
  readonly checkpoint: string
}

const COLUMNS = 'id, name, state, public_key AS "publicKey", size, root, checkpoint'
/** Reads of the log at a time: the rest of the pool is for exchanges. */
const AT_ONCE = 2
/** Heads of which it is remembered that they verified. */
const MOST_VERIFIED = 100_000
/** Roots of tiles that are remembered: 32 bytes each, and their names. */
const MOST_ROOTS = 65_536

/** Everything that all processes have written, as of each question. */
export function logSource(database: Database): LogSource {
  const records = new KeyRecords(database)
  const roots = new Map<LaneName, RootMemory>()
  const inTurn = turns(AT_ONCE)
  /** By lane, the digest of a row that verified: a page holds 200 heads, most of lanes that are sealed and never change. */
  const verified = new Map<LaneName, Digest>()

  const query = async <T extends object>(name: string, text: string, values: readonly unknown[]): Promise<T[]> =>
    (await database.pool.query<T>({ name, text, values: [...values] })).rows

  /** Throws where the head is not what the lane's key has signed: an operator has to look, nobody is shown it. */
  async function shown({ name, state, publicKey, size, root, checkpoint }: Row): Promise<ShownLane> {
    const row = digestOf(JSON.stringify([hex(publicKey), size, hex(root), checkpoint]))
    if (name !== CONTROL_LANE && verified.get(name) === row) return { name, state, publicKey, size, checkpoint }
    // Each costs half a millisecond, and exchanges share the thread.
    await breathe()
    const signed =
      name === CONTROL_LANE
        ? verifySizedCheckpoint(checkpoint, name, await controlKey(publicKey))
        : verifyCheckpoint(checkpoint, name, publicKeyOf(publicKey))
    if (!signed.ok) throw new Error(`the head of ${name} is not shown: ${signed.error}`)
    if (signed.value.size !== size || !sameHash(signed.value.root, root))
      throw new Error(`the head of ${name} is not shown: the row differs from its checkpoint`)
    if (name !== CONTROL_LANE) {
      if (verified.size >= MOST_VERIFIED) verified.clear()
      verified.set(name, row)
      return { name, state, publicKey, size, checkpoint }
    }
    const key = (await controlKey(publicKey))(size)
    return { name, state, publicKey: rawPublicKey(key), size, checkpoint }
  }

  /** By what the lane says of its own keys; while it says nothing yet, by its row. */
  async function controlKey(first: Uint8Array) {
    const history = new ControlKeyHistory()
    for (const { index, leaf } of await records.controlKeys()) history.take(index, leaf)
    const { epochs } = history.read()
    return epochs.length > 0 ? keyOfSize(epochs) : () => publicKeyOf(first)
  }

  async function page(cursor: string | null, limit: number): Promise<Page<Row>> {
    const text = `SELECT ${COLUMNS} FROM lane WHERE id > $1 ORDER BY id LIMIT $2`
    const entries = await query<Row>('log lanes', text, [Number(cursor ?? 0), limit + 1])
    const more = entries.length > limit
    return { entries: entries.slice(0, limit), cursor: more ? String(entries[limit - 1]?.id) : null }
  }

  const partsOf = (lane: LaneName): TileParts => ({
    async fullTiles(level, from, until) {
      const rows = await query<{ hashes: Uint8Array }>('log tiles', TILES, [lane, level, from, until])
      if (rows.length !== until - from) throw new Error(`a tile of ${lane} is missing: level ${level}, from ${from}`)
      return rows.map(({ hashes }) => hashes)
    },
    leaves: (from, until) => readLeaves(database, lane, from, until),
    breathe: () => breathe(),
  })
  const rootsOf = (lane: LaneName): RootMemory => {
    if (roots.size > 100) roots.clear()
    const known = roots.get(lane) ?? new RootMemory(MOST_ROOTS)
    roots.set(lane, known)
    return known
  }

  return {
    async lanes(cursor, limit) {
      const { entries, cursor: next } = await page(cursor, limit)
      const lanes: ShownLane[] = []
      for (const row of entries) lanes.push(await shown(row))
      return { entries: lanes, cursor: next }
    },
    async lane(name) {
      const [row] = await query<Row>('log lane', `SELECT ${COLUMNS} FROM lane WHERE name = $1`, [name])
      return row ? shown(row) : null
    },
    async laneKeys(cursor, limit) {
      const { entries, cursor: next } = await page(cursor, limit)
      const endorsements = await records.endorsements()
      const data = entries.filter(({ name }) => name !== CONTROL_LANE)
      const keys = data.map(({ name, publicKey }) => ({
        name,
        publicKey,
        endorsement: endorsements.get(name) ?? null,
      }))
      return { entries: keys, cursor: next }
    },
    controlKeys: () => records.controlKeys(),
    tile: (lane, level, index, width) =>
      inTurn(() => computeTile(level, index, width, partsOf(lane.name), rootsOf(lane.name))),
    entries: (lane, index, width) =>
      inTurn(async () => {
        try {
          return await readLeaves(database, lane.name, index * TILE_WIDTH, index * TILE_WIDTH + width)
        } catch (thrown) {
          if (thrown instanceof MissingLeaf) return null
          throw thrown
        }
      }),
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const TILES = `
SELECT hashes FROM tile WHERE lane = (SELECT id FROM lane WHERE name = $1) AND level = $2 AND index >= $3 AND index < $4
ORDER BY index`
