import { openDatabase } from '../../../gateway/edge/postgres/database.ts'
import type { World } from '../world/world.ts'

/** Rows of a statement, as the superuser of a world's database. */
export async function readSql(world: World, sql: string): Promise<readonly Record<string, unknown>[]> {
  const database = openDatabase(world.database.adminUrl, { name: 'test' })
  try {
    return (await database.pool.query<Record<string, unknown>>(sql)).rows
  } finally {
    await database.close()
  }
}
