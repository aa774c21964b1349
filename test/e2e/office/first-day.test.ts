import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorld, type World } from '../../support/world/world.ts'

const PAGE = join(import.meta.dirname, '../../../docs/first-day.md')

describe('docs/first-day.md', () => {
  let world: World
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-first-day-'))
  beforeAll(async () => {
    world = await startWorld()
    mkdirSync(join(directory, 'certs-dev'))
    symlinkSync(world.certsDir, join(directory, 'certs-dev/out'))
  })
  afterAll(async () => {
    await world.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('has steps that do and print what it says, in their order', async () => {
    const ported = (text: string): string =>
      text.replaceAll('8444', String(world.gateway.officePort)).replaceAll('8443', String(world.gateway.exchangePort))
    const fences = [...readFileSync(PAGE, 'utf8').matchAll(/^```(\S+)(?: (\S+))?\n([\s\S]*?)^```$/gm)]
    let steps = 0
    for (const [i, [, language, mark = '', text = '']] of fences.entries()) {
      const file = /^file=(\S+)$/.exec(mark)?.[1]
      if (file !== undefined) writeFileSync(join(directory, file), ported(text))
      if (mark !== 'snippet') continue
      steps++
      const prints = fences[i + 1]?.[3] ?? ''
      expect((await run(language ?? '', ported(text), directory)).trim()).toMatch(pattern(prints))
    }
    expect(steps).toBe(7)
    expect((await world.verify()).good).toBe(true)
  }, 120_000)
})

function run(language: string, code: string, cwd: string): Promise<string> {
  const [program, words] =
    language === 'bash' ? ['bash', ['-c', code]] : [process.execPath, ['--input-type=module', '-e', code]]
  return new Promise((resolve, reject) =>
    execFile(program, words, { cwd, env: { ...process.env, NODE_OPTIONS: '' } }, (error, stdout, stderr) =>
      error ? reject(new Error(`${stderr}${error.message}`)) : resolve(stdout),
    ),
  )
}

/** `…` stands for anything. */
const pattern = (prints: string): RegExp =>
  new RegExp(
    `^${prints
      .trim()
      .split('…')
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  )
