import { setImmediate as breathe } from 'node:timers/promises'
import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import { dayOf, formatInstant, type Instant, instant } from '../../domain/instant.ts'
import { type HashReader, tileHashReader } from '../../log/hash-reader.ts'
import { consistencyProof, inclusionProof } from '../../log/proofs.ts'
import type { ControlRecordKind, LocatedLeaf, PackReader, PackScope, Survey } from '../../review/pack/ports.ts'
import type { Database } from './database.ts'
import { tileOf } from './tile-of.ts'

const PAGE = 1_000
const CONTROL_PAGE = 100
const DAY_MICROS = 86_400_000_000
/** Trees of which tiles are remembered while one pack is made; each holds at most as many as were asked for. */
const MOST_TILES = 512

/** What packs are made of, through the search index; `follow` copies what it lacks yet. One reader for one pack. */
export function packReader(database: Database, follow: () => Promise<void>, page = PAGE): PackReader {
  const trees = new Map<string, { readonly read: HashReader; reads: number }>()
  /** Tiles of a tree that does not change any more, remembered: neighbours share most of their proofs. */
  const treeOf = (lane: LaneName, size: number): HashReader => {
    const key = `${lane} ${size}`
    let tree = trees.get(key)
    if (!tree || tree.reads > MOST_TILES) {
      const fresh = { read: tileHashReader((level, index) => tileOf(database, lane, size, level, index)), reads: 0 }
      trees.set(key, (tree = fresh))
    }
    tree.reads++
    return tree.read
  }
  return {
    async survey(scope) {
      await follow()
      return survey(database, scope)
    },
    records: (scope, surveyed) => records(database, scope, surveyed, page),
    async lane(name) {
      const text = 'SELECT public_key AS "publicKey", size, checkpoint FROM lane WHERE name = $1'
      const { rows } = await database.pool.query<{ publicKey: Uint8Array; size: number; checkpoint: string }>(text, [
        name,
      ])
      return rows[0] ?? null
    },
    controlRecords: (kinds, bounds) => controlRecords(database, kinds, bounds),
    async inclusion(lane, index, size) {
      // A pack has thousands, most from tiles that are remembered: others shall have their turn in between.
      await breathe()
      return inclusionProof(index, size, treeOf(lane, size))
    },
    consistency: (lane, first, second) => consistencyProof(first, second, treeOf(lane, second)),
  }
}

interface Condition {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A record is filed under the day of its batch, which is its own or the next: a day of slack spares the other months' partitions. */
function conditionOf(scope: PackScope): Condition {
  if (scope.kind === 'exchange') return { text: 's.exchange_id = $1', values: [scope.exchange] }
  const { unit, service, from, to } = scope
  const days = [dayOf((from - DAY_MICROS) as Instant), dayOf((to + DAY_MICROS) as Instant)]
  const values: unknown[] = [formatInstant(from), formatInstant(to), ...days]
  const parts = ['s.at >= $1 AND s.at < $2 AND s.day >= $3 AND s.day <= $4']
  if (service !== null) parts.push(`s.service = $${values.push(service)}`)
  if (unit !== null) {
    // '.' and '/' are neighbours in ASCII and '0' follows: one range holds G99.21/… and G99.21.…, and not G99.210/….
    const [low, high] = [values.push(`${unit}.`), values.push(`${unit}0`)]
    const within = (column: string): string => `(s.${column} >= $${low} AND s.${column} < $${high})`
    parts.push(`(${within('consumer')} OR ${within('provider')})`)
  }
  return { text: parts.join(' AND '), values }
}

async function survey(database: Database, scope: PackScope): Promise<Survey> {
  const { text, values } = conditionOf(scope)
  const { rows } = await database.pool.query<{ lane: LaneName; last: number; newest: number; records: number }>(
    `SELECT lane.name AS lane, max(s.index)::bigint AS last, count(*)::bigint AS records,
       (extract(epoch FROM max(s.at)) * 1000000)::bigint AS newest
     FROM record_search s JOIN lane ON lane.id = s.lane WHERE ${text} GROUP BY lane.id, lane.name ORDER BY lane.id`,
    [...values],
  )
  const revisions = await database.pool.query<{ revision: number }>(
    `SELECT DISTINCT s.revision FROM record_search s WHERE ${text} AND s.revision IS NOT NULL ORDER BY 1`,
    [...values],
  )
  return {
    lanes: rows.map(({ lane, last, newest }) => ({ lane, last, newest: instant(newest) })),
    revisions: revisions.rows.map(({ revision }) => revision),
    records: rows.reduce((sum, row) => sum + row.records, 0),
  }
}

interface FoundRow {
  readonly at: string
  readonly id: number
  readonly lane: LaneName
  readonly index: number
  readonly leaf: Uint8Array
}

async function* records(
  database: Database,
  scope: PackScope,
  surveyed: Survey,
  page: number,
): AsyncGenerator<readonly LocatedLeaf[]> {
  const { text, values } = conditionOf(scope)
  const lanes = values.length + 1
  // Of each lane no more than was surveyed: what came behind it is not covered by what proves the rest.
  const statement = `
    SELECT s.at::text AS at, s.lane AS id, lane.name AS lane, s.index, record.leaf
    FROM record_search s JOIN lane ON lane.id = s.lane
    JOIN unnest($${lanes}::text[], $${lanes + 1}::bigint[]) AS surveyed (name, last) ON surveyed.name = lane.name
    JOIN record ON record.lane = s.lane AND record.index = s.index AND record.day = s.day
    WHERE ${text} AND s.index <= surveyed.last AND (s.at, s.lane, s.index) > ($${lanes + 2}::timestamptz, $${lanes + 3}, $${lanes + 4})
    ORDER BY s.at, s.lane, s.index LIMIT ${page}`
  let after: readonly [string, number, number] = ['-infinity', 0, 0]
  for (;;) {
    const { rows } = await database.pool.query<FoundRow>(statement, [
      ...values,
      surveyed.lanes.map(({ lane }) => lane),
      surveyed.lanes.map(({ last }) => last),
      ...after,
    ])
    if (rows.length > 0) yield rows.map(({ lane, index, leaf }) => ({ lane, index, leaf }))
    const last = rows.at(-1)
    if (!last || rows.length < page) return
    after = [last.at, last.id, last.index]
  }
}

/** Where the records of the control lane of this time begin: times rise along it, but for a turn of the clock. */
async function firstSince(database: Database, from: Instant): Promise<number> {
  const { rows } = await database.pool.query<{ size: number }>('SELECT size FROM lane WHERE name = $1', [CONTROL_LANE])
  let low = 0
  let high = rows[0]?.size ?? 0
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    // The next one that is there: search lags, and retention may have dropped some.
    const found = await database.pool.query<{ index: number; late: boolean }>({
      name: 'control since',
      text: `SELECT s.index, s.at >= $1 AS late FROM record_search s WHERE ${IN_CONTROL} AND s.index >= $2 ORDER BY s.index LIMIT 1`,
      values: [formatInstant(from), middle],
    })
    const [row] = found.rows
    if (!row || row.late) high = middle
    else low = row.index + 1
  }
  return low
}

const IN_CONTROL = `s.lane = (SELECT id FROM lane WHERE name = '${CONTROL_LANE}')`

async function* controlRecords(
  database: Database,
  kinds: readonly ControlRecordKind[],
  bounds: { readonly from: Instant } | { readonly to: Instant },
): AsyncGenerator<LocatedLeaf> {
  const rises = 'from' in bounds
  const begin = rises && kinds.includes('heads') ? await firstSince(database, bounds.from) : 0
  const [than, beyond, order] = rises ? ['>=', '>', 'ASC'] : ['<=', '<', 'DESC']
  // The kinds stand in the text: an index holds those that are few (migrations/control-index.ts).
  const statement = `
    SELECT s.index, record.leaf FROM record_search s
    JOIN record ON record.lane = s.lane AND record.index = s.index AND record.day = s.day
    WHERE ${IN_CONTROL} AND s.kind IN (${kinds.map(kind => `'${kind}'`).join(', ')})
      AND s.index >= $1 AND s.at ${than} $2 AND ($3::bigint IS NULL OR s.index ${beyond} $3)
    ORDER BY s.index ${order} LIMIT ${CONTROL_PAGE}`
  for (let after: number | null = null; ; ) {
    const { rows }: { rows: { index: number; leaf: Uint8Array }[] } = await database.pool.query(statement, [
      begin,
      formatInstant(rises ? bounds.from : bounds.to),
      after,
    ])
    for (const { index, leaf } of rows) yield { lane: CONTROL_LANE, index, leaf }
    const last = rows.at(-1)
    if (!last || rows.length < CONTROL_PAGE) return
    after = last.index
  }
}
