import { describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { invitation } from '../../gateway/cli/demo/invitation.ts'
import { steps } from '../../gateway/exchange/steps.ts'
import { catalogue } from '../../gateway/problems/catalogue.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const filesBelow = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(ending))
    .map(name => join(folder, name))

const DOCUMENTS = ['README.md', 'certs-dev/README.md', 'deploy/demo/README.md', ...filesBelow('docs', '.md')]
const sources = (folder: string): string => filesBelow(folder, '.ts').map(read).join('\n')
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>

interface Fence {
  readonly document: string
  /** What stands behind the opening backticks. */
  readonly info: string
  readonly text: string
}

const fences: readonly Fence[] = DOCUMENTS.flatMap(document =>
  [...read(document).matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info = '', text = '']) => ({
    document,
    info,
    text,
  })),
)

/** Lines of fences that a reader may run as they stand; a line that ends in a backslash goes on. */
const commands = fences
  .filter(({ info }) => info === 'bash run')
  .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, '').split(/\n| && /))
  .map(line => line.trim())
  .filter(line => line !== '')

/** Names in backticks that begin a row of the table below a heading. */
function firstColumn(document: string, heading: string): readonly string[] {
  const [, section = ''] = read(document).split(`\n## ${heading}\n`)
  const [table = ''] = section.split('\n## ')
  return [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
}

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort()
const namesIn = (text: string, pattern: RegExp): readonly string[] =>
  sorted([...text.matchAll(pattern)].map(([, name = '']) => name))

/** The help of every command of the built program, by its words: one process, for each would load the gateway anew. */
const HELPS = `
  import { Command } from 'commander'
  import { COMMANDS } from './dist/gateway/cli/commands.js'
  const program = new Command('lienthong')
  for (const load of Object.values(COMMANDS)) program.addCommand((await load())({}))
  const helps = {}
  const walk = (command, words) => {
    helps[words.join(' ')] = command.helpInformation()
    for (const below of command.commands) walk(below, [...words, below.name()])
  }
  walk(program, [])
  process.stdout.write(JSON.stringify(helps))`
const helps = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', HELPS], {
  cwd: ROOT,
  env: { ...process.env, NODE_OPTIONS: '' },
  maxBuffer: 1 << 24,
}).then(({ stdout }) => JSON.parse(stdout) as Readonly<Record<string, string>>)

describe('what a document says to run', () => {
  const words = [...commands, ...firstColumn('README.md', 'Commands')]
  const invoked = sorted(
    words.filter(line => line.startsWith('npx lienthong ')).map(line => line.replace('npx lienthong ', '')),
  )

  it('is there at all', () => {
    expect(invoked.length).toBeGreaterThan(5)
    expect(commands.filter(line => line.startsWith('curl ')).length).toBe(3)
  })

  it.each(invoked)('npx lienthong %s: is a command with these options', async line => {
    const [, path = '', rest = ''] = /^((?:[a-z][a-z0-9-]*(?: |$))+)(.*)$/.exec(line) ?? []
    const help = (await helps)[path.trim()] ?? ''
    expect(help).toMatch(
      new RegExp(`^Usage: lienthong ${path.trim()}( \\[options\\])?( <[a-z-]+>| \\[[a-z-]+\\])*$`, 'm'),
    )
    for (const option of rest.split(' ').filter(word => word.startsWith('--'))) expect(help).toContain(` ${option} `)
  })

  it('through npm is a script of package.json', () => {
    const scripts = words
      .flatMap(line => /^npm (?:run )?([a-z:]+)$/.exec(line)?.[1] ?? [])
      .filter(name => name !== 'ci')
    expect(scripts).not.toEqual([])
    for (const script of scripts) expect(manifest.scripts).toHaveProperty(script)
  })

  it('with curl is what the demo prints', () => {
    const printed = invitation(
      { certsDir: join(process.cwd(), 'certs-dev/out'), dataDir: join(process.cwd(), 'var') } as never,
      { exchangePort: 8443, officePort: 8444, opsPort: 9464 },
    ).replaceAll(/\\\n\s*/g, '')
    for (const line of commands.filter(command => command.startsWith('curl '))) expect(printed).toContain(line)
  })

  it('begins with something that is known', () => {
    for (const line of commands) expect(line).toMatch(/^(?:npx lienthong|npm|curl) /)
  })
})

describe('the environment', () => {
  const code = ['settings.ts', 'demo/demo.ts'].map(name => read(`gateway/cli/${name}`)).join('\n')

  it('in the README is what the command reads, and the reverse', () => {
    const used = namesIn(code, /environment\.([A-Z][A-Z0-9_]+)/g)
    const ports = namesIn(code, /port\(environment, '([A-Z_]+)'/g)
    expect(sorted(firstColumn('README.md', 'Environment'))).toEqual(sorted([...used, ...ports]))
  })

  it('is read in no other file of the command', () => {
    const others = filesBelow('gateway', '.ts').filter(path => !/cli\/(settings|demo\/demo|main)\.ts$/.test(path))
    expect(others.filter(path => /environment\.[A-Z]|process\.env\.[A-Z]/.test(read(path)))).toEqual([])
  })
})

describe('links', () => {
  it.each(DOCUMENTS)('of %s lead to files that exist', document => {
    const broken = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter(target => !/^[a-z]+:/.test(target))
      .filter(
        target => !existsSync(join(ROOT, dirname(document), target.split('#')[0] ?? '')) && !target.startsWith('#'),
      )
    expect(broken).toEqual([])
  })

  it('reach every document from the index', () => {
    const reaches = (index: string, path: string): boolean =>
      read(join('docs', index)).includes(`(${relative(dirname(index), path)})`)
    const unreached = filesBelow('docs', '.md')
      .map(path => relative('docs', path))
      .filter(path => path !== 'README.md' && !reaches('README.md', path))
      // A folder with an index of its own.
      .filter(
        path =>
          !existsSync(join(ROOT, 'docs', dirname(path), 'README.md')) ||
          !reaches(join(dirname(path), 'README.md'), path),
      )
    expect(unreached).toEqual([])
  })
})

describe('tables that repeat the code', () => {
  it('metrics of docs/operations.md', () => {
    const code = sources('gateway')
    const made = [
      ...namesIn(code, /name: '(lienthong_[a-z_]+)'/g),
      ...namesIn(code, /\.(?:gauge|labelled)\(\s*'(lienthong_[a-z_]+)'/g),
    ]
    expect(sorted(firstColumn('docs/operations.md', 'Metrics'))).toEqual(sorted(made))
  })

  it('packages of docs/dependencies.md', () => {
    const listed = ['At run time', 'For development'].flatMap(heading => firstColumn('docs/dependencies.md', heading))
    const { dependencies, optionalDependencies, devDependencies } = manifest
    expect(sorted(listed)).toEqual(
      sorted(Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies })),
    )
  })

  it('steps of docs/life-of-an-exchange.md', () => {
    const [, section = ''] = read('docs/life-of-an-exchange.md').split('\n## The steps\n')
    const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| ([A-Za-z]+) \|/gm)].map(([, name = '']) => name)
    expect(rows.filter(name => name !== 'step')).toEqual(steps.map(({ name }) => name))
  })

  it('codes of docs/life-of-an-exchange.md', () => {
    const codes = Object.keys(catalogue)
    const text = read('docs/life-of-an-exchange.md')
    expect(codes.filter(code => !text.includes(`\`${code}\``))).toEqual([])
    const [, section = ''] = text.split('\n## The steps\n')
    const refusals = [...(section.split('\n## ')[0]?.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g) ?? [])].map(
      ([, code = '']) => code,
    )
    expect(refusals.filter(code => !codes.includes(code))).toEqual([])
  })

  it('codes, status and titles of docs/problems/README.md', () => {
    const rows = [
      ...read('docs/problems/README.md').matchAll(
        /^\| \[`([a-z-]+)`\]\(\1\.md\) \| (\d+) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$/gm,
      ),
    ]
    expect(rows.map(([, code, status, title, advice]) => [code, Number(status), title, advice])).toEqual(
      Object.entries(catalogue).map(([code, { status, title, advice }]) => [code, status, title.en, advice.en]),
    )
  })

  it('examples of docs/configuration.md, which stand in the files that they name', () => {
    const examples = fences.flatMap(({ info, text }) =>
      // `file=` marks what docs/offer-a-service.md asks its reader to write: test/e2e/documentation-snippets.test.ts runs it.
      /^yaml (?!file=)(\S+)$/.exec(info) ? [[info.slice('yaml '.length), text] as const] : [],
    )
    expect(examples.length).toBeGreaterThan(6)
    for (const [path, text] of examples) expect(read(path)).toContain(text)
  })
})
