import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { change } from '../support/world/configuration-directory.ts'
import { readLanes } from '../support/ledger/check-lanes.ts'
import { checkLedger, type LedgerEntry } from '../support/ledger/check-ledger.ts'
import { entryOf } from '../support/ledger/entry-of.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import type { Client } from '../support/world/client.ts'
import { json } from '../support/world/test-provider.ts'
import { startWorld, type World } from '../support/world/world.ts'

const CALLERS = 64
const PAGE = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }

/**
 * How a call ended that got no answer. A connection that the kernel had taken and the gateway had not when it stopped listening is
 * reset before its handshake: nothing was sent on it, so it was refused like the others.
 */
function endOf(thrown: unknown): string {
  const { code, message } = thrown as { code?: string; message?: string }
  const refused = code === 'ECONNREFUSED' || message?.includes('before secure TLS connection was established') === true
  return refused ? 'refused' : `${code}: ${message}`
}

describe(`SIGTERM under the load of ${CALLERS} callers`, () => {
  let world: World
  let client: Client
  const ledger: LedgerEntry[] = []
  const unanswered: string[] = []
  let stopping = false

  beforeAll(async () => {
    world = await startWorld({
      configure: files => {
        for (const name of files.keys())
          if (name.startsWith('agreements/'))
            change(files, name, 'perMinute: 600, concurrent: 16,', 'perMinute: 1000000, concurrent: 1000,')
      },
      // Some answers take their time, so that the signal finds exchanges in every step.
      answer: async (seen, request, response) => {
        await sleep(Math.random() * 200)
        return json(200, PAGE)(seen, request, response)
      },
    })
    client = world.client('G99.21.records')
  })
  afterAll(() => world.close())

  const caller = async (): Promise<void> => {
    while (!stopping) {
      const answered = await client.call(listCall).catch((thrown: unknown) => {
        unanswered.push(endOf(thrown))
        return null
      })
      ledger.push(entryOf('G99.21/records', answered))
      if (answered === null) return
    }
  }

  it('answers every call that was sent, and refuses only connections', async () => {
    const callers = Array.from({ length: CALLERS }, caller)
    while (ledger.length < 4 * CALLERS) await sleep(20)
    const before = ledger.length
    const code = await world.gateway.stop()
    stopping = true
    await Promise.all(callers)

    expect(code).toBe(0)
    expect(ledger.length - before).toBeGreaterThanOrEqual(CALLERS)
    expect([...new Set(unanswered)]).toEqual(['refused'])
    expect(ledger.filter(({ status }) => status !== null && status !== 200)).toEqual([])
  })

  it('leaves a log that verifies, its lane sealed with nothing unresolved', async () => {
    const log = await readLog(world.database.adminUrl)
    const lanes = await readLanes(world.database.adminUrl)
    expect(checkLedger(ledger, world.provider.seen, log, lanes)).toEqual([])
    expect(lanes.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual(['control open', 'data sealed'])
    expect(log.filter(({ kind }) => kind === 'unresolved')).toEqual([])
    expect(await world.verify()).toMatchObject({ code: 0, good: true, findings: [] })
  })
})

describe('SIGTERM with a connection that its caller keeps open', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('ends within a few seconds', async () => {
    const client = world.client('G99.21.records')
    expect((await client.call(listCall)).status).toBe(200)
    const before = Date.now()
    expect(await world.gateway.stop()).toBe(0)
    expect(Date.now() - before).toBeLessThan(5_000)
  })
})
