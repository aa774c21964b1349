import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { join } from 'node:path'
import { checkLanes, readLanes } from '../support/ledger/check-lanes.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { startGatewayProcess } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

/** The one that has the duty of the control lane goes, and the other right behind it, before it looked whether the duty is free. */
describe('two gateways of which the one on duty is killed and the other stopped', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('leave no lane unsealed', async () => {
    const second = await startGatewayProcess({
      ...world.environment,
      KEYS_DIR: join(world.directory, 'var', 'keys'),
      DATA_DIR: join(world.directory, 'var-2'),
      GATEWAY_ID: 'gateway-2',
    })
    await world.gateway.kill()
    expect(await second.stop()).toBe(0)
    const lanes = await readLanes(world.database.adminUrl)
    expect(lanes.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'control open',
      'data sealed',
      'data sealed',
    ])
    expect(checkLanes(lanes, await readLog(world.database.adminUrl))).toEqual([])
    expect((await world.verify()).code).toBe(0)
  })
})
