import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { run } from '../../../certs-dev/command.ts'
import type { DevelopmentResult } from '../../../certs-dev/make-development-certificates.ts'
import { certificate, newFolder, NOW } from './world.ts'

const printed = jest.spyOn(console, 'log').mockImplementation(() => {})
const complained = jest.spyOn(console, 'error').mockImplementation(() => {})
const usage = jest.spyOn(process.stderr, 'write').mockImplementation(() => true)
afterEach(() => {
  for (const spy of [printed, complained, usage]) spy.mockClear()
})

describe('the command', () => {
  it('makes the demo world and says so in JSON', async () => {
    const out = newFolder()
    expect(await run(['--out', out, '--json', '--host', 'gw.example', '--host', '10.0.0.1'], NOW)).toBe(0)
    const result = JSON.parse(String(printed.mock.calls[0]?.[0])) as DevelopmentResult & { out: string }
    expect(result.out).toBe(out)
    expect(result.made).toEqual([
      ...['ca.crt', 'issuing.crt', 'gateway.crt'],
      ...['G99.10.data-centre.crt', 'G99.21.records.crt', 'G99.22.logistics.crt', 'G99.23.training.crt'],
      ...['security-1', 'security-2', 'auditor-1', 'operator-1'].map(id => `officer.${id}.crt`),
      'crl.pem',
    ])
    expect(certificate(out, 'gateway').subjectAltName).toContain('DNS:gw.example')
    expect(certificate(out, 'gateway').subjectAltName).toContain('IP Address:10.0.0.1')
  })

  it('says the password and what it kept', async () => {
    const out = newFolder()
    await run(['--out', out], NOW)
    await run(['--out', out], NOW)
    expect(printed.mock.calls.map(([text]) => String(text))).toEqual([
      expect.stringMatching(/password: lienthong\)\nmade: ca\.crt, /),
      expect.stringMatching(/\nkept: ca\.crt, .*crl\.pem$/),
    ])
  })

  it.each([
    ['an unknown option', ['--wrong']],
    ['a word too many', ['word']],
    ['a host that is none', ['--host', 'a b']],
    ['a host with a port', ['--host', 'gw:8443']],
  ])('exits with 2 for %s, and makes nothing', async (_, args) => {
    const out = newFolder()
    expect(await run(['--out', out, ...args], NOW)).toBe(2)
    expect(existsSync(out)).toBe(false)
  })

  it('exits with 1 where it cannot write', async () => {
    const out = newFolder()
    writeFileSync(out, 'a file')
    expect(await run(['--out', join(out, 'below')], NOW)).toBe(1)
    expect(String(complained.mock.calls[0]?.[0])).toContain('could not be written')
  })
})
