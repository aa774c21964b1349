import { describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Allowance, findImpurities } from './find-impurities.ts'

const GATEWAY = join(import.meta.dirname, '../../gateway')

/**
 * The rooms in which nothing touches the world: what they decide can be replayed, and tests of them need no mocks.
 * With each room the modules that it may import beyond our own files. A package is listed where it only computes.
 */
const PURE_ROOMS: Readonly<Record<string, Allowance['modules']>> = {
  domain: { 'node:crypto': 'all' },
  problems: {},
  // YAML and Ajv work on texts that the edge has read.
  configuration: { 'node:crypto': 'all', yaml: 'all', 'ajv/dist/2020.js': 'all' },
  // Cedar is WebAssembly without imports of the world; its loader reads its own file once.
  policy: { '@cedar-policy/cedar-wasm/nodejs': 'all' },
  schema: { 'node:buffer': 'all', ajv: 'all', 'ajv/dist/2020.js': 'all', re2js: 'all' },
  identity: { 'node:crypto': 'all', jsonwebtoken: 'all', 'structured-headers': 'all' },
  record: { 'node:crypto': 'all' },
  snapshot: { 'node:crypto': ['createPublicKey', 'KeyObject'] },
  log: { 'node:crypto': 'all' },
  exchange: { 'node:crypto': 'all' },
  control: {},
  review: { 'node:crypto': 'all' },
  pki: {
    'node:crypto': 'all',
    // Tells an address from a name; the rest of node:net opens sockets.
    'node:net': ['isIP', 'isIPv4', 'isIPv6'],
    'node-forge': 'all',
    // Reads what others sent, with bounds on values and levels.
    asn1js: 'all',
    '@peculiar/x509': 'all',
    'reflect-metadata': 'all',
  },
}

/** Files that may use a name which is refused elsewhere, and why. */
const EXCEPTIONS: Readonly<Record<string, { readonly names: readonly string[]; readonly because: string }>> = {
  'domain/gateway-id.ts': {
    names: ['randomBytes'],
    because: 'the name of a lane must be new whatever the clock and the disk say',
  },
  'log/lane.ts': {
    names: ['setTimeout', 'setInterval', 'setImmediate'],
    because: 'the lane gathers a batch for one turn and gives up on a store that does not answer',
  },
  'pki/encrypted-key.ts': { names: ['randomBytes'], because: 'salt and initialisation vector of an encrypted key' },
  'pki/keys.ts': { names: ['generateKeyPairSync'], because: 'it makes keys' },
  'pki/make-pkcs12.ts': {
    names: ['randomBytes', 'generateKey'],
    because: "salts; node-forge calls PKCS#12's derivation of a key from a password generateKey",
  },
  'pki/serial.ts': { names: ['randomBytes'], because: 'serial numbers that cannot be guessed' },
  'pki/sign-with-peculiar.ts': { names: ['webcrypto'], because: '@peculiar/x509 signs through that interface' },
  'record/leaf.ts': {
    names: ['randomFillSync'],
    because: 'the salt of a record hides its body only if no caller can choose it',
  },
}

const sourcesOf = (room: string): readonly string[] =>
  readdirSync(join(GATEWAY, room), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(GATEWAY, room, file))

describe('rooms that touch nothing', () => {
  it.each(Object.entries(PURE_ROOMS))('%s', (room, modules) => {
    const found = sourcesOf(room).flatMap(path => {
      const file = relative(GATEWAY, path)
      const names = EXCEPTIONS[file]?.names ?? []
      return findImpurities(path, readFileSync(path, 'utf8'), { modules, names }).map(what => `${file}:${what}`)
    })
    expect(found).toEqual([])
  })

  it('grants no exception that nobody needs', () => {
    for (const [file, { names }] of Object.entries(EXCEPTIONS)) {
      const text = readFileSync(join(GATEWAY, file), 'utf8')
      expect({ file, unused: names.filter(name => !text.includes(name)) }).toEqual({ file, unused: [] })
    }
  })
})

describe('the check itself', () => {
  const allowed: Allowance = { modules: { 'node:crypto': 'all', 'node:net': ['isIP'] }, names: ['setImmediate'] }
  const check = (text: string): readonly string[] => findImpurities('planted.ts', text, allowed)

  it.each([
    // Modules.
    ["import { readFileSync } from 'node:fs'", ['1: imports node:fs']],
    ["import fs from 'fs'", ['1: imports fs']],
    ["import 'express'", ['1: imports express']],
    ["export { connect } from 'node:tls'", ['1: imports node:tls']],
    ["import { connect, isIP } from 'node:net'", ['1: imports connect of node:net']],
    ["import { connect as isIP } from 'node:net'", ['1: imports connect of node:net']],
    ["import * as net from 'node:net'", ['1: imports all of node:net']],
    ["const fs = await import('node:fs')", ['1: import()']],
    ["const fs = require('node:fs')", ['1: require']],
    // The environment and the process.
    ['const home = process.env.HOME', ['1: process']],
    ["const home = globalThis['process']", ['1: globalThis']],
    ['console.log(1)', ['1: console']],
    ["const answer = await fetch('https://x.example')", ['1: fetch']],
    // Time.
    ['\nconst now = Date.now()', ['2: reads the clock']],
    ['const now = new Date()', ['1: reads the clock']],
    ['const now = new Date', ['1: reads the clock']],
    ['const now = Date()', ['1: reads the clock']],
    ['const clock = Date.now', ['1: reads the clock']],
    ['const now = performance.now()', ['1: performance']],
    ['setTimeout(f, 1)', ['1: setTimeout']],
    ['const options = { wait: setTimeout }', ['1: setTimeout']],
    // Chance.
    ['const dice = Math.random()', ['1: Math.random']],
    ["import { randomBytes } from 'node:crypto'\nrandomBytes(1)", ['2: randomBytes']],
    ["import * as crypto from 'node:crypto'\ncrypto.randomUUID()", ['2: randomUUID']],
  ])('finds what is planted: %j', (text, expected) => {
    expect(check(text)).toEqual(expected)
  })

  it.each([
    ["import { createHash } from 'node:crypto'"],
    ["import { isIP } from 'node:net'"],
    ["import type { Instant } from '../domain/instant.ts'"],
    ['const at = new Date(millis)'],
    ['const at = Date.parse(text) + Date.UTC(2026, 0, 1)'],
    ['const path = lane.process.performance'],
    ['const settings = { console: true, process: 1 }'],
    ['interface Port { fetch(): void; process: string }'],
    ['setImmediate(f)'],
    ['// process.env is read by the command line only'],
  ])('lets pass: %j', text => {
    expect(check(text)).toEqual([])
  })
})
