import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { query } from '../ledger/read-log.ts'
import type { World } from '../world/world.ts'

/** Where a text lies: tables (bytes and texts of every row), files of DATA_DIR, the operations log. */
export async function placesOf(world: World, text: string): Promise<readonly string[]> {
  const dataDir = String(world.environment.DATA_DIR)
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .map(name => join(dataDir, name))
    .filter(path => statSync(path).isFile() && readFileSync(path).includes(text))
  const log = world.gateway.log().includes(text) ? ['the operations log'] : []
  return [...(await tablesWith(world.database.adminUrl, text)), ...files, ...log]
}

function tablesWith(adminUrl: string, text: string): Promise<readonly string[]> {
  return query(adminUrl, async client => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    )
    const found: string[] = []
    for (const { name } of rows) {
      // A row as text shows bytea as hex.
      const sql = `SELECT 1 FROM ${name} AS r WHERE position($1 in r::text) > 0 OR position($2 in r::text) > 0 LIMIT 1`
      const hits = await client.query(sql, [text, Buffer.from(text).toString('hex')])
      if (hits.rows.length > 0) found.push(name)
    }
    return found
  })
}
