import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/refusals/scene.ts'
import { runCommand } from '../support/world/gateway-process.ts'
import { lintAside } from '../../gateway/edge/schemas/lint-aside.ts'
import { schemaText } from '../unit/schema/schema-text.ts'
import { startWorld, type World } from '../support/world/world.ts'
import { json } from '../support/world/test-provider.ts'

const DEMO = join(import.meta.dirname, '../../deploy/demo/services/categories-v1')
const SERVICE = 'G99.10/categories/v1'

describe('lienthong service', () => {
  let directory: string
  let world: World
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-service-'))
    world = await startWorld({
      configure(files) {
        const name = 'agreements/records-records.yaml'
        const text = files.get(name) ?? ''
        files.set(name, `${text}dormant: true\nactivation: ${JSON.stringify(hourFromNow())}\n`)
      },
    })
  })
  afterAll(async () => {
    await world?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const hourFromNow = () => {
    const minute = Math.floor(Date.now() / 60_000) * 60_000
    const [from, until] = [minute, minute + 3_600_000].map(at => new Date(at).toISOString())
    return { from, until, reason: 'An e2e test' }
  }

  /** A folder with the demo's service, changed. */
  const folderWith = (name: string, change: (openapi: string) => string): string => {
    const folder = join(directory, name)
    mkdirSync(folder)
    const [service, openapi] = ['service.yaml', 'openapi.yaml'].map(file => readFileSync(join(DEMO, file), 'utf8'))
    writeFileSync(join(folder, 'service.yaml'), service ?? '')
    writeFileSync(join(folder, 'openapi.yaml'), change(openapi ?? ''))
    return folder
  }

  it('check finds nothing wrong with the demo world', async () => {
    const { code, stdout } = await runCommand(['service', 'check', DEMO, '--against', DEMO], {})
    expect([code, stdout]).toEqual([0, expect.stringContaining('compatibility with')])
    expect(stdout).toMatch(/0 errors, 0 warnings[^]*: full/)
  })

  it('check names the agreements that a new version breaks', async () => {
    const two = /minLength: 2, maxLength: 2, pattern: '[^']*'/
    const folder = folderWith('longer', text =>
      text.replace(two, () => "minLength: 3, maxLength: 3, pattern: '^[0-9]{3}$'"),
    )
    const { code, stdout } = await world.command('service', 'check', folder, '--against', SERVICE, '--json')
    const printed = JSON.parse(stdout) as { compatibility: string; broken: { agreement: string }[] }
    expect([code, printed.compatibility]).toEqual([1, 'none'])
    expect(printed.broken.map(({ agreement }) => agreement).sort()).toEqual([
      'logistics-categories',
      'records-categories',
      'training-categories',
    ])
  })

  it('check refuses a schema that would take seconds to compile', async () => {
    const members = Array.from({ length: 2_300 }, (_, n) => `m${n}: { type: integer }`).join(', ')
    const schema = `{ type: object, properties: { ${members} }, unevaluatedProperties: false }`
    const folder = folderWith('hostile', text =>
      text
        .replace(/^ {2}schemas:$/m, `  schemas:\n    Hostile: ${schema}`)
        .replace(/#\/components\/schemas\/ProvincePage/, '#/components/schemas/Hostile'),
    )
    const { code, stdout } = await runCommand(['service', 'check', folder], {})
    expect([code, stdout]).toEqual([1, expect.stringContaining('names at most 300 members, not 2300')])
  })

  it('what is compiled aside is ended when its time is over, and what was done by then is kept', async () => {
    const worker = new URL('../../dist/gateway/edge/schemas/lint-worker.js', import.meta.url)
    const schemas = Array.from({ length: 400 }, (_, n) =>
      schemaText({ type: 'object', additionalProperties: false, properties: { [`m${n}`]: { type: 'boolean' } } }),
    )
    expect((await lintAside(schemas.slice(0, 3), 20_000, worker)).flat()).toEqual([])
    const faults = await lintAside(schemas, 1, worker)
    expect(faults).toHaveLength(400)
    expect(faults.at(-1)).toEqual([{ pointer: '', message: 'does not compile within 0.001 s' }])
  })

  it('import turns OpenAPI 3.0 into 3.1 and says what is left to do', async () => {
    const file = join(directory, 'old.yaml')
    writeFileSync(file, 'openapi: 3.0.3\npaths: {}\ncomponents: { schemas: { A: { type: string, nullable: true } } }\n')
    const { code, stdout } = await runCommand(['service', 'import', file], {})
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^openapi: 3\.1\.0$/m)])
    expect(stdout).toContain('- "null"')
  })

  it('usage tells the owner who used the service, and which answers were withheld', async () => {
    const began = new Date(Date.now() - 60_000).toISOString()
    const call = { path: `/exchange/${SERVICE}/provinces`, headers: { 'exchange-purpose': 'reference-data' } }
    const records = world.client('G99.21.records')
    for (let n = 0; n < 3; n++) await records.call(call)
    const good = world.provider.answer
    world.provider.answer = json(200, { items: 'none' })
    expect((await world.client('G99.23.training').call(call)).status).toBe(502)
    world.provider.answer = good
    const usage = async () => {
      const { stdout } = await world.command('service', 'usage', SERVICE, '--from', began, '--json')
      return JSON.parse(stdout) as { uses: Record<string, unknown>[]; withheld: Record<string, unknown>[] }
    }
    const { uses, withheld } = await eventually(usage, read => read.withheld.length > 0 && read.uses.length > 1, 20_000)
    const of = { operation: 'listProvinces' }
    expect(uses).toContainEqual({
      ...of,
      consumer: 'G99.21/records',
      agreement: 'records-categories',
      kind: 'response',
      code: null,
      count: 3,
    })
    expect(withheld).toEqual([
      expect.objectContaining({ ...of, consumer: 'G99.23/training', code: 'response-invalid', count: 1 }),
    ])
  })

  it('an activated dormant agreement is told of in the operations log, and by /readyz until it sleeps again', async () => {
    await eventually(
      () => world.gateway.log(),
      log => log.includes('a dormant agreement is activated'),
    )
    const ready = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/readyz`)).text()
    expect(ready).toContain('warning: records-records activated')
  })
})
