import { Client } from 'pg'

/** One stored record, read past the gateway, as a superuser sees it. */
export interface LoggedRecord {
  readonly lane: string
  readonly index: number
  readonly kind: string
  readonly exchange: string | null
  readonly fields: Readonly<Record<string, unknown>>
  readonly leaf: Buffer
}

export async function readLog(adminUrl: string): Promise<readonly LoggedRecord[]> {
  return query(adminUrl, async client => {
    const { rows } = await client.query<{ lane: string; index: string; leaf: Buffer }>(
      'SELECT lane.name AS lane, index, leaf FROM record JOIN lane ON lane.id = record.lane ORDER BY lane.id, index',
    )
    return rows.map(({ lane, index, leaf }) => {
      const fields = JSON.parse(leaf.toString('utf8')) as Record<string, unknown>
      const exchange = typeof fields.exchange === 'string' ? fields.exchange : null
      return { lane, index: Number(index), kind: String(fields.kind), exchange, fields, leaf }
    })
  })
}

/** Runs statements on a connection of their own. */
export async function query<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
