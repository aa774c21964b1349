import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import provinces from '../../demo/data-centre/provinces.json' with { type: 'json' }
import type { Client } from '../support/world/client.ts'
import { change } from '../support/world/configuration-directory.ts'
import { startWorld, type World } from '../support/world/world.ts'

interface Unit {
  readonly code: string
  readonly name: string
}

const ROOT = join(import.meta.dirname, '../..')
/** A public data set that lies beside the checkout where the project is developed; elsewhere the 34 provinces of the demo serve. */
const FILE = join(ROOT, '../shared/data/vn-administrative-units.json')
const units: readonly (Unit & { communes: readonly Unit[] })[] = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as never)
  : provinces.map(province => ({ ...province, communes: [] }))

/** The demo provider as it is shipped, over the gateway, as `G99.21/records`. */
describe('the administrative units of Viet Nam over the gateway', () => {
  let world: World
  let provider: ChildProcess
  let client: Client
  beforeAll(async () => {
    world = await startWorld({
      configure: async (files, certsDir) => {
        provider = fork(join(ROOT, 'dist/demo/data-centre/main.js'), {
          env: {
            ...process.env,
            NODE_OPTIONS: '',
            PORT: '0',
            CERTS_DIR: certsDir,
            ...(existsSync(FILE) ? { UNITS_FILE: FILE } : {}),
          },
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        })
        const [{ port }] = (await once(provider, 'message')) as [{ port: number }]
        const systems = files.get('systems.yaml') ?? ''
        files.set(
          'systems.yaml',
          systems.replace(/endpoint: https:\/\/localhost:(?!9444)\d+/, `endpoint: https://localhost:${port}`),
        )
        change(files, 'agreements/records-categories.yaml', 'perMinute: 600', 'perMinute: 100000')
      },
    })
    client = world.client('G99.21.records')
  })
  afterAll(async () => {
    provider.kill()
    await world.close()
  })

  const get = async (path: string): Promise<Record<string, unknown>> => {
    const answered = await client.call({
      path: `/exchange/G99.10/categories/v1${path}`,
      headers: { 'exchange-purpose': 'reference-data' },
    })
    if (answered.status !== 200) throw new Error(`${path}: ${answered.status} ${answered.text}`)
    return answered.json ?? {}
  }

  const all = async (path: string, pageSize: number): Promise<readonly Unit[]> => {
    const found: Unit[] = []
    for (let page = 1; ; page++) {
      const { items, total } = (await get(`${path}?page=${page}&pageSize=${pageSize}`)) as unknown as {
        items: Unit[]
        total: number
      }
      found.push(...items)
      if (page * pageSize >= total) return found
    }
  }

  it('pages through all provinces, and every name and code is that of the file', async () => {
    expect(await all('/provinces', 10)).toEqual(units.map(({ code, name }) => ({ code, name })))
    expect(units).toHaveLength(34)
  })

  it('pages through all communes of all provinces', async () => {
    let communes = 0
    for (const { code, communes: expected } of units) {
      const found = await all(`/provinces/${code}/communes`, 200)
      expect(found).toEqual(expected.map(unit => ({ code: unit.code, name: unit.name })))
      communes += found.length
    }
    expect(communes).toBe(units.reduce((sum, unit) => sum + unit.communes.length, 0))
  })

  it('gives one province, passes its described 404 on, and searches', async () => {
    expect(await get('/provinces/01')).toEqual({ code: '01', name: 'Thành phố Hà Nội' })
    const missing = await client.call({
      path: '/exchange/G99.10/categories/v1/provinces/99',
      headers: { 'exchange-purpose': 'reference-data' },
    })
    expect({ status: missing.status, problem: missing.headers['exchange-problem'] }).toEqual({
      status: 404,
      problem: undefined,
    })
    const found = await client.call({
      method: 'POST',
      path: '/exchange/G99.10/categories/v1/provinces/search',
      headers: { 'exchange-purpose': 'reference-data', 'content-type': 'application/json' },
      body: JSON.stringify({ nameContains: 'hà nội' }),
    })
    expect(found.json).toEqual({ items: [{ code: '01', name: 'Thành phố Hà Nội' }], total: 1 })
  })
})
