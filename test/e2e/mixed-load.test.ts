import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkLedger, type LedgerEntry } from '../support/ledger/check-ledger.ts'
import { entryOf } from '../support/ledger/entry-of.ts'
import { readLog } from '../support/ledger/read-log.ts'
import type { Call, Client } from '../support/world/client.ts'
import { json } from '../support/world/test-provider.ts'
import { startWorld, type World } from '../support/world/world.ts'

const EXCHANGES = 5_000
const CONCURRENCY = 64
const PURPOSE = { 'exchange-purpose': 'reference-data' }
const BASE = '/exchange/G99.10/categories/v1'
const post = (body: string): Call => ({
  method: 'POST',
  path: `${BASE}/provinces/search`,
  headers: { ...PURPOSE, 'content-type': 'application/json' },
  body,
})

/** Of ten calls, seven are answered. */
const mix: readonly { system: string; call: Call }[] = [
  { system: 'G99.21.records', call: { path: `${BASE}/provinces`, headers: PURPOSE } },
  { system: 'G99.21.records', call: post('{"codes":["01"]}') },
  { system: 'G99.22.logistics', call: { path: `${BASE}/provinces?page=1&pageSize=10`, headers: PURPOSE } },
  { system: 'G99.23.training', call: { path: `${BASE}/provinces`, headers: PURPOSE } },
  { system: 'G99.22.logistics', call: post('{"nameContains":"Hà"}') },
  { system: 'G99.21.records', call: { path: `${BASE}/provinces/01`, headers: PURPOSE } },
  { system: 'G99.22.logistics', call: { path: `${BASE}/provinces`, headers: PURPOSE } },
  { system: 'G99.23.training', call: { path: `${BASE}/provinces/01`, headers: PURPOSE } },
  { system: 'G99.21.records', call: post('{"codes":["01"],"extra":true}') },
  { system: 'G99.22.logistics', call: { path: `${BASE}/provinces`, headers: { 'exchange-purpose': 'supply' } } },
]

/** Every ledger agrees: what clients saw, what the provider saw, what the log says. */
describe(`${EXCHANGES} mixed exchanges at concurrency ${CONCURRENCY}`, () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({
      configure: files => {
        for (const [name, text] of files)
          if (name.startsWith('agreements/'))
            files.set(
              name,
              text.replace(
                'limits: { perMinute: 600, concurrent: 16,',
                'limits: { perMinute: 1000000, concurrent: 1000,',
              ),
            )
      },
      answer: (seen, request, response) => {
        const province = { code: '01', name: 'Thành phố Hà Nội' }
        const page = { items: [province], page: 1, pageSize: 50, total: 1 }
        const value = seen.path.endsWith('/search')
          ? { items: [province], total: 1 }
          : seen.path.endsWith('/01')
            ? province
            : page
        return json(200, value)(seen, request, response)
      },
    })
  })
  afterAll(() => world.close())

  it('are recorded one for one, and the log verifies', async () => {
    const clients = new Map<string, Client>(
      [...new Set(mix.map(({ system }) => system))].map(system => [system, world.client(system)]),
    )
    const ledger: LedgerEntry[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < EXCHANGES) {
        const { system, call } = mix[next++ % mix.length] ?? mix[0]!
        const answered = await clients
          .get(system)
          ?.call(call)
          .catch(() => null)
        ledger.push(entryOf(system.replace(/\.([a-z-]+)$/, '/$1'), answered ?? null))
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    // Counted refusals are written at the end of their second.
    await sleep(1_500)

    const log = await readLog(world.database.adminUrl)
    expect(ledger).toHaveLength(EXCHANGES)
    expect(ledger.filter(({ status }) => status === null)).toEqual([])
    expect(checkLedger(ledger, world.provider.seen, log)).toEqual([])

    const answered = ledger.filter(({ problem }) => problem === null).length
    const refused = EXCHANGES - answered
    const kinds = (kind: string) => log.filter(record => record.kind === kind)
    const counted = kinds('refusals').reduce((sum, { fields }) => sum + Number(fields.times), 0)
    expect({
      answered,
      forwarded: world.provider.seen.length,
      requests: kinds('request').length,
      responses: kinds('response').length,
      refusals: kinds('refusal').length + counted,
    }).toEqual({
      answered: (EXCHANGES * 7) / 10,
      forwarded: answered,
      requests: answered,
      responses: answered,
      refusals: refused,
    })
    expect(await world.verify()).toMatchObject({ code: 0, good: true, findings: [] })
  }, 180_000)
})
