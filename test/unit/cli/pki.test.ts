import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { X509Certificate } from 'node:crypto'
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { EXIT, Misuse } from '../../../gateway/cli/misuse.ts'
import { pkiCommand } from '../../../gateway/cli/pki.ts'
import { strict } from '../../../gateway/cli/strict.ts'
import { X509Crl } from '../../../gateway/pki/peculiar.ts'

const ROOT = join(import.meta.dirname, '../../..')
const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined)
const usage = jest.spyOn(process.stderr, 'write').mockImplementation(() => true)

interface Answer {
  readonly code: number
  readonly json: Record<string, unknown>
  readonly stderr: string
}

/** One authority, made once; each test takes files of its own in it. */
let directory: string
let ca: string
const at = (name: string): string => join(directory, name)

const pki = (...words: string[]): Promise<Answer> =>
  run([...words, '--json'], { CONFIG_DIR: join(ROOT, 'deploy/demo') })

/** Runs a command as main.ts does; test/e2e/pki-command.test.ts runs the program itself. */
async function run(words: readonly string[], environment: Record<string, string>): Promise<Answer> {
  printed.mockClear()
  usage.mockClear()
  process.exitCode = EXIT.good
  let misuse = ''
  try {
    await strict(pkiCommand(environment)).parseAsync(words, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof Misuse || thrown instanceof CommanderError)) throw thrown
    process.exitCode = EXIT.misused
    misuse = thrown.message
  }
  const code = Number(process.exitCode)
  process.exitCode = EXIT.good
  const text = String(printed.mock.calls.at(-1)?.[0] ?? '{}')
  return { code, json: JSON.parse(text) as Record<string, unknown>, stderr: misuse }
}

/** A key and a request; returns the request's file. */
async function requestOf(name: string, ...words: string[]): Promise<string> {
  const made = await pki('request', '--out', at(name), ...words)
  expect(made.code).toBe(0)
  return String(made.json.requestFile)
}

const sign = (csr: string, ...words: string[]): Promise<Answer> =>
  pki('sign', ca, csr, '--passphrase-file', at('issuing.pass'), ...words)

const publish = (...words: string[]): Promise<Answer> =>
  pki('crl', ca, '--passphrase-file', at('issuing.pass'), ...words)

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lienthong-authority-'))
  ca = at('ca')
  for (const name of ['root', 'issuing', 'wrong'])
    writeFileSync(at(`${name}.pass`), `the passphrase of ${name}\n`, { mode: 0o600 })
  const root = ['--organization', 'Bộ Ví dụ', '--passphrase-file', at('root.pass')]
  expect((await pki('init-root', ca, ...root)).code).toBe(0)
  const issuing = ['--passphrase-file', at('issuing.pass'), '--root-passphrase-file', at('root.pass')]
  expect((await pki('init-issuing', ca, ...issuing)).code).toBe(0)
})
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
  printed.mockRestore()
  usage.mockRestore()
})

describe('lienthong pki sign', () => {
  it('certifies exactly what the command says, inside the issuer, and leaves an entry', async () => {
    const hosts = ['--host', 'logistics.example', '--host', '10.0.0.7']
    const csr = await requestOf('provider', '--system', 'G99.22/logistics', ...hosts)
    const urls = ['--crl-url', 'http://ca.example/crl.pem', '--ocsp-url', 'http://ca.example/ocsp']
    const out = at('provider.crt')
    const signed = await sign(csr, '--system', 'G99.22/logistics', ...hosts, ...urls, '--days', '397', '--out', out)
    expect(signed.code).toBe(0)
    const certificate = new X509Certificate(readFileSync(out))
    expect(certificate.subject).toBe('O=Bộ Ví dụ\nCN=G99.22/logistics')
    expect(certificate.subjectAltName).toBe(
      'URI:urn:lienthong:system:G99.22/logistics, DNS:logistics.example, IP Address:10.0.0.7',
    )
    expect([...(certificate.keyUsage ?? [])].sort()).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    expect(certificate.infoAccess).toContain('http://ca.example/ocsp')
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000
    expect(Math.round(days)).toBe(397)
    expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
    const { certificates } = (await pki('list', ca)).json as { certificates: { serial: string; state: string }[] }
    expect(certificates).toContainEqual(
      expect.objectContaining({ serial: certificate.serialNumber.toLowerCase(), state: 'valid', key: signed.json.key }),
    )
  })

  it('serves officers and gateways too', async () => {
    const officer = await sign(await requestOf('officer', '--officer', 'security-1'), '--officer', 'security-1')
    expect(officer).toMatchObject({ code: 0, json: { kind: 'officer', id: 'security-1' } })
    const gateway = ['--gateway', 'gateway-9', '--host', 'gw.example']
    expect(await sign(await requestOf('gateway', ...gateway), ...gateway)).toMatchObject({ code: 0 })
  })

  const rows: readonly { what: string; asks: string[]; signs: string[]; reason: string }[] = [
    {
      what: 'a request for another system',
      asks: ['--system', 'G99.23/training'],
      signs: ['--system', 'G99.21/records'],
      reason: 'G99.23/training',
    },
    {
      what: 'a request for an officer as a system',
      asks: ['--officer', 'security-1'],
      signs: ['--system', 'G99.21/records'],
      reason: 'urn:lienthong:officer:security-1',
    },
    {
      what: 'a host that the command does not name',
      asks: ['--system', 'G99.23/training', '--host', 'evil.example'],
      signs: ['--system', 'G99.23/training'],
      reason: 'evil.example',
    },
    {
      what: 'a system that is not registered',
      asks: ['--system', 'G99.77/nobody'],
      signs: ['--system', 'G99.77/nobody'],
      reason: 'not registered',
    },
    {
      what: 'an officer who is not registered',
      asks: ['--officer', 'stranger'],
      signs: ['--officer', 'stranger'],
      reason: 'not registered',
    },
  ]
  it.each(rows)('refuses $what (1)', async ({ what, asks, signs, reason }) => {
    const refused = await sign(await requestOf(`refused ${what}`, ...asks), ...signs)
    expect(refused).toMatchObject({ code: 1, json: { good: false } })
    expect(refused.json.reason).toContain(reason)
  })

  it('refuses a key that is somebody else’s, and one that was compromised (1)', async () => {
    const csr = await requestOf('one', '--system', 'G99.21/records')
    const first = await sign(csr, '--system', 'G99.21/records')
    copyFileSync(at('one/G99.21.records.key'), at('one/G99.23.training.key'))
    const twin = await requestOf('one', '--system', 'G99.23/training', '--same-key')
    expect((await sign(twin, '--system', 'G99.23/training')).json.reason).toContain('G99.21/records already')
    expect((await pki('revoke', ca, String(first.json.serial), '--reason', 'keyCompromise')).code).toBe(0)
    expect((await sign(csr, '--system', 'G99.21/records')).json.reason).toContain('compromised')
    expect(await pki('renew', ca, String(first.json.serial))).toMatchObject({ code: 1 })
  })

  it.each([
    ['no holder', [], 'exactly one of'],
    ['two holders', ['--system', 'G99.21/records', '--officer', 'x'], 'exactly one of'],
    ['a name that is none', ['--system', 'records'], 'G99.21/records'],
    ['too many days', ['--system', 'G99.21/records', '--days', '398'], '397'],
    ['a wrong passphrase', ['--system', 'G99.21/records', '--passphrase-file', 'wrong.pass'], 'does not open'],
  ])('is misused with %s (2)', async (what, words, message) => {
    const csr = await requestOf(`misused ${what}`, '--system', 'G99.21/records')
    const files = words.map(word => (word.endsWith('.pass') ? at(word) : word))
    const misused = await sign(csr, ...files)
    expect(misused.code).toBe(2)
    expect(misused.stderr).toContain(message)
  })

  it('demands to be told where names are registered, and that a passphrase is not for everybody to read (2)', async () => {
    const csr = await requestOf('nowhere', '--system', 'G99.21/records')
    const words = ['sign', ca, csr, '--system', 'G99.21/records', '--passphrase-file']
    expect((await run([...words, at('issuing.pass')], {})).stderr).toContain('--unregistered')
    writeFileSync(at('open.pass'), 'the passphrase of issuing', { mode: 0o644 })
    expect((await run([...words, at('open.pass'), '--unregistered'], {})).stderr).toContain('chmod 600')
  })
})

describe('lienthong pki renew', () => {
  it('keeps the key with a certificate, takes a new one with a request, and everything else stays', async () => {
    const names = ['--system', 'G99.10/data-centre', '--host', 'data.example']
    const first = await sign(await requestOf('renewed', ...names), ...names, '--crl-url', 'http://ca.example/crl.pem')
    const renewed = await pki('renew', ca, String(first.json.file), '--passphrase-file', at('issuing.pass'))
    expect(renewed.json).toMatchObject({ good: true, newKey: false, key: first.json.key, hosts: ['data.example'] })
    expect(renewed.json.serial).not.toBe(first.json.serial)
    const csr = await requestOf('renewed again', ...names)
    const rotated = await pki('renew', ca, csr, '--passphrase-file', at('issuing.pass'))
    expect(rotated.json).toMatchObject({ good: true, newKey: true, crlUrl: 'http://ca.example/crl.pem' })
    expect(await pki('renew', ca, await requestOf('never', '--system', 'G99.55/new'))).toMatchObject({ code: 1 })
  })

  it('renews the issuing authority for its key: what it signed stays good', async () => {
    const before = new X509Certificate(readFileSync(join(ca, 'issuing.crt')))
    const renewed = await pki('renew', ca, join(ca, 'issuing.crt'), '--passphrase-file', at('root.pass'))
    expect(renewed.code).toBe(0)
    const after = new X509Certificate(readFileSync(join(ca, 'issuing.crt')))
    expect(after.serialNumber).not.toBe(before.serialNumber)
    expect(after.subject).toBe(before.subject)
    expect(after.publicKey.equals(before.publicKey)).toBe(true)
  })
})

describe('lienthong pki revoke and crl', () => {
  it('puts what is revoked on the next list, whose number rises; a second time changes nothing', async () => {
    const signed = await sign(await requestOf('gone', '--system', 'G99.21/records'), '--system', 'G99.21/records')
    const before = await publish()
    expect(await pki('revoke', ca, String(signed.json.file), '--reason', 'superseded')).toMatchObject({
      json: { serial: signed.json.serial, already: false },
    })
    expect(await pki('revoke', ca, String(signed.json.serial), '--reason', 'keyCompromise')).toMatchObject({
      json: { already: true, reason: 'superseded' },
    })
    const after = await publish('--days', '3')
    expect(after.json.number).toBe(Number(before.json.number) + 1)
    expect(after.json.revoked).toBe(Number(before.json.revoked) + 1)
    const list = new X509Crl(readFileSync(join(ca, 'issuing.crl'), 'utf8'))
    expect(list.entries.map(({ serialNumber }) => serialNumber)).toContain(signed.json.serial)
    // Both lists, each of its own authority.
    expect(readFileSync(join(ca, 'crl.pem'), 'utf8').match(/BEGIN X509 CRL/g)?.length).toBe(2)
  })

  it('works without the key of the root, which may lie in a safe', async () => {
    const root = readFileSync(join(ca, 'root.key'))
    rmSync(join(ca, 'root.key'))
    try {
      expect((await publish()).code).toBe(0)
      const missing = await pki('crl', ca, '--root', '--passphrase-file', at('root.pass'))
      expect(missing).toMatchObject({ code: 2 })
      expect(missing.stderr).toContain('put it back')
    } finally {
      writeFileSync(join(ca, 'root.key'), root, { mode: 0o600 })
    }
  })

  it.each([
    ['a serial number of nobody', 'abcdef'],
    ['a certificate of somebody else', 'foreign'],
  ])('refuses %s (1)', async (_what, named) => {
    if (named === 'foreign') {
      const other = at('other')
      await pki('init-root', other, '--organization', 'x', '--passphrase-file', at('root.pass'))
      named = join(other, 'root.crt')
    }
    expect(await pki('revoke', ca, named, '--reason', 'superseded')).toMatchObject({ code: 1 })
  })
})

describe('a command that was killed', () => {
  it('that was cut off in a line, or behind an entry, is seen as that', async () => {
    const index = join(ca, 'index.jsonl')
    const signed = await sign(await requestOf('torn', '--system', 'G99.21/records'), '--system', 'G99.21/records')
    rmSync(String(signed.json.file))
    appendFileSync(index, '{"v":1,"event":"issue","at":"20')
    const { certificates } = (await pki('list', ca)).json as { certificates: { serial: string; state: string }[] }
    expect(certificates.find(({ serial }) => serial === signed.json.serial)?.state).toBe('unfinished')
    expect(await pki('revoke', ca, String(signed.json.serial), '--reason', 'unspecified')).toMatchObject({ code: 0 })
    expect(readFileSync(index, 'utf8')).not.toContain('"at":"20{')
    appendFileSync(index, 'damage\n')
    expect(await publish()).toMatchObject({ code: 2 })
    expect(await pki('list', ca)).toMatchObject({ code: 2 })
    writeFileSync(index, readFileSync(index, 'utf8').replace('damage\n', ''), { mode: 0o600 })
    expect(await publish()).toMatchObject({ code: 0 })
  })
})

describe('lienthong pki p12', () => {
  it('holds key and chain, and refuses the key of another certificate', async () => {
    const csr = await requestOf('browser', '--officer', 'auditor-1')
    const { json } = await sign(csr, '--officer', 'auditor-1')
    const words = ['--certificate', String(json.file), '--passphrase-file', at('root.pass'), '--out', at('it.p12')]
    expect(await pki('p12', '--key', at('browser/officer.auditor-1.key'), ...words)).toMatchObject({
      code: 0,
      json: { certificates: 2 },
    })
    const again = await pki('p12', '--key', at('browser/officer.auditor-1.key'), ...words)
    expect(again.stderr).toContain('exists already')
    await requestOf('stranger', '--officer', 'auditor-1')
    expect(await pki('p12', '--key', at('stranger/officer.auditor-1.key'), ...words)).toMatchObject({ code: 1 })
  })
})
