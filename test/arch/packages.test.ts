import { describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { findForbiddenLicences, findUnpinned, isAllowed, type Lock } from './find-licences.ts'
import { findSecrets } from './find-secrets.ts'

const ROOT = join(import.meta.dirname, '../..')
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock

describe('packages', () => {
  it('of a production install all have an allowed licence', () => {
    expect(findForbiddenLicences(lock)).toEqual([])
  })

  it('are all pinned by digest, and none comes from elsewhere than a registry', () => {
    expect(findUnpinned(lock)).toEqual([])
  })

  it('of other machines are in the lock too: without them npm ci refuses to begin', () => {
    const complete = join(ROOT, 'test/support/ci/complete-lock.js')
    // Where this fails, run it without --check.
    expect(execFileSync(process.execPath, [complete, '--check'], { encoding: 'utf8' })).toBe('nothing is missing\n')
  })

  it('are as package.json asks for them', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>
    const locked = lock.packages[''] as unknown as Record<string, unknown>
    for (const field of ['dependencies', 'devDependencies', 'optionalDependencies'])
      expect({ [field]: locked[field] }).toEqual({ [field]: manifest[field] })
  })

  it.each([
    ['MIT', true],
    ['(BSD-3-Clause OR GPL-2.0)', true],
    ['MIT AND Apache-2.0', true],
    // No choice.
    ['GPL-3.0-only', false],
    ['MIT AND GPL-3.0-only', false],
    ['AGPL-3.0-or-later', false],
    ['SSPL-1.0', false],
    // Nobody knows.
    ['SEE LICENSE IN LICENSE.md', false],
    ['UNLICENSED', false],
    ['((MIT))', false],
    [undefined, false],
  ])('licence %j: %j', (expression, allowed) => {
    expect(isAllowed(expression)).toBe(allowed)
  })

  it('planted: a copyleft package, one without a licence, one from elsewhere, one without a digest', () => {
    const registry = 'https://registry.npmjs.org/x/-/x-1.0.0.tgz'
    const integrity = 'sha512-AAAA'
    const planted: Lock = {
      packages: {
        '': {},
        'node_modules/good': { license: 'MIT', resolved: registry, integrity },
        'node_modules/from-a-mirror': { license: 'MIT', integrity },
        'node_modules/copyleft': { license: 'GPL-3.0-only', resolved: registry, integrity },
        'node_modules/silent': { resolved: registry, integrity },
        'node_modules/only-for-tests': { license: 'GPL-3.0-only', dev: true, resolved: registry, integrity },
        'node_modules/elsewhere': { license: 'MIT', resolved: 'git+ssh://git@example.org/x.git', integrity },
        'node_modules/unpinned': { license: 'MIT', resolved: registry },
        'node_modules/unpinned-tool': { license: 'MIT', dev: true },
        'node_modules/unpinned-here': { license: 'MIT', optional: true },
        'node_modules/tool-for-another-machine': { dev: true, optional: true },
      },
    }
    expect(findForbiddenLicences(planted)).toEqual([
      'node_modules/copyleft: GPL-3.0-only',
      'node_modules/silent: states no licence',
    ])
    expect(findUnpinned(planted)).toEqual(
      ['elsewhere', 'unpinned', 'unpinned-tool', 'unpinned-here'].map(name => `node_modules/${name}`),
    )
  })
})

/** As in .gitignore: installed, built, and the state and certificates of a development gateway. */
const NOT_OURS = new Set(['.git', 'node_modules', 'dist', 'var', 'coverage', 'certs-dev/out'])

/** Published test vectors of specifications hold published keys. */
const PUBLISHED = 'test/conformance/'

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (NOT_OURS.has(entry.name) || NOT_OURS.has(relative(ROOT, path))) continue
    if (entry.isDirectory()) yield* files(path)
    else if (entry.isFile()) yield relative(ROOT, path)
  }
}

describe('secrets', () => {
  it('are in no file of the tree', () => {
    const all = [...files(ROOT)].filter(file => !file.startsWith(PUBLISHED) && statSync(join(ROOT, file)).size < 5e6)
    expect(all.length).toBeGreaterThan(200)
    const found = all.flatMap(file =>
      findSecrets(readFileSync(join(ROOT, file), 'latin1')).map(what => `${file}: ${what}`),
    )
    expect(found).toEqual([])
  })

  // Made here, so that this file holds none.
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const pem = (type: 'pkcs8' | 'sec1'): string => ec.export({ type, format: 'pem' }) as string
  const encrypted = (type: 'pkcs1' | 'pkcs8'): string =>
    rsa.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string
  const letters = (length: number): string => 'aB3'.repeat(length).slice(0, length)

  it.each([
    ['PKCS#8', pem('pkcs8'), 'private key (PEM)'],
    ['SEC 1', pem('sec1'), 'private key (PEM)'],
    ['PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' }) as string, 'private key (PEM)'],
    ['encrypted PKCS#8', encrypted('pkcs8'), 'private key (PEM)'],
    ['encrypted PKCS#1, with RFC 1421 headers', encrypted('pkcs1'), 'private key (PEM)'],
    ['in a string of a source', JSON.stringify({ key: pem('pkcs8') }), 'private key (PEM)'],
    ['indented in YAML', `key: |\n${pem('pkcs8').replace(/^/gm, '    ')}`, 'private key (PEM)'],
    ['with CR LF', pem('pkcs8').replaceAll('\n', '\r\n'), 'private key (PEM)'],
    ['JWK', JSON.stringify(ec.export({ format: 'jwk' })), 'private key (JWK)'],
    ['signed note', `PRIVATE+KEY+example.org+c74f20a3+${letters(44)}`, 'private key (signed note)'],
    ['npm token', `//registry.npmjs.org/:_authToken=npm_${letters(36)}`, 'npm token'],
    ['GitHub token', `token: ghp_${letters(36)}`, 'GitHub token'],
    ['cloud access key', `AKIA${'A1'.repeat(8)}`, 'cloud access key'],
    ['password in a URL', `postgres://gateway:${letters(12)}@db.example/lienthong`, 'password in a URL'],
  ])('planted: %s', (_name, text, what) => {
    expect(findSecrets(text)).toEqual([what])
  })

  it.each([
    ['a pattern', 'const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/'],
    ['a sentence', 'PKCS#8, unencrypted: `-----BEGIN PRIVATE KEY-----` (RFC 5958)'],
    ['a certificate', `-----BEGIN CERTIFICATE-----\n${letters(64)}\n-----END CERTIFICATE-----`],
    [
      'a public JWK',
      JSON.stringify(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })),
    ],
    ['a URL made of variables', '`postgres://${user}:${password}@${host}/x`'],
  ])('lets pass: %s', (_name, text) => {
    expect(findSecrets(text)).toEqual([])
  })
})
