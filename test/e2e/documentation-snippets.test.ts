import { afterAll, describe, expect, it } from '@jest/globals'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readLog } from '../support/ledger/read-log.ts'
import { startWorld, type World } from '../support/world/world.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Fence {
  readonly info: string
  readonly text: string
}

/** Code fences of a page in their order. */
const fencesOf = (page: string): readonly Fence[] =>
  [...readFileSync(join(ROOT, 'docs', page), 'utf8').matchAll(/^```(\S+(?: \S+)?)\n([\s\S]*?)^```$/gm)].map(
    ([, info = '', text = '']) => ({ info, text }),
  )

/** A snippet and what the fence behind it says that it prints, `…` standing for anything. */
function snippetsOf(page: string): readonly { language: string; code: string; prints: string }[] {
  const fences = fencesOf(page)
  return fences.flatMap(({ info, text }, i) => {
    const [language = '', mark] = info.split(' ')
    const next = fences[i + 1]
    return mark === 'snippet' && next?.info === 'text' ? [{ language, code: text, prints: next.text }] : []
  })
}

const RUNNERS: Readonly<Record<string, (code: string) => readonly [string, readonly string[]]>> = {
  bash: code => ['bash', ['-c', code]],
  js: code => [process.execPath, ['--input-type=module', '-e', code]],
  python: code => ['python3', ['-c', code]],
}

/** Runs a snippet where a reader would: `certs-dev/out` and port 8443 are those of the world. */
function run(language: string, code: string, directory: string, port: number): Promise<string> {
  const [program, words] = RUNNERS[language]?.(code.replaceAll('8443', String(port))) ?? ['false', []]
  return new Promise((resolve, reject) => {
    execFile(program, words, { cwd: directory, env: { ...process.env, NODE_OPTIONS: '' } }, (error, stdout, stderr) =>
      error ? reject(new Error(`${stderr}${error.message}`)) : resolve(stdout),
    )
  })
}

const pattern = (prints: string): RegExp =>
  new RegExp(
    `^${prints
      .trim()
      .split('…')
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  )

/** A directory as a reader's checkout looks to a snippet. */
function checkoutOf(world: World): string {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-snippets-'))
  mkdirSync(join(directory, 'certs-dev'))
  symlinkSync(world.certsDir, join(directory, 'certs-dev/out'))
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  return directory
}

async function startProgram(
  program: string,
  directory: string,
  environment: Record<string, string>,
): Promise<{ child: ChildProcess; port: string }> {
  const child = spawn(process.execPath, [program], {
    cwd: directory,
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const port = await Promise.race([
    once(child, 'message').then(([message]) => String((message as { port: number }).port)),
    once(child.stdout ?? child, 'data').then(([chunk]) => /listening at (\d+)/.exec(String(chunk))?.[1] ?? ''),
  ])
  return { child, port }
}

describe('docs/call-your-first-service.md', () => {
  const page = 'call-your-first-service.md'
  let world: World | null = null
  let provider: ChildProcess | null = null
  let directory = ''
  afterAll(async () => {
    await world?.close()
    provider?.kill()
    rmSync(directory, { recursive: true, force: true })
  })

  it('has snippets in curl, Node and Python that print what it says', async () => {
    world = await startWorld({
      configure: async (files, certsDir) => {
        const started = await startProgram(join(ROOT, 'dist/demo/data-centre/main.js'), ROOT, { CERTS_DIR: certsDir })
        provider = started.child
        const systems = files.get('systems.yaml') ?? ''
        files.set(
          'systems.yaml',
          systems.replace(/(G99.10\/data-centre[\s\S]*?endpoint: https:\/\/localhost:)\d+/, `$1${started.port}`),
        )
      },
    })
    directory = checkoutOf(world)
    const snippets = snippetsOf(page)
    expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(['bash', 'js', 'python']))
    for (const { language, code, prints } of snippets)
      expect((await run(language, code, directory, world.gateway.exchangePort)).trim()).toMatch(pattern(prints))
  }, 60_000)
})

describe('docs/offer-a-service.md', () => {
  const page = 'offer-a-service.md'
  let world: World | null = null
  let provider: ChildProcess | null = null
  let directory = ''
  afterAll(async () => {
    await world?.close()
    provider?.kill()
    rmSync(directory, { recursive: true, force: true })
  })

  it('has a program, a description and an agreement that work together as written', async () => {
    const written = fencesOf(page).flatMap(({ info, text }) => {
      const name = /^\S+ file=(\S+)$/.exec(info)?.[1]
      return name === undefined ? [] : [[name, text] as const]
    })
    expect(written.map(([name]) => name)).toEqual([
      'hello.mjs',
      'services/hello-v1/service.yaml',
      'services/hello-v1/openapi.yaml',
      'agreements/records-hello.yaml',
    ])
    world = await startWorld({
      configure: async (files, certsDir) => {
        const programs = mkdtempSync(join(tmpdir(), 'lienthong-program-'))
        symlinkSync(join(ROOT, 'node_modules'), join(programs, 'node_modules'))
        for (const [name, text] of written) {
          if (name.endsWith('.mjs')) {
            mkdirSync(dirname(join(programs, name)), { recursive: true })
            writeFileSync(join(programs, name), text)
          } else files.set(name, text)
        }
        const started = await startProgram('hello.mjs', programs, { CERTS_DIR: certsDir })
        provider = started.child
        const systems = files.get('systems.yaml') ?? ''
        files.set(
          'systems.yaml',
          systems.replace(/(G99.22\/logistics[\s\S]*?endpoint: https:\/\/localhost:)\d+/, `$1${started.port}`),
        )
      },
    })
    directory = checkoutOf(world)
    for (const { language, code, prints } of snippetsOf(page))
      expect((await run(language, code, directory, world.gateway.exchangePort)).trim()).toMatch(pattern(prints))
  }, 60_000)
})

describe('docs/message-signatures.md', () => {
  const page = 'message-signatures.md'
  let world: World | null = null
  let provider: ChildProcess | null = null
  let directory = ''
  afterAll(async () => {
    await world?.close()
    provider?.kill()
    rmSync(directory, { recursive: true, force: true })
  })

  it('has snippets that sign requests and check answers, and print what it says', async () => {
    world = await startWorld({
      configure: async (files, certsDir) => {
        const started = await startProgram(join(ROOT, 'dist/demo/data-centre/main.js'), ROOT, { CERTS_DIR: certsDir })
        provider = started.child
        const systems = files.get('systems.yaml') ?? ''
        files.set(
          'systems.yaml',
          systems.replace(/(G99.10\/data-centre[\s\S]*?endpoint: https:\/\/localhost:)\d+/, `$1${started.port}`),
        )
      },
    })
    directory = checkoutOf(world)
    const snippets = snippetsOf(page)
    expect(snippets.map(({ language }) => language)).toEqual(['bash', 'js'])
    for (const { language, code, prints } of snippets)
      expect((await run(language, code, directory, world.gateway.exchangePort)).trim()).toMatch(pattern(prints))
    // What they sent was signed, and checked.
    const kept = (await readLog(world.database.adminUrl)).filter(({ kind }) => kind === 'request')
    expect(kept.map(({ fields }) => 'signature' in fields)).toEqual([true, true])
  }, 60_000)
})

describe('docs/tokens.md', () => {
  const page = 'tokens.md'
  let world: World | null = null
  let provider: ChildProcess | null = null
  let directory = ''
  afterAll(async () => {
    await world?.close()
    provider?.kill()
    rmSync(directory, { recursive: true, force: true })
  })

  it('has an agreement that asks for a token, and commands that get one and use it', async () => {
    world = await startWorld({
      configure: async (files, certsDir) => {
        for (const { info, text } of fencesOf(page)) {
          const name = /^yaml file=(\S+)$/.exec(info)?.[1]
          if (name !== undefined) files.set(name, text)
        }
        const started = await startProgram(join(ROOT, 'dist/demo/data-centre/main.js'), ROOT, { CERTS_DIR: certsDir })
        provider = started.child
        const systems = files.get('systems.yaml') ?? ''
        files.set(
          'systems.yaml',
          systems.replace(/(G99.10\/data-centre[\s\S]*?endpoint: https:\/\/localhost:)\d+/, `$1${started.port}`),
        )
      },
    })
    directory = checkoutOf(world)
    const port = world.gateway.exchangePort
    const snippets = snippetsOf(page)
    expect(snippets).toHaveLength(4)
    for (const { language, code, prints } of snippets)
      expect((await run(language, code, directory, port)).trim()).toMatch(
        pattern(prints.replaceAll('8443', String(port))),
      )
  }, 60_000)
})

describe('the code that docs/offer-a-service.md shows of the demo', () => {
  it('is the file that it names, to the letter', () => {
    const shown = fencesOf('offer-a-service.md').flatMap(({ info, text }) => {
      const name = /^ts (demo\/\S+)$/.exec(info)?.[1]
      return name === undefined ? [] : [[name, text] as const]
    })
    expect(shown.map(([name]) => name)).toEqual(['demo/provider/verify-assertion.ts'])
    for (const [name, text] of shown) expect(text).toBe(readFileSync(join(ROOT, name), 'utf8'))
  })
})
