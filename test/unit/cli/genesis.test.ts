import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { CommanderError } from 'commander'
import { createHash, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { confirmedLately } from '../../../gateway/cli/demo/confirmed-lately.ts'
import { genesisCommand } from '../../../gateway/cli/genesis.ts'
import { EXIT, Misuse } from '../../../gateway/cli/misuse.ts'
import { strict } from '../../../gateway/cli/strict.ts'
import { LocalStateFile } from '../../../gateway/edge/local-state.ts'
import { bindingOfKey, makeKey, privateKeyPem } from '../../../gateway/pki/keys.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'

/** What needs a database stands in test/e2e/genesis-ceremony.test.ts; what signatures are worth in unit/snapshot/genesis. */

const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined)
const complained = jest.spyOn(console, 'error').mockImplementation(() => undefined)
const usage = jest.spyOn(process.stderr, 'write').mockImplementation(() => true)

const directory = mkdtempSync(join(tmpdir(), 'lienthong-genesis-'))
const at = (name: string): string => join(directory, name)
const OFFICERS = ['security-1', 'security-2', 'security-3', 'auditor-1', 'operator-1']
const keys = new Map<string, KeyObject>(OFFICERS.map(name => [name, makeKey()]))

interface Answer {
  readonly code: number
  readonly json: Record<string, unknown>
  readonly text: string
}

/** Runs a command as main.ts does. */
async function genesis(...words: string[]): Promise<Answer> {
  const environment = { CERTS_DIR: at('certs'), KEYS_DIR: at('no-keys'), DATA_DIR: at('var') }
  for (const spy of [printed, complained]) spy.mockClear()
  process.exitCode = EXIT.good
  let misuse = ''
  try {
    await strict(genesisCommand(environment)).parseAsync(words, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof Misuse || thrown instanceof CommanderError)) throw thrown
    process.exitCode = EXIT.misused
    misuse = thrown.message
  }
  const code = Number(process.exitCode)
  process.exitCode = EXIT.good
  const text = [...printed.mock.calls, ...complained.mock.calls].flat().join('\n') + misuse
  return { code, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}, text }
}

/** A directory of a production installation, changed file by file. */
function write(name: string, change: Readonly<Record<string, (text: string) => string>> = {}): string {
  const officers = OFFICERS.map(id => {
    const key = bindingOfKey(keys.get(id) ?? makeKey())
    return `- { id: ${id}, name: ${id}, roles: [${id.replace(/-\d/, '').replace('security', 'security-officer')}], key: "${key}" }`
  })
  const files = demoFiles()
  files.set('officers.yaml', `${officers.join('\n')}\n`)
  files.set('genesis.yaml', (files.get('genesis.yaml') ?? '').replace('mode: development', 'mode: production'))
  files.set('issuers.yaml', (files.get('issuers.yaml') ?? '').replace('  development: true\n', ''))
  for (const [file, text] of files) {
    const path = join(at(name), file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, (change[file] ?? (same => same))(confirmedLately(text, new Date())))
  }
  return at(name)
}

let good: string
let digest: string
beforeAll(async () => {
  mkdirSync(at('certs'))
  for (const [name, pem] of await demoCertificates()) writeFileSync(at(`certs/${name}`), pem)
  for (const [name, key] of keys) writeFileSync(at(`${name}.key`), privateKeyPem(key), { mode: 0o600 })
  good = write('good')
  digest = String((await genesis('make', good, '--out', at('g.json'), '--json')).json.digest)
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
  for (const spy of [printed, complained, usage]) spy.mockRestore()
})

describe('lienthong genesis check', () => {
  it('says yes to what a genesis can be made of', async () => {
    expect(await genesis('check', good, '--json')).toMatchObject({ code: 0, json: { good: true, mode: 'production' } })
  })

  it.each<[string, Readonly<Record<string, (text: string) => string>>, string]>([
    [
      'development mode',
      { 'genesis.yaml': text => text.replace('mode: production', 'mode: development') },
      'genesis.yaml:2 /mode: a ceremony makes a production genesis: write mode: production',
    ],
    [
      'a development issuer',
      { 'issuers.yaml': text => `${text.trimEnd()}\n  development: true\n` },
      'issuers.yaml:7 /0/development: a production gateway refuses a development issuer: remove it',
    ],
    [
      'two security officers',
      { 'officers.yaml': text => text.replace(/- \{ id: security-3.*\n/, '') },
      'officers.yaml:3 /2: at least 3 security officers: there are 2',
    ],
    [
      'no auditor',
      { 'officers.yaml': text => text.replace(/- \{ id: auditor.*\n/, '') },
      'officers.yaml:4 /3: at least one auditor',
    ],
    [
      'a guardrail whose test fails',
      {
        'guardrails/no-state-secrets.yaml': text => text.replaceAll('expect: forbid', 'expect: pass'),
      },
      'guardrails/no-state-secrets.yaml:',
    ],
  ])('names file and line of %s, and make makes nothing of it', async (what, change, line) => {
    const bad = write(what.replaceAll(' ', '-'), change)
    const checked = await genesis('check', bad)
    expect(checked.code).toBe(1)
    expect(checked.text).toContain(line)
    expect((await genesis('make', bad, '--out', at('bad.json'))).code).toBe(1)
    expect(existsSync(at('bad.json'))).toBe(false)
  })

  it('of a directory that is not there is misuse', async () => {
    expect((await genesis('check', at('nowhere'))).code).toBe(2)
  })
})

describe('lienthong genesis make', () => {
  it('writes the very bytes that the digest is of, the same ones again of the same directory', async () => {
    const text = readFileSync(at('g.json'))
    expect(createHash('sha256').update(text).digest('hex')).toBe(digest)
    expect((await genesis('make', good, '--out', at('again.json'), '--json')).json.digest).toBe(digest)
  })

  it('prints it in groups, with counts and the fingerprint of every officer', async () => {
    const { text } = await genesis('show', at('g.json'))
    for (const line of digest.match(/.{16}/g) ?? []) expect(text).toContain(`    ${line.match(/.{4}/g)?.join(' ')}\n`)
    expect(text).toContain('4 units, 4 systems, 1 issuers')
    for (const key of keys.values()) expect(text).toContain(bindingOfKey(key))
    expect(text).toContain('keys of the gateway: none on this machine')
    expect(text).toContain('still to sign: security-1, security-2, security-3')
  })

  it('shows no name that could change what stands on the screen', async () => {
    const hostile = write('hostile', {
      'officers.yaml': text => text.replace('name: auditor-1', String.raw`name: "A\e[2J\u202eB"`),
    })
    const { code, text } = await genesis('make', hostile, '--out', at('hostile.json'))
    expect(code).toBe(0)
    expect(text).toContain('auditor-1 (A\ufffd[2J\ufffdB)')
  })

  it('never writes over a text that somebody may have signed', async () => {
    expect((await genesis('make', good, '--out', at('g.json'))).code).toBe(2)
  })
})

describe('lienthong genesis sign', () => {
  const sign = (officer: string, more: readonly string[] = [], of = digest): Promise<Answer> =>
    genesis('sign', at('g.json'), '--key', at(`${officer}.key`), '--digest', of, '--json', ...more)

  it('lays the word of each security officer beside the file', async () => {
    for (const officer of ['security-1', 'security-2', 'security-3'])
      expect(await sign(officer)).toMatchObject({ code: 0, json: { officer, digest } })
    const { json } = await genesis('show', at('g.json'), '--json')
    expect(json).toMatchObject({ signed: ['security-1', 'security-2', 'security-3'], missing: [] })
  })

  it('takes the digest as it stands on paper', async () => {
    const paper = digest.toUpperCase().replaceAll(/(.{4})/g, '$1 ')
    expect((await sign('security-1', [], paper)).code).toBe(0)
    expect((await sign('security-1', [], digest.slice(1))).code).toBe(2)
  })

  it('signs no file that has another digest than the one on paper', async () => {
    expect(await sign('security-1', [], 'ab'.repeat(32))).toMatchObject({ code: 1 })
  })

  it('signs for nobody but security officers', async () => {
    for (const officer of ['auditor-1', 'operator-1'])
      expect(await sign(officer)).toMatchObject({ code: 1, json: { reason: expect.stringContaining('no security') } })
    writeFileSync(at('stranger.key'), privateKeyPem(makeKey()), { mode: 0o600 })
    expect((await sign('stranger')).code).toBe(1)
  })

  it('signs and shows nothing that is no production genesis', async () => {
    writeFileSync(at('altered.json'), readFileSync(at('g.json'), 'utf8').replace('G99.23', 'G99.24'))
    writeFileSync(at('spaced.json'), `${readFileSync(at('g.json'), 'utf8')}\n`)
    for (const name of ['altered.json', 'spaced.json'])
      expect(await genesis('show', at(name), '--json')).toMatchObject({ code: 1, json: { good: false } })
  })
})

describe('lienthong genesis install, before it comes to the database', () => {
  const install = (file: string, ...more: string[]): Promise<Answer> => genesis('install', at(file), '--json', ...more)

  it('wants the digest from paper', async () => {
    const misused = await genesis('install', at('g.json'))
    expect(misused.code).toBe(2)
    expect(misused.text).toContain('typed from its printed copy')
    expect(await install('g.json', '--digest', 'ab'.repeat(32))).toMatchObject({ code: 1 })
  })

  it.each<[string, (signatures: Map<string, string>) => void, string]>([
    ['a missing signature', signatures => signatures.delete('security-2'), 'not signed by security-2'],
    ['a signature that is damaged', signatures => signatures.set('security-2', 'a.b.c'), 'no public key in the header'],
    [
      "one officer's signature twice",
      signatures => signatures.set('security-2', signatures.get('security-1') ?? ''),
      'security-1 signed twice',
    ],
    [
      "a signature beside the officers'",
      signatures => signatures.set('stranger', signatures.get('security-1') ?? ''),
      'more signatures than security officers',
    ],
  ])('refuses %s', async (what, change, reason) => {
    const name = `${what.replaceAll(/[^a-z]/g, '-')}.json`
    writeFileSync(at(name), readFileSync(at('g.json')))
    const signatures = new Map(
      ['security-1', 'security-2', 'security-3'].map(officer => [
        officer,
        readFileSync(at(`g.json.${officer}.jws`), 'utf8'),
      ]),
    )
    change(signatures)
    for (const [officer, jws] of signatures) writeFileSync(at(`${name}.${officer}.jws`), jws)
    const refused = await install(name, '--digest', digest)
    expect(refused.code).toBe(1)
    expect(refused.json.reason).toContain(reason)
    expect(new LocalStateFile(at('var')).state.genesis).toBeNull()
  })

  it('refuses a text that was altered behind its signatures', async () => {
    const altered = readFileSync(at('g.json'), 'utf8').replace('Asia/Ho_Chi_Minh', 'Asia/Bangkok')
    writeFileSync(at('behind.json'), altered)
    for (const officer of ['security-1', 'security-2', 'security-3'])
      writeFileSync(at(`behind.json.${officer}.jws`), readFileSync(at(`g.json.${officer}.jws`)))
    const own = createHash('sha256').update(altered).digest('hex')
    const refused = await install('behind.json', '--digest', own)
    expect(refused).toMatchObject({ code: 1, json: { reason: expect.stringContaining('signed over another text') } })
  })

  it('refuses another genesis than the pinned one', async () => {
    expect((await genesis('pin', 'ab'.repeat(32))).code).toBe(0)
    expect(await install('g.json', '--digest', digest)).toMatchObject({ code: 1 })
    expect(await install('g.json')).toMatchObject({ code: 1 })
  })
})

describe('lienthong genesis pin', () => {
  it('pins, and may be mended until a gateway has worked there', async () => {
    for (const typed of ['ab'.repeat(32), digest]) {
      expect((await genesis('pin', typed)).code).toBe(0)
      expect(new LocalStateFile(at('var')).state).toEqual({ genesis: typed, highest: null })
    }
    new LocalStateFile(at('var')).write({ genesis: digest as never, highest: { number: 0, digest: digest as never } })
    expect((await genesis('pin', 'ab'.repeat(32))).code).toBe(1)
    expect((await genesis('pin', digest)).code).toBe(0)
    expect(new LocalStateFile(at('var')).state.highest).not.toBeNull()
  })

  it('takes nothing that is no digest', async () => {
    for (const typed of ['', 'ab', `${'ab'.repeat(32)}0`, 'xy'.repeat(32)])
      expect((await genesis('pin', typed)).code).toBe(2)
  })
})
