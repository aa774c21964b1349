import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandResult, runCommand } from '../support/world/gateway-process.ts'

/** What the commands check stands in test/unit/cli/pki.test.ts; here they are programs, run, killed and read about. */

const ROOT = join(import.meta.dirname, '../..')

let directory: string
let ca: string
const at = (name: string): string => join(directory, name)
const pki = (...words: string[]): Promise<CommandResult> => runCommand(['pki', ...words], {})
const publish = (): Promise<CommandResult> => pki('crl', ca, '--passphrase-file', at('issuing.pass'), '--json')

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lienthong-authority-'))
  ca = at('ca')
  for (const name of ['root', 'issuing'])
    writeFileSync(at(`${name}.pass`), `the passphrase of ${name}\n`, { mode: 0o600 })
  const root = ['--organization', 'Bộ Ví dụ', '--passphrase-file', at('root.pass')]
  expect((await pki('init-root', ca, ...root)).code).toBe(0)
  const issuing = ['--passphrase-file', at('issuing.pass'), '--root-passphrase-file', at('root.pass')]
  expect((await pki('init-issuing', ca, ...issuing)).code).toBe(0)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('docs/pki.md', () => {
  it('works as written', async () => {
    const page = readFileSync(join(ROOT, 'docs/pki.md'), 'utf8')
    const fences = [...page.matchAll(/^```(\S+(?: \S+)?)\n([\s\S]*?)^```$/gm)].map(([, info, text = '']) => ({
      info,
      text,
    }))
    const snippets = fences.flatMap(({ info, text }, i) =>
      info === 'bash snippet' ? [{ code: text, prints: fences[i + 1]?.text ?? '' }] : [],
    )
    expect(snippets.length).toBeGreaterThan(7)
    const reader = mkdtempSync(join(directory, 'reader-'))
    symlinkSync(join(ROOT, 'deploy'), join(reader, 'deploy'))
    const command = `'${process.execPath}' '${join(ROOT, 'bin/lienthong.js')}'`
    for (const { code, prints } of snippets) {
      const printed = await new Promise<string>((resolve, reject) =>
        execFile(
          'bash',
          ['-ec', code.replaceAll('npx lienthong', command)],
          { cwd: reader, env: { ...process.env, NODE_OPTIONS: '' } },
          (error, stdout, stderr) => (error ? reject(new Error(`${code}\n${stderr}${stdout}`)) : resolve(stdout)),
        ),
      )
      const pattern = prints
        .trim()
        .split('…')
        .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')
      expect(printed.trim()).toMatch(new RegExp(`^${pattern}$`))
    }
  }, 240_000)
})

describe('exit codes', () => {
  it.each([
    ['a word that is unknown', ['list', 'ca', '--wrong']],
    ['a number out of its range', ['crl', 'ca', '--days', '0']],
    ['a folder that is no authority', ['list', 'nowhere']],
    ['no passphrase and no terminal to ask at', ['init-root', 'new', '--organization', 'x']],
  ])('2 for %s', async (_what, words) => {
    expect((await pki(...words)).code).toBe(2)
  })
})

describe('a killed command', () => {
  it('loses nothing: every certificate has its entry, numbers rise, and the next command goes on', async () => {
    await pki('request', '--system', 'G99.21/records', '--out', at('killed'))
    const csr = at('killed/G99.21.records.csr')
    const words = (kind: number): string[] =>
      kind % 2 === 0 ? ['sign', ca, csr, '--system', 'G99.21/records', '--unregistered'] : ['crl', ca]
    let cut = 0
    const started = Date.now()
    await publish()
    const whole = Date.now() - started
    for (let n = 0; n < 8; n++) {
      const child = spawn(
        process.execPath,
        [join(ROOT, 'bin/lienthong.js'), 'pki', ...words(n), '--passphrase-file', at('issuing.pass')],
        { env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'ignore' },
      )
      const exited = once(child, 'exit')
      // Over the last third of its run, where it writes.
      await Promise.race([exited, sleep(whole * (0.65 + (0.35 * n) / 8))])
      child.kill('SIGKILL')
      const [, signal] = (await exited) as [number | null, string | null]
      if (signal !== null) cut++
    }
    expect(cut).toBeGreaterThan(0)
    const { certificates } = JSON.parse((await pki('list', ca, '--json')).stdout) as {
      certificates: { serial: string; state: string }[]
    }
    const entries = new Set(certificates.map(({ serial }) => serial))
    const files = readdirSync(join(ca, 'issued')).filter(name => name.endsWith('.crt'))
    expect(files.filter(name => !entries.has(name.replace('.crt', '')))).toEqual([])
    const numbers = readFileSync(join(ca, 'index.jsonl'), 'utf8')
      .split('\n')
      .flatMap(line =>
        line.includes('"crl"') && line.includes('"issuing"') ? [JSON.parse(line) as { number: number }] : [],
      )
      .map(({ number }) => number)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(JSON.parse((await publish()).stdout)).toMatchObject({ number: Number(numbers.at(-1)) + 1 })
  }, 180_000)
})

it('commands at the same time wait for each other: no number of a list comes twice', async () => {
  const results = await Promise.all([publish(), publish(), publish()])
  const numbers = results.map(({ stdout }) => (JSON.parse(stdout) as { number: number }).number).sort((a, b) => a - b)
  const [first = 0] = numbers
  expect(numbers).toEqual([first, first + 1, first + 2])
})
