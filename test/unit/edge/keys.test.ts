import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bindingOf } from '../../../gateway/domain/binding.ts'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import { KeyStore } from '../../../gateway/edge/keys/key-store.ts'
import { Keyring } from '../../../gateway/edge/keys/keyring.ts'
import { readPassphrase } from '../../../gateway/edge/keys/secret-file.ts'
import { KEY_USES, planRotation } from '../../../gateway/identity/key-inventory.ts'

const PASSPHRASE = 'x7Jt2pQv9sLw4nRk8mZc3bYf'
const NOON = instantOfMillis(Date.UTC(2026, 10, 22, 12))
const SECOND = 1_000_000

let directory: string
let now: Instant
let opened: Keyring[]
const troubles: unknown[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lienthong-keys-'))
  now = NOON
  opened = []
  troubles.length = 0
})
afterEach(() => {
  for (const keyring of opened) keyring.close()
  rmSync(directory, { recursive: true, force: true })
})

const storeWith = (passphrase: string | null = null): KeyStore => new KeyStore(directory, passphrase, null)
async function open(store = storeWith()): Promise<Keyring> {
  const keyring = await Keyring.open({ store, now: () => now, onTrouble: thrown => troubles.push(thrown) })
  opened.push(keyring)
  return keyring
}
const path = (name: string): string => join(directory, name)
const idsOf = (keyring: Keyring): readonly string[] => KEY_USES.map(use => keyring.current(use).id)

describe('the keys of an installation', () => {
  it('are made once, for everybody alike, also by processes that start together', async () => {
    const together = await Promise.all([open(), open(), open()])
    const [ids] = together.map(idsOf)
    for (const keyring of [...together, await open()]) expect(idsOf(keyring)).toEqual(ids)
    expect(new Set(ids).size).toBe(KEY_USES.length)
    expect(opened.map(keyring => keyring.evidenceFingerprint)).toEqual(Array(4).fill(opened[0]?.evidenceFingerprint))
  })

  it('are files that only their owner may read, and nothing else lies beside them', async () => {
    await open()
    expect(readdirSync(directory).sort()).toEqual([
      ...['answers.key', 'assertions.key', 'control-lane.key', 'evidence.key', 'keys.json', 'packs.key'],
      'tokens.key',
    ])
    for (const name of readdirSync(directory)) expect([name, statSync(path(name)).mode & 0o777]).toEqual([name, 0o600])
  })

  it('sign what their public halves verify: ES256 as r and s, Ed25519 for the control lane', async () => {
    const keyring = await open()
    const data = Buffer.from('what was said')
    for (const use of ['answers', 'assertions', 'tokens', 'packs'] as const) {
      const key = keyring.current(use)
      const { publicKey, id } = key
      const signature = await key.sign(data)
      expect(signature.length).toBe(64)
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
      expect(id).toBe(bindingOf(publicKey.export({ type: 'spki', format: 'der' })))
    }
    const [control] = keyring.controlLane()
    expect(verify(null, data, control?.key.publicKey as never, control?.signer.sign(data) as never)).toBe(true)
  })

  it('of an installation from before there was an inventory are taken over as they are', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(path('control-lane.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    writeFileSync(path('evidence.key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 })
    const keyring = await open()
    expect(keyring.controlLane()[0]?.key.publicKey.equals(createPublicKey(privateKey))).toBe(true)
    expect(keyring.evidence.export().toString('hex')).toBe('ab'.repeat(32))
  })

  it('rotate without a pause: noticed by whoever runs, next before current, previous behind it', async () => {
    const keyring = await open()
    const store = storeWith()
    const old = keyring.current('tokens').id
    const keys = store.readInventory() ?? []
    const made = store.make('tokens', keys, now, (now + 10 * SECOND) as Instant)
    const plan = planRotation(keys, made, 5 * SECOND, now)
    store.writeInventory(plan.ok ? plan.value : [])
    keyring.refresh()
    const look = (seconds: number): readonly unknown[] => {
      now = (NOON + seconds * SECOND) as Instant
      return [keyring.current('tokens').id, keyring.published('tokens').map(({ id }) => id)]
    }
    expect(look(9)).toEqual([old, [old, made.id]])
    expect(look(10)).toEqual([made.id, [old, made.id]])
    expect(look(14)).toEqual([made.id, [old, made.id]])
    expect(look(15)).toEqual([made.id, [made.id]])
    expect((await keyring.current('tokens').sign(Buffer.of(1))).length).toBe(64)
  })

  it('that are lost are replaced: a key that only signs what is new is not missed for long', async () => {
    await open()
    rmSync(path('answers.key'))
    await expect(open()).rejects.toThrow('answers.key cannot be read')
    const store = storeWith()
    const keys = store.readInventory() ?? []
    const made = store.make('answers', keys, now, now)
    const plan = planRotation(keys, made, SECOND, now)
    store.writeInventory(plan.ok ? plan.value : [])
    expect((await open()).current('answers').id).toBe(made.id)
  })

  it('go on as they were while a changed inventory cannot be obeyed, and that is told once', async () => {
    const keyring = await open()
    const ids = idsOf(keyring)
    writeFileSync(path('keys.json'), '{}')
    for (let n = 0; n < 3; n++) keyring.refresh()
    expect(idsOf(keyring)).toEqual(ids)
    expect(troubles).toHaveLength(1)
    expect(String(troubles[0])).toContain('is damaged')
  })
})

describe('keys under a passphrase', () => {
  it('say nothing without it', async () => {
    const ids = idsOf(await open(storeWith(PASSPHRASE)))
    for (const use of KEY_USES) {
      const text = readFileSync(path(`${use}.key`), 'utf8')
      expect(text).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
      // Any OpenSSL reads them.
      expect(createPrivateKey({ key: text, passphrase: PASSPHRASE }).type).toBe('private')
    }
    expect(readFileSync(path('evidence.key'), 'utf8')).toMatch(/^lienthong-sealed-1 /)
    expect(idsOf(await open(storeWith(PASSPHRASE)))).toEqual(ids)
  })

  it.each([
    ['the wrong one', 'another passphrase of 24', 'its passphrase does not open evidence.key'],
    ['none', null, 'evidence.key is encrypted, and no passphrase is given'],
  ])('cannot be used with %s, and the variable is named', async (_, passphrase, message) => {
    await open(storeWith(PASSPHRASE))
    await expect(open(storeWith(passphrase))).rejects.toMatchObject({
      name: 'KeysUnusable',
      message: `KEYS_PASSPHRASE_FILE: ${message}`,
    })
  })

  it('were plain before: encrypted in place, the same keys, their age kept', async () => {
    const before = await open()
    const { mtimeMs } = statSync(path('evidence.key'))
    const store = storeWith(PASSPHRASE)
    const names = [...KEY_USES.map(use => `${use}.key`), 'evidence.key']
    expect(names.map(name => store.protect(name))).toEqual(names.map(() => true))
    expect(names.map(name => store.protect(name))).toEqual(names.map(() => false))
    const after = await open(store)
    expect([idsOf(after), after.evidenceFingerprint]).toEqual([idsOf(before), before.evidenceFingerprint])
    expect(Math.abs(statSync(path('evidence.key')).mtimeMs - mtimeMs)).toBeLessThan(1)
  })

  it('need one that a machine made', () => {
    writeFileSync(path('short'), 'correct horse\n', { mode: 0o600 })
    expect(() => readPassphrase(path('short'))).toThrow('KEYS_PASSPHRASE_FILE: at least 20 characters')
    writeFileSync(path('long'), `${PASSPHRASE}\n`, { mode: 0o600 })
    expect(readPassphrase(path('long'))).toBe(PASSPHRASE)
  })
})

describe('key files that are not as they should', () => {
  it.each([
    ['others may read a key', () => chmodSync(path('tokens.key'), 0o640), 'others than its owner may use'],
    ['others may read the evidence key', () => chmodSync(path('evidence.key'), 0o604), 'others than its owner may use'],
    ['a key is gone', () => rmSync(path('answers.key')), 'answers.key cannot be read (ENOENT)'],
    [
      'a key was exchanged',
      () => writeFileSync(path('answers.key'), readFileSync(path('tokens.key'))),
      'is not the key of',
    ],
    ['a key is no key', () => writeFileSync(path('answers.key'), 'x'), 'answers.key is no private key'],
    ['the evidence key is cut short', () => writeFileSync(path('evidence.key'), 'abcd'), 'does not hold 32 bytes'],
    ['the inventory is damaged', () => writeFileSync(path('keys.json'), '[]'), 'is damaged'],
  ])('%s: not used, and nothing is made in its place', async (_, spoil, message) => {
    await open()
    spoil()
    const before = readdirSync(directory)
    await expect(open()).rejects.toMatchObject({ name: 'KeysUnusable', message: expect.stringContaining(message) })
    expect(readdirSync(directory)).toEqual(before)
  })
})
