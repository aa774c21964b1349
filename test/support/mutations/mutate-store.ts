import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { Client } from 'pg'
import { CONTROL_LANE, type LaneName } from '../../../gateway/domain/gateway-id.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { naiveRoot } from '../naive-tree.ts'
import { type Dice, mutateBytes } from './mutate-pack.ts'

const TABLES = ['lane', 'record', 'tile', 'record_search', 'follower', 'revision'] as const

interface StoredLane {
  readonly id: number
  readonly name: LaneName
  readonly size: number
  readonly checkpoint: string
}

/** One row of a lane, as bytes. */
interface StoredLeaf {
  readonly index: number
  readonly leaf: Buffer
}

/**
 * A stopped gateway's database in the hands of its superuser: `mutate` does one thing to it at random, `restore` takes it back.
 * `older` are checkpoints that each lane once signed.
 */
export class MutableStore {
  readonly #client: Client
  readonly #older: ReadonlyMap<LaneName, readonly string[]>
  #lanes: readonly StoredLane[] = []
  /** Those that can be written; others are computed of them. */
  readonly #columns = new Map<string, string>()

  private constructor(client: Client, older: ReadonlyMap<LaneName, readonly string[]>) {
    this.#client = client
    this.#older = older
  }

  static async open(adminUrl: string, older: ReadonlyMap<LaneName, readonly string[]>): Promise<MutableStore> {
    const client = new Client({ connectionString: adminUrl })
    await client.connect()
    // Whoever owns the server turns its triggers off.
    await client.query(`SET session_replication_role = replica`)
    for (const table of TABLES) await client.query(`CREATE TABLE kept_${table} AS TABLE ${table}`)
    const store = new MutableStore(client, older)
    const { rows: columns } = await client.query<{ table: string; names: string }>(
      `SELECT table_name AS table, string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = ANY ($1) AND is_generated = 'NEVER' GROUP BY table_name`,
      [TABLES],
    )
    for (const { table, names } of columns) store.#columns.set(table, names)
    const { rows } = await client.query<StoredLane>('SELECT id, name, size::int, checkpoint FROM lane ORDER BY id')
    store.#lanes = rows
    return store
  }

  async restore(): Promise<void> {
    await this.#client.query('BEGIN')
    for (const table of TABLES) {
      await this.#client.query(`DELETE FROM ${table}`)
      const columns = this.#columns.get(table) ?? ''
      await this.#client.query(
        `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM kept_${table}`,
      )
    }
    await this.#client.query('COMMIT')
  }

  async close(): Promise<void> {
    for (const table of TABLES) await this.#client.query(`DROP TABLE kept_${table}`)
    await this.#client.end()
  }

  /** Says what it did. */
  async mutate(dice: Dice): Promise<string> {
    const filled = this.#lanes.filter(({ size }) => size > 1)
    const lane = filled[dice(filled.length)] as StoredLane
    const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['a leaf edited', () => this.#editLeaf(lane, dice)],
      [
        'a record dropped',
        () => this.#run('DELETE FROM record WHERE lane = $1 AND index = $2', lane.id, dice(lane.size)),
      ],
      ['a leaf put over another', () => this.#copyLeaf(lane, dice)],
      ['two leaves swapped', () => this.#swapLeaves(lane, dice)],
      ['a record added behind the head', () => this.#append(lane, dice)],
      ['the tail cut off', () => this.#cut(lane, dice)],
      ['the tail cut off, the head moved', () => this.#cutWithHead(lane, dice)],
      ['an older signed head put back', () => this.#rollBack(lane, dice)],
      ['a tile edited', () => this.#editTile(dice)],
      ['the tiles dropped', () => this.#run('DELETE FROM tile')],
      ['a checkpoint edited', () => this.#editCheckpoint(lane, dice)],
      ['a root edited', () => this.#editColumn('lane', 'root', lane, dice)],
      ['a key edited', () => this.#editColumn('lane', 'public_key', lane, dice)],
      [
        'the size moved',
        () =>
          this.#run('UPDATE lane SET size = greatest(0, size + $2) WHERE id = $1', lane.id, [-2, -1, 1, 2][dice(4)]),
      ],
      ['signed again with another key', () => this.#signAgain(lane, dice, 'with its key')],
      ['forked: signed with a key that is not its own', () => this.#signAgain(lane, dice, 'signature only')],
      ['a lane hidden', () => this.#hide(lane)],
      ['a search row dropped', () => this.#searchRow('DELETE FROM record_search', dice)],
      [
        'a search row edited',
        () => this.#searchRow(`UPDATE record_search SET consumer = coalesce(consumer, '') || 'x'`, dice),
      ],
      [
        'a revision edited',
        () =>
          this.#run(
            `UPDATE revision SET content = overlay(content placing CASE substr(content, 1 + $1, 1) WHEN 'x' THEN 'y' ELSE 'x' END from 1 + $1)`,
            dice(80),
          ),
      ],
      [
        'a revision with another digest',
        () =>
          this.#run(
            `UPDATE revision SET content = content || ' ', digest = encode(sha256(convert_to(content || ' ', 'UTF8')), 'hex')`,
          ),
      ],
      ['a revision dropped', () => this.#run('DELETE FROM revision')],
    ]
    const [what, act] = ways[dice(ways.length)] as (typeof ways)[number]
    await act()
    return `${what} (${lane.name})`
  }

  /** Every lane as these checkpoints say, those that there were not yet gone: a database and its machine put back. */
  async putBack(heads: ReadonlyMap<LaneName, string>): Promise<void> {
    for (const lane of this.#lanes) {
      const note = heads.get(lane.name)
      if (note === undefined) await this.#hide(lane)
      else await this.#cutTo(lane, note)
    }
  }

  /** Another history of the control lane, signed with its own key: what whoever stole that key can make. Its new checkpoint. */
  async forgeControl(pem: string): Promise<string> {
    const lane = this.#lanes.find(({ name }) => name === CONTROL_LANE) as StoredLane
    const [{ index, leaf }] = (await this.#leaves(lane)) as readonly [StoredLeaf]
    const other = (digit: string): string => (digit === 'A' ? 'B' : 'A')
    const edited = leaf.toString('utf8').replace(/"salt":"./, text => text.slice(0, -1) + other(text.slice(-1)))
    await this.#put(lane, index, Buffer.from(edited))
    const root = rootOf(await this.#leaves(lane))
    const note = makeCheckpoint(lane.name, lane.size, root, ed25519Signer(originOf(lane.name), createPrivateKey(pem)))
    await this.#run('UPDATE lane SET root = $2, checkpoint = $3 WHERE id = $1', lane.id, root, note)
    return note
  }

  async #run(text: string, ...values: unknown[]): Promise<void> {
    const { rowCount } = await this.#client.query(text, values)
    if (rowCount === 0) throw new Error(`nothing was done: ${text}`)
  }

  async #leaves(lane: StoredLane): Promise<readonly StoredLeaf[]> {
    const text = 'SELECT index::int, leaf FROM record WHERE lane = $1 ORDER BY index'
    return (await this.#client.query<StoredLeaf>(text, [lane.id])).rows
  }

  async #editLeaf(lane: StoredLane, dice: Dice): Promise<void> {
    const leaves = await this.#leaves(lane)
    const { index, leaf } = leaves[dice(leaves.length)] as StoredLeaf
    const { mutated } = mutateBytes(leaf, dice)
    // An empty leaf is refused by the table itself.
    await this.#put(lane, index, mutated.length > 0 ? mutated : Buffer.of(0))
  }

  #put(lane: StoredLane, index: number, leaf: Buffer): Promise<void> {
    return this.#run('UPDATE record SET leaf = $3 WHERE lane = $1 AND index = $2', lane.id, index, leaf)
  }

  async #copyLeaf(lane: StoredLane, dice: Dice): Promise<void> {
    const [one, other] = twoOf(await this.#leaves(lane), dice)
    await this.#put(lane, one.index, other.leaf)
  }

  async #swapLeaves(lane: StoredLane, dice: Dice): Promise<void> {
    const [one, other] = twoOf(await this.#leaves(lane), dice)
    await this.#put(lane, one.index, other.leaf)
    await this.#put(lane, other.index, one.leaf)
  }

  async #append(lane: StoredLane, dice: Dice): Promise<void> {
    const text = `INSERT INTO record SELECT lane, $2::bigint, day, leaf FROM record WHERE lane = $1 AND index = $3`
    await this.#run(text, lane.id, lane.size + dice(3), dice(lane.size))
  }

  async #cut(lane: StoredLane, dice: Dice): Promise<number> {
    const size = dice(lane.size)
    await this.#run('DELETE FROM record WHERE lane = $1 AND index >= $2', lane.id, size)
    await this.#client.query('DELETE FROM record_search WHERE lane = $1 AND index >= $2', [lane.id, size])
    await this.#client.query('UPDATE follower SET next = least(next, $2) WHERE lane = $1', [lane.id, size])
    return size
  }

  async #cutWithHead(lane: StoredLane, dice: Dice): Promise<void> {
    const size = await this.#cut(lane, dice)
    const root = rootOf(await this.#leaves(lane))
    await this.#run('UPDATE lane SET size = $2, root = $3 WHERE id = $1', lane.id, size, root)
  }

  /** What only kept heads, the control lane or a witness can tell: everything stored fits together again. */
  async #rollBack(lane: StoredLane, dice: Dice): Promise<void> {
    const notes = (this.#older.get(lane.name) ?? []).filter(note => sizeOf(note) < lane.size)
    const note = notes[dice(Math.max(1, notes.length))]
    if (note === undefined) return this.#cutWithHead(lane, dice)
    await this.#cutTo(lane, note)
  }

  async #cutTo(lane: StoredLane, note: string): Promise<void> {
    const size = sizeOf(note)
    for (const table of ['record', 'record_search'])
      await this.#client.query(`DELETE FROM ${table} WHERE lane = $1 AND index >= $2`, [lane.id, size])
    await this.#client.query('DELETE FROM tile WHERE lane = $1 AND (index + 1) * 256 ^ (level + 1) > $2', [
      lane.id,
      size,
    ])
    await this.#client.query('UPDATE follower SET next = least(next, $2) WHERE lane = $1', [lane.id, size])
    const root = Buffer.from(note.split('\n')[2] ?? '', 'base64')
    const set = 'UPDATE lane SET size = $2, root = $3, checkpoint = $4 WHERE id = $1'
    await this.#run(set, lane.id, size, root, note)
  }

  async #editTile(dice: Dice): Promise<void> {
    const { rows } = await this.#client.query<{ lane: number; level: number; index: string; hashes: Buffer }>(
      'SELECT lane, level, index, hashes FROM tile ORDER BY lane, level, index',
    )
    const { lane, level, index, hashes } = rows[dice(rows.length)] as (typeof rows)[number]
    const at = dice(hashes.length)
    const changed = Buffer.from(hashes)
    changed[at] = (changed[at] ?? 0) ^ (1 << dice(8))
    await this.#run(
      'UPDATE tile SET hashes = $4 WHERE lane = $1 AND level = $2 AND index = $3',
      ...[lane, level, index, changed],
    )
  }

  async #editCheckpoint(lane: StoredLane, dice: Dice): Promise<void> {
    // As text: bytes that are none are refused by the database.
    const { mutated } = mutateBytes(Buffer.from(lane.checkpoint), dice)
    const text = mutated.toString('latin1').replaceAll('\0', ' ')
    await this.#run('UPDATE lane SET checkpoint = $2 WHERE id = $1', lane.id, text)
  }

  async #editColumn(table: string, column: string, lane: StoredLane, dice: Dice): Promise<void> {
    const flipped = `set_byte(${column}, $2, get_byte(${column}, $2) # $3)`
    await this.#run(`UPDATE ${table} SET ${column} = ${flipped} WHERE id = $1`, lane.id, dice(32), 1 << dice(8))
  }

  /** One leaf is replaced, the tree and its head are made anew. */
  async #signAgain(lane: StoredLane, dice: Dice, how: 'with its key' | 'signature only'): Promise<void> {
    await this.#editLeaf(lane, dice)
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const root = rootOf(await this.#leaves(lane))
    const note = makeCheckpoint(lane.name, lane.size, root, ed25519Signer(originOf(lane.name), privateKey))
    await this.#run('UPDATE lane SET root = $2, checkpoint = $3 WHERE id = $1', lane.id, root, note)
    await this.#client.query('DELETE FROM tile WHERE lane = $1', [lane.id])
    if (how === 'signature only') return
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    await this.#run('UPDATE lane SET public_key = $2 WHERE id = $1', lane.id, raw)
  }

  async #hide(lane: StoredLane): Promise<void> {
    for (const table of ['record', 'record_search', 'follower', 'tile'])
      await this.#client.query(`DELETE FROM ${table} WHERE lane = $1`, [lane.id])
    await this.#run('DELETE FROM lane WHERE id = $1', lane.id)
  }

  async #searchRow(act: string, dice: Dice): Promise<void> {
    const { rows } = await this.#client.query<{ lane: number; index: string }>('SELECT lane, index FROM record_search')
    const { lane, index } = rows[dice(rows.length)] as (typeof rows)[number]
    await this.#run(`${act} WHERE lane = $1 AND index = $2`, lane, index)
  }
}

const sizeOf = (note: string): number => Number(note.split('\n')[1])

const rootOf = (leaves: readonly StoredLeaf[]): Buffer => Buffer.from(naiveRoot(leaves.map(({ leaf }) => leaf)))

function twoOf<T>(items: readonly T[], dice: Dice): readonly [T, T] {
  const a = dice(items.length)
  const b = (a + 1 + dice(items.length - 1)) % items.length
  return [items[a] as T, items[b] as T]
}
