import type { Client } from 'pg'
import type { LaneName } from '../gateway/domain/gateway-id.ts'

const BATCH = 2_000

/**
 * Puts leaves into a new, sealed lane in bulk: no tree is built, so that it can be read and not verified. Resolves to how many.
 */
export async function fillLane(
  client: Client,
  lane: LaneName,
  day: string,
  leaves: Iterable<Uint8Array>,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO lane (name, gateway, kind, state, public_key, root, checkpoint)
     VALUES ($1, 'gateway-1', 'data', 'sealed', $2, $2, 'none') RETURNING id`,
    [lane, Buffer.alloc(32)],
  )
  const id = rows[0]?.id
  let size = 0
  let batch: Uint8Array[] = []
  const flush = async (): Promise<void> => {
    let start = 1
    const starts = batch.map(leaf => (start += leaf.length) - leaf.length)
    await client.query({
      name: 'fill',
      text: `INSERT INTO record (lane, index, day, leaf)
             SELECT $1, $2::bigint + n - 1, $3, substring($4::bytea FROM start FOR length)
             FROM unnest($5::int[], $6::int[]) WITH ORDINALITY AS cut (start, length, n)`,
      values: [id, size, day, Buffer.concat(batch), starts, batch.map(leaf => leaf.length)],
    })
    size += batch.length
    batch = []
  }
  await client.query('BEGIN')
  for (const leaf of leaves) if (batch.push(leaf) === BATCH) await flush()
  if (batch.length > 0) await flush()
  await client.query('UPDATE lane SET size = $2 WHERE id = $1', [id, size])
  await client.query('COMMIT')
  return size
}
