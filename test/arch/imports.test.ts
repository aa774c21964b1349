import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const RULES = join(ROOT, '.dependency-cruiser.cjs')
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

/** Every folder with sources; those that do not exist yet are left out. */
const FOLDERS = ['gateway', 'certs-dev', 'demo', 'console', 'bin', 'test', 'bench']

const { FLOORS } = createRequire(import.meta.url)(RULES) as { readonly FLOORS: readonly (readonly string[])[] }

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly {
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
    }[]
  }
}

/** Runs the rules over the folders of a tree: `rule: from -> to`, one a violation, sorted. */
async function cruise(root: string): Promise<{ readonly files: number; readonly violations: readonly string[] }> {
  const folders = FOLDERS.filter(folder => existsSync(join(root, folder)))
  const text = await new Promise<string>((resolve, reject) => {
    const args = [CRUISER, '--config', RULES, '--output-type', 'json', ...folders]
    // The exit code counts the violations; a run that failed prints no JSON.
    const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 64 * 1024 * 1024 }
    execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr))
      else resolve(stdout)
    })
  })
  const { summary } = JSON.parse(text) as CruiseResult
  const violations = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
  return { files: summary.totalCruised, violations: violations.sort() }
}

describe('the import table', () => {
  it('holds over the whole tree', async () => {
    const { files, violations } = await cruise(ROOT)
    expect(violations).toEqual([])
    expect(files).toBeGreaterThan(200)
  })

  it('knows the floor of every folder of the gateway, and no file lies beside them', async () => {
    const rooms = new Set(FLOORS.flat())
    const entries = await readdir(join(ROOT, 'gateway'), { withFileTypes: true })
    expect(entries.filter(entry => !entry.isDirectory() || !rooms.has(entry.name)).map(entry => entry.name)).toEqual([])
  })
})

/** One line a planted violation: the rule that must catch it, the file, and what the file imports. */
const PLANTED: readonly (readonly [rule: string, from: string, to: string])[] = [
  // Upwards, to each next floor.
  ['below-edge-office-portal', 'gateway/edge/up.ts', 'gateway/cli/target.ts'],
  ['below-exchange-control-review', 'gateway/exchange/up.ts', 'gateway/edge/target.ts'],
  ['below-snapshot-record', 'gateway/snapshot/up.ts', 'gateway/exchange/target.ts'],
  ['below-policy-schema-identity', 'gateway/policy/up.ts', 'gateway/snapshot/target.ts'],
  ['below-configuration-log-pki', 'gateway/log/up.ts', 'gateway/policy/target.ts'],
  ['below-problems', 'gateway/problems/up.ts', 'gateway/configuration/target.ts'],
  ['below-domain', 'gateway/domain/up.ts', 'gateway/problems/target.ts'],
  // Over several floors, and from a folder inside a room.
  ['below-domain', 'gateway/domain/far-up.ts', 'gateway/edge/target.ts'],
  ['below-exchange-control-review', 'gateway/review/deep/up.ts', 'gateway/portal/target.ts'],
  // Sideways.
  ['below-edge-office-portal', 'gateway/office/sideways.ts', 'gateway/edge/target.ts'],
  ['below-exchange-control-review', 'gateway/control/sideways.ts', 'gateway/exchange/target.ts'],
  ['below-snapshot-record', 'gateway/record/sideways.ts', 'gateway/snapshot/target.ts'],
  ['below-policy-schema-identity', 'gateway/schema/sideways.ts', 'gateway/policy/target.ts'],
  ['below-configuration-log-pki', 'gateway/pki/sideways.ts', 'gateway/configuration/target.ts'],
  // Out of the gateway, and into it.
  ['nothing-imports-cli', 'bench/start.ts', 'gateway/cli/target.ts'],
  ['gateway-stands-alone', 'gateway/cli/test.ts', 'test/target.ts'],
  ['gateway-stands-alone', 'gateway/cli/bench.ts', 'bench/target.ts'],
  ['gateway-stands-alone', 'gateway/cli/demo/demo.ts', 'demo/target.ts'],
  ['certs-dev-only-for-the-demo', 'gateway/cli/serve/certificates.ts', 'certs-dev/target.ts'],
  ['certs-dev-needs-pki-and-domain', 'certs-dev/too-much.ts', 'gateway/configuration/target.ts'],
  ['demo-is-a-stranger', 'demo/knows.ts', 'gateway/domain/target.ts'],
  ['console-is-a-client', 'console/knows.ts', 'gateway/domain/target.ts'],
  ['imports-resolve', 'gateway/log/missing.ts', 'gateway/log/not-there.ts'],
]

/** Imports that are as they should be. */
const FINE: readonly (readonly [from: string, to: string])[] = [
  ['gateway/cli/down.ts', 'gateway/domain/target.ts'],
  ['gateway/edge/down.ts', 'gateway/log/target.ts'],
  ['gateway/edge/own/room.ts', 'gateway/edge/target.ts'],
  ['gateway/cli/demo/certificates.ts', 'certs-dev/target.ts'],
  ['certs-dev/down.ts', 'gateway/pki/target.ts'],
  ['test/down.ts', 'gateway/edge/target.ts'],
]

describe('the rules themselves', () => {
  let root: string
  let found: readonly string[]
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'lienthong-imports-')))
    const write = async (file: string, text: string): Promise<void> => {
      await mkdir(join(root, dirname(file)), { recursive: true })
      await writeFile(join(root, file), text)
    }
    await write('package.json', '{ "type": "module", "devDependencies": { "planted": "1.0.0" } }')
    await write('node_modules/planted/package.json', '{ "name": "planted", "version": "1.0.0", "main": "index.js" }')
    await write('node_modules/planted/index.js', '')
    await write('gateway/edge/dev.ts', "import 'planted'\n")
    await write('gateway/log/one.ts', "export type { Two } from './two.ts'\n")
    await write('gateway/log/two.ts', "import type { One } from './one.ts'\nexport type Two = One\n")
    for (const [, from, to] of PLANTED) {
      await write(from, importOf(from, to))
      if (to.endsWith('/target.ts')) await write(to, 'export interface Target {}\n')
    }
    for (const [from, to] of FINE) {
      await write(from, importOf(from, to))
      await write(to, 'export interface Target {}\n')
    }
    found = (await cruise(root)).violations
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  // Types only: they bind as hard as values.
  const importOf = (from: string, to: string): string =>
    `import type { Target } from '${'../'.repeat(from.split('/').length - 1)}${to}'\nexport type Used = Target\n`

  it.each(PLANTED)('%s catches %s -> %s', (rule, from, to) => {
    const shown = rule === 'imports-resolve' ? importOf(from, to).split("'")[1] : to
    expect(found).toContain(`${rule}: ${from} -> ${shown}`)
  })

  it('catches a cycle of types', () => {
    expect(found).toContain('no-cycles: gateway/log/one.ts -> gateway/log/two.ts')
  })

  it('catches a package that a production install lacks', () => {
    expect(found).toContain('runs-without-dev-dependencies: gateway/edge/dev.ts -> node_modules/planted/index.js')
  })

  it('has a planted violation for every rule', () => {
    const { forbidden } = createRequire(import.meta.url)(RULES) as { forbidden: readonly { readonly name: string }[] }
    const caught = new Set(found.map(line => line.split(':')[0]))
    // Nothing is above the top floor, and it has one room.
    expect(forbidden.map(rule => rule.name).filter(name => !caught.has(name))).toEqual(['below-cli'])
  })

  it.each(FINE)('lets %s import %s', from => {
    expect(found.filter(line => line.includes(`: ${from} `))).toEqual([])
  })
})
