import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../support/world/client.ts'
import type { CommandResult } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

let world: World
let directory: string
let training: Client
beforeAll(async () => {
  world = await startWorld()
  directory = join(world.directory, 'exported')
  training = world.client('G99.23.training')
}, 120_000)
afterAll(() => world?.close(), 60_000)

const LOGISTICS = 'agreements/logistics-categories.yaml'

const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
const edit = (name: string, from: string, to: string): void => {
  if (!read(name).includes(from)) throw new Error(`${name} does not hold ${from}:\n${read(name)}`)
  writeFileSync(join(directory, name), read(name).replace(from, to))
}
const plan = (...flags: string[]): Promise<CommandResult> => world.command('config', 'plan', directory, ...flags)
const as = (officer: string): string[] => [
  '--officer',
  officer,
  '--key',
  join(world.certsDir, `officer.${officer}.key`),
]
/** By the agreement that the directory leaves out. Nobody listens at the provider's address: 502 where it may. */
const listItems = async (): Promise<number> => {
  const headers = { 'Exchange-Purpose': 'supply' }
  return (await training.call({ path: '/exchange/G99.22/inventory/v1/items', headers })).status
}

describe('config', () => {
  it('exports a revision as a directory from which there is no difference', async () => {
    const exported = await world.command('config', 'export', directory, '--json')
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(exported.stdout)).toMatchObject({ revision: 0 })
    expect(readdirSync(join(directory, 'certs')).sort()).toContain('development-ca-1.crt')
    const planned = await plan()
    expect(planned).toMatchObject({ code: 0, stdout: 'no difference to revision 0\n' })
  })

  it('does not write into a directory that holds something else', async () => {
    const again = await world.command('config', 'export', directory)
    expect(again).toMatchObject({ code: 2 })
    expect(again.stderr).toContain('is not empty')
  })

  it('says what a directory would change, member by member', async () => {
    edit(LOGISTICS, 'ceiling: internal', 'ceiling: restricted')
    edit('officers.yaml', '- auditor', '- observer')
    rmSync(join(directory, 'agreements/training-inventory.yaml'))
    const planned = await plan()
    expect(planned.code).toBe(1)
    expect(planned.stdout.split('\n')).toEqual([
      'officer auditor-1: roles/auditor removed: auditor (takes away)',
      'officer auditor-1: roles/observer added: observer (gives more)',
      'agreement logistics-categories: ceiling internal -> restricted (gives more)',
      expect.stringMatching(/^agreement training-inventory: removed \(takes away\)$/),
      '3 objects differ from revision 0',
      'needs a proposal and the approval of another security officer',
      '',
    ])
    const json = JSON.parse((await plan('--json')).stdout) as Record<string, unknown>
    expect(json).toMatchObject({ revision: 0, onlyTakesAway: false })
    expect(json.differences).toContainEqual({
      kind: 'agreement',
      id: 'logistics-categories',
      member: 'ceiling',
      change: 'changed',
      was: 'internal',
      is: 'restricted',
      effect: 'gives more',
    })
  })

  it('tells everything that is wrong with a directory, by file and line, and changes nothing', async () => {
    const good = read(LOGISTICS)
    edit(LOGISTICS, 'ceiling: restricted', 'ceiling: secret')
    edit('genesis.yaml', 'G99.10', 'G99.21')
    const wrong = await plan()
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/agreements\/logistics-categories\.yaml:\d+ \/ceiling: /)
    const applied = await world.command('config', 'apply', directory, ...as('security-1'))
    expect(applied).toMatchObject({ code: 2, stdout: '' })
    writeFileSync(join(directory, LOGISTICS), good)
    const genesis = await plan('--json')
    expect(genesis.code).toBe(2)
    expect(JSON.parse(genesis.stdout)).toMatchObject({ errors: [{ file: 'genesis.yaml', line: 1 }] })
    edit('genesis.yaml', 'G99.21', 'G99.10')
  })

  it('proposes the differences as one signed change, which another officer approves', async () => {
    expect(await listItems()).toBe(502)
    const alone = await world.command('config', 'apply', directory, '--json', ...as('operator-1'))
    expect(alone).toMatchObject({ code: 1 })
    expect(JSON.parse(alone.stdout)).toMatchObject({ refused: { reason: 'not-entitled' } })
    const proposed = await world.command(
      ...['config', 'apply', directory, '--json', '--title', 'Less for training', '--reason', 'A test.'],
      ...as('security-1'),
    )
    expect(proposed).toMatchObject({ code: 0 })
    const { change } = JSON.parse(proposed.stdout) as { change: { id: string; state: string; text: object } }
    expect(change).toMatchObject({ state: 'proposed', proposer: 'security-1', text: { title: 'Less for training' } })
    expect((await world.command('change', 'approve', change.id, ...as('security-1'))).code).toBe(1)
    expect(await listItems()).toBe(502)
    const approved = await world.command('change', 'approve', change.id, '--json', ...as('security-2'))
    expect(approved).toMatchObject({ code: 0 })
    expect(JSON.parse(approved.stdout)).toMatchObject({ change: { state: 'applied', revision: 1 } })
    for (let attempt = 0; attempt < 300 && (await listItems()) !== 403; attempt++) await sleep(100)
    expect(await listItems()).toBe(403)
    expect(await plan()).toMatchObject({ code: 0, stdout: 'no difference to revision 1\n' })
  })

  it('exports an earlier revision too, and leaves nothing of a later one behind', async () => {
    expect((await world.command('config', 'export', directory, '--replace', '--revision', '0')).code).toBe(0)
    expect(existsSync(join(directory, 'agreements/training-inventory.yaml'))).toBe(true)
    expect((await world.command('config', 'export', directory, '--replace')).code).toBe(0)
    expect(existsSync(join(directory, 'agreements/training-inventory.yaml'))).toBe(false)
    expect(await plan()).toMatchObject({ code: 0 })
  })

  it("needs one officer's word where a directory only takes away", async () => {
    writeFileSync(join(directory, LOGISTICS), `${read(LOGISTICS)}suspended: true\n`)
    expect((await plan()).stdout).toContain("one security officer's word is enough")
    const applied = await world.command('config', 'apply', directory, '--json', ...as('security-2'))
    expect(JSON.parse(applied.stdout)).toMatchObject({ change: { state: 'applied', revision: 2 } })
    const nothing = await world.command('config', 'apply', directory, ...as('security-2'))
    expect(nothing).toMatchObject({ code: 0, stdout: 'no difference to revision 2\n' })
  })
})
