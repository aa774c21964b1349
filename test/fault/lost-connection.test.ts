import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Database, openDatabase } from '../../gateway/edge/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { query } from '../support/ledger/read-log.ts'
import { startWorld, type World } from '../support/world/world.ts'
import { startGatewayProcess } from '../support/world/gateway-process.ts'

describe('a connection of the pool that is lost between two statements of a transaction', () => {
  let fresh: FreshDatabase
  let database: Database
  beforeAll(async () => {
    fresh = await freshDatabase()
    database = openDatabase(fresh.runtimeUrl, { name: 'test' })
  })
  afterAll(async () => {
    await database.close()
    await fresh.drop()
  })

  it('fails the next statement and ends no process', async () => {
    const client = await database.pool.connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const ended = new Promise<void>(resolve => client.once('end', () => resolve()))
    await query(fresh.adminUrl, admin => admin.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]))
    await ended
    await expect(client.query('SELECT 1')).rejects.toThrow()
    client.release(true)
    expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })
})

describe('a gateway whose port is taken', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('ends with code 2, and leaves the log in order', async () => {
    const taken = String(world.gateway.exchangePort)
    const again = startGatewayProcess({ ...world.environment, GATEWAY_ID: 'gateway-2', EXCHANGE_PORT: taken })
    await expect(again).rejects.toThrow(/code 2:[^]*EXCHANGE_PORT/)
    expect(await world.verify()).toMatchObject({ code: 0, good: true, findings: [] })
  })
})
