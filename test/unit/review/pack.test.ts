import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LaneName } from '../../../gateway/domain/gateway-id.ts'
import { encodeBase64 } from '../../../gateway/log/base64.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import { rawPublicKey } from '../../../gateway/log/note-key.ts'
import { inclusionProof } from '../../../gateway/log/proofs.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { makePackCertificate } from '../../../gateway/pki/cms-certificate.ts'
import { signDetached } from '../../../gateway/pki/cms-sign.ts'
import { pemOf } from '../../../gateway/pki/pem.ts'
import type { OutsideWord, PackFile, PackScope } from '../../../gateway/review/pack/ports.ts'
import { diceOf, mutateBytes, mutatePack, withManifest } from '../../support/mutations/mutate-pack.ts'
import { ANSWERED, PackWorld, SENT, zipped } from '../../support/packs/pack-world.ts'
import { makeOutsiders, type Outsiders } from '../../support/packs/outside.ts'
import { newSigningKey } from '../../support/signing-keys.ts'

/** A thousand more: test/property/pack-mutations.test.ts. */
const MUTATIONS = 100
const ALL_TIME = { from: 0, to: 4e15 }

describe('a pack', () => {
  const otherLane = generateKeyPairSync('ed25519')
  let world: PackWorld
  let files: PackFile[]
  let pack: Buffer
  beforeAll(async () => {
    world = await PackWorld.make(20)
    world.tell({
      ...{ kind: 'lane', event: 'opened', opened: 'gateway-1.1111111111111111' as LaneName, openedBy: 'gateway-1' },
      publicKey: Buffer.from(rawPublicKey(otherLane.publicKey)).toString('hex'),
    })
    files = await world.files(world.ofExchange(3))
    pack = await zipped(files)
  })
  afterAll(() => world.close())

  const wrongIn = async (bytes: Uint8Array): Promise<readonly string[]> =>
    (await world.verify(bytes)).checks.filter(({ result }) => result === 'wrong').map(({ name }) => name)
  const fileOf = (name: string): PackFile => files.find(file => file.name === name) as PackFile

  it('of one exchange verifies with the public key of the control lane alone', async () => {
    const { good, checks } = await world.verify(pack)
    expect(checks.filter(({ result }) => result === 'wrong')).toEqual([])
    expect(good).toBe(true)
    expect(checks.filter(({ result }) => result !== 'good').map(({ name }) => name)).toEqual([
      ...['witnesses', 'timestamp', 'payload'],
    ])
  })

  it('of a range verifies, over several files, and holds what it is about', async () => {
    const scope = { kind: 'range', unit: 'G99.21', service: null, ...ALL_TIME } as PackScope
    const ranged = await world.files(scope)
    const { good, checks } = await world.verify(await zipped(ranged))
    expect(good).toBe(true)
    expect(checks.find(({ name }) => name === 'records')?.detail).toBe('20 records lie in their lanes')
    expect(ranged.filter(({ name }) => name.startsWith('records/')).length).toBe(3)
    expect(Buffer.concat(ranged.map(({ bytes }) => bytes)).toString()).not.toContain('G99.22/logistics')
  })

  it('without commitment keys says nothing that a payload could be tried with', async () => {
    const scope = { kind: 'range', unit: null, service: null, ...ALL_TIME } as PackScope
    const bare = await world.files(scope, { evidence: null })
    expect(bare.some(({ name }) => name.startsWith('keys/'))).toBe(false)
    expect((await world.verify(await zipped(bare))).good).toBe(true)
  })

  it('tells whether a payload is what crossed', async () => {
    const said = async (direction: 'request' | 'response', changes: object) => {
      const { checks } = await world.verify(pack, { direction, ...SENT, ...changes })
      return checks.find(({ name }) => name === 'payload')?.result
    }
    expect(await said('request', {})).toBe('good')
    expect(await said('request', { method: null })).toBe('good')
    expect(await said('response', { body: ANSWERED })).toBe('good')
    expect(await said('request', { body: ANSWERED })).toBe('wrong')
    expect(await said('request', { method: 'PUT' })).toBe('wrong')
    expect(await said('request', { target: `${SENT.target}?` })).toBe('wrong')
    expect(await said('response', {})).toBe('wrong')
  })

  it(`is found wrong with anything in it edited, dropped, swapped or cut (${MUTATIONS} times)`, async () => {
    const dice = diceOf(20)
    for (let n = 0; n < MUTATIONS; n++) {
      const { what, mutated } = await mutatePack(pack, files, dice)
      expect([n, what, (await world.verify(mutated)).good]).toEqual([n, what, false])
    }
  })

  it('is found wrong with a bit of anything outside of its files changed', async () => {
    const contents = files.map(({ bytes }) => pack.indexOf(bytes))
    const isContent = (at: number): boolean =>
      files.some(({ bytes }, n) => at >= (contents[n] ?? 0) && at < (contents[n] ?? 0) + bytes.length)
    // Every eleventh byte: a prime, so that each field of a header comes up.
    for (let at = 0; at < pack.length; at += 11) {
      if (isContent(at)) continue
      const edited = Buffer.from(pack)
      edited[at] = (edited[at] ?? 0) ^ (1 << (at % 8))
      expect([at, await wrongIn(edited)]).toEqual([at, expect.arrayContaining(['container'])])
    }
  })

  describe('signed anew by whoever has a key of their own', () => {
    const thief = newSigningKey('packs')
    const resealed = async (
      edit: (files: readonly PackFile[]) => readonly PackFile[],
      key = thief,
    ): Promise<Buffer> => {
      const certificate =
        key === world.packs
          ? world.certificate
          : await makePackCertificate({
              publicKey: key.publicKey,
              commonName: 'Lienthong evidence packs, gateway-1',
              notBefore: new Date(0),
              sign: data => key.sign(data),
            })
      const shown = { name: 'certificates/packs.pem', bytes: Buffer.from(pemOf('CERTIFICATE', certificate)) }
      const inner = edit(files.slice(1, -2)).map(file => (file.name === shown.name ? shown : file))
      const [mimetype, ...rest] = withManifest(files, inner)
      const manifest = rest.at(-2) as PackFile
      const signature = await signDetached(manifest.bytes, certificate, new Date(0), data => key.sign(data))
      return zipped([mimetype as PackFile, ...rest.slice(0, -1), { name: 'META-INF/signature.p7s', bytes: signature }])
    }
    const edited = (name: string, edit: (text: string) => string) => (all: readonly PackFile[]) =>
      all.map(file =>
        file.name === name ? { name, bytes: Buffer.from(edit(Buffer.from(file.bytes).toString())) } : file,
      )

    it('with the stolen key and nothing changed is good', async () => {
      expect(await wrongIn(await resealed(all => all, world.packs))).toEqual([])
    })

    it('is found wrong by the key of its signature', async () => {
      expect(await wrongIn(await resealed(all => all))).toEqual(['signature'])
    })

    // The key that signs packs proves nothing of the log: even with it stolen, what the log says cannot be changed.
    it.each<[string, (all: readonly PackFile[]) => readonly PackFile[], string]>([
      ['an edited record', edited('records/000001.json', text => text.replace('G99.22', 'G99.23')), 'records'],
      [
        'the record of another exchange',
        all => all.map(file => (file.name.startsWith('records/000002') ? otherRecord() : file)),
        'records',
      ],
      [
        'fewer records than it says',
        edited('pack.json', text => text.replace('"records":2', '"records":3')),
        'records',
      ],
      [
        'the name of another exchange',
        edited('pack.json', text => text.replace(/-[0-9a-f]{12}"/, '-000000000004"')),
        'records',
      ],
      [
        'a proof at another index',
        edited('proofs/000001.json', text => text.replace('"index":6', '"index":7')),
        'records',
      ],
      [
        'a head that the control lane never named',
        edited('lanes.json', text => text.replace(/"size":\d+/, '"size":7')),
        'lanes',
      ],
      ['another lane', edited('lanes.json', text => text.replaceAll('0123456789abcdef', '1123456789abcdef')), 'lanes'],
      ['another root', edited('lanes.json', text => text.replace(/"root":"../, '"root":"00')), 'lanes'],
      ['another tree that the lane has signed', edited('lanes.json', text => forkedLane(text)), 'lanes'],
      ['another endorsement', edited('lanes.json', text => text.replace('"opened":3', '"opened":4')), 'lanes'],
      ['another checkpoint', edited('lanes.json', text => text.replace(/\\n40\\n/, '\\n41\\n')), 'lanes'],
      [
        'an edited record of the control lane',
        edited('control/records.jsonl', text => text.replace('"number":0', '"number":1')),
        'control-records',
      ],
      [
        'a checkpoint of another size',
        edited('control/checkpoint.txt', text => text.replace('\n6\n', '\n4\n')),
        'control-records',
      ],
      [
        'another signature of a caller',
        edited('keys/000001.json', text => text.replace('@path', '@what')),
        'message-signatures',
      ],
      [
        'without the signature of a caller',
        edited('keys/000001.json', text => text.replace('"signature":{', '"signed":{')),
        'message-signatures',
      ],
      [
        'another commitment key',
        edited('keys/000001.json', text => text.replace(/"request":"../, '"request":"00')),
        'message-signatures',
      ],
      ['another public key of a caller', edited('keys/000001.json', () => foreignKey()), 'message-signatures'],
    ])('with the stolen key and %s', async (_what, edit, check) => {
      expect(await wrongIn(await resealed(edit, world.packs))).toEqual(expect.arrayContaining([check]))
    })

    it('with the stolen key and the key of another lane is found wrong by that lane', async () => {
      const lines = (name: string, line: string | Uint8Array) => (all: readonly PackFile[]) =>
        all.map(file => (file.name === name ? { name, bytes: Buffer.concat([file.bytes, Buffer.from(line)]) } : file))
      const index = world.control.leaves.length - 1
      const leaf = world.control.leaves[index] as Uint8Array
      const hashes = (await inclusionProof(index, index + 1, world.control.read)).map(encodeBase64)
      const proof = JSON.stringify({ lane: 'control', index, hashes })
      const { name, leaves } = world.data
      const signer = ed25519Signer(originOf(name), otherLane.privateKey)
      const checkpoint = makeCheckpoint(name, leaves.length, world.data.root(), signer)
      const taken = (all: readonly PackFile[]): readonly PackFile[] =>
        edited('lanes.json', text => {
          const [lane] = JSON.parse(text) as object[]
          return JSON.stringify([{ ...lane, opened: index, checkpoint, consistency: [] }])
        })(
          lines(
            'control/records.jsonl',
            Buffer.concat([leaf, Buffer.from('\n')]),
          )(lines('control/proofs.jsonl', `${proof}\n`)(all)),
        )
      expect(await wrongIn(await resealed(taken, world.packs))).toEqual(['lanes', 'records', 'message-signatures'])
    })

    const forkedLane = (text: string): string => {
      const { name, leaves, signer } = world.data
      const [lane] = JSON.parse(text) as object[]
      const checkpoint = makeCheckpoint(name, leaves.length, Buffer.alloc(32, 7), signer)
      return JSON.stringify([{ ...lane, checkpoint, consistency: [] }])
    }
    const otherRecord = (): PackFile => ({ name: 'records/000002.json', bytes: world.data.leaves[2] as Uint8Array })
    const foreignKey = (): string => {
      const keys = JSON.parse(Buffer.from(fileOf('keys/000001.json').bytes).toString()) as { signature: object }
      const publicKey = thief.publicKey.export({ type: 'spki', format: 'pem' })
      return JSON.stringify({ ...keys, signature: { ...keys.signature, publicKey } })
    }
  })

  it('of a log that somebody made up is found wrong', async () => {
    const other = await PackWorld.make(4)
    try {
      expect(await wrongIn(await other.pack(other.ofExchange(1)))).toEqual(['control-lane'])
    } finally {
      other.close()
    }
  })

  it('never throws, whatever stands in it', async () => {
    const dice = diceOf(7)
    for (let n = 0; n < 60; n++) {
      const inner = files.slice(1, -2).map(file => (dice(4) === 0 ? { ...file, bytes: nonsense(file.bytes) } : file))
      expect(typeof (await world.verify(await zipped(withManifest(files, inner)))).good).toBe('boolean')
    }
    function nonsense(bytes: Uint8Array): Uint8Array {
      const texts = [
        'null',
        '[]',
        '{}',
        '"x"',
        '[null]',
        '{"handovers":[1]}\n',
        '\n',
        '',
        '[[[[',
        '{"scope":{"kind":[]}}',
      ]
      return dice(2) === 0 ? Buffer.from(texts[dice(texts.length)] ?? '') : mutateBytes(bytes, dice).mutated
    }
  })
})

describe('a pack of a log whose control lane was handed over', () => {
  let world: PackWorld
  const first = generateKeyPairSync('ed25519')
  const second = generateKeyPairSync('ed25519')
  beforeAll(async () => {
    world = await PackWorld.make(2)
    // The log of PackWorld begins under its own key; it is handed to `second`.
    world.tell({
      ...{ kind: 'key', event: 'registered', use: 'control-lane', algorithm: 'Ed25519', place: 'file' },
      key: Buffer.from(rawPublicKey(second.publicKey)).toString('hex'),
    })
    const last = world.control.checkpoint()
    world.control.signer = ed25519Signer(originOf(world.control.name), second.privateKey)
    world.tell({
      ...{ kind: 'key', event: 'activated', use: 'control-lane', algorithm: 'Ed25519', place: 'file' },
      key: Buffer.from(rawPublicKey(second.publicKey)).toString('hex'),
      checkpoint: last,
    })
    world.exchange(2, false)
    world.nameHeads()
  })
  afterAll(() => world.close())

  it('verifies with the former key and with the present one, and with no other', async () => {
    const pack = await world.pack(world.ofExchange(2))
    for (const key of [world.keys.control.publicKey, second.publicKey])
      expect((await world.verify(pack, null, key)).good).toBe(true)
    expect((await world.verify(pack, null, first.publicKey)).good).toBe(false)
  })

  it('is found wrong where the tree does not pass through what the former key signed last', async () => {
    const files = await world.files(world.ofExchange(2))
    const other = Buffer.alloc(32, 7).toString('base64')
    const inner = files.slice(1, -2).map(file => {
      if (file.name !== 'control/links.json') return file
      const links = JSON.parse(Buffer.from(file.bytes).toString()) as { handovers: { hashes: string[] }[] }
      const handovers = links.handovers.map(link => ({ ...link, hashes: link.hashes.map(() => other) }))
      return { name: file.name, bytes: Buffer.from(JSON.stringify({ ...links, handovers })) }
    })
    const whole = withManifest(files, inner)
    const sign = (data: Uint8Array) => world.packs.sign(data)
    const bytes = await signDetached((whole.at(-2) as PackFile).bytes, world.certificate, new Date(0), sign)
    const pack = await zipped([...whole.slice(0, -1), { name: 'META-INF/signature.p7s', bytes }])
    const { checks } = await world.verify(pack, null, world.keys.control.publicKey)
    expect(checks.filter(({ result }) => result === 'wrong').map(({ name }) => name)).toEqual(['control-lane'])
  })
})

describe('what others have said of the log', () => {
  let world: PackWorld
  let outsiders: Outsiders
  beforeAll(async () => {
    world = await PackWorld.make(4)
    outsiders = await makeOutsiders()
  })
  afterAll(() => world.close())

  const checked = async (outside: Partial<OutsideWord>, trusted = true) => {
    world.outside = { cosignedBeyond: async () => null, stampedBeyond: async () => [], ...outside }
    const trust = trusted ? { witnesses: [outsiders.witness], timeAuthorities: [outsiders.authority] } : {}
    const { checks } = await world.verify(await world.pack(world.ofExchange(1)), null, undefined, trust)
    const resultOf = (name: string) => checks.find(check => check.name === name)?.result
    return [resultOf('witnesses'), resultOf('timestamp')]
  }
  const cosigned = (note: string): Partial<OutsideWord> => ({ cosignedBeyond: async () => note })
  const stamped = (checkpoint: string, token: Uint8Array): Partial<OutsideWord> => ({
    stampedBeyond: async () => [{ checkpoint, token }],
  })

  it('holds under the keys of witnesses and authorities, and is not checked without them', async () => {
    const note = world.control.checkpoint()
    const both = { ...cosigned(note + outsiders.cosign(note)), ...stamped(note, outsiders.stamp(note)) }
    expect(await checked(both)).toEqual(['good', 'good'])
    expect(await checked(both, false)).toEqual(['not-checked', 'not-checked'])
  })

  it('of an earlier checkpoint that covers the records holds as well', async () => {
    const note = world.control.checkpoint()
    world.nameHeads()
    expect(await checked(cosigned(note + outsiders.cosign(note)))).toEqual(['good', 'not-checked'])
    expect(await checked(stamped(note, outsiders.stamp(note)))).toEqual(['not-checked', 'good'])
  })

  it.each<[string, () => Partial<OutsideWord>, number]>([
    ['a cosignature that does not hold', () => cosigned(world.control.checkpoint() + outsiders.cosign('other\n\n')), 0],
    ['a checkpoint that covers too little', () => cosigned(world.control.checkpoint(2)), 0],
    ['a checkpoint of another tree, signed by the lane', () => cosigned(forked()), 0],
    ['a checkpoint that the lane has not signed', () => cosigned(forged()), 0],
    ['a stamp of something else', () => stamped(world.control.checkpoint(), outsiders.stamp('other')), 1],
    ['a stamp that covers too little', () => stamped(world.control.checkpoint(2), outsiders.stamp(small())), 1],
    ['a stamp of what the lane has not signed', () => stamped(forged(), outsiders.stamp(forged())), 1],
    ['no stamp at all', () => stamped(world.control.checkpoint(), Buffer.from('nothing')), 1],
  ])('%s is found wrong', async (_what, outside, place) => {
    expect((await checked(outside()))[place]).toBe('wrong')
  })

  const small = (): string => world.control.checkpoint(2)
  const forked = (): string => {
    const { name, leaves, signer } = world.control
    return makeCheckpoint(name, leaves.length, Buffer.alloc(32, 7), signer)
  }
  const forged = (): string => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const signer = ed25519Signer(originOf(world.control.name), privateKey)
    return makeCheckpoint(world.control.name, world.control.leaves.length, world.control.root(), signer)
  }
})

describe('packs and the tools of others', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-pack-tools-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('unzip, openssl and sha256 agree with us', async () => {
    const world = await PackWorld.make(3)
    try {
      writeFileSync(join(directory, 'pack.asice'), await world.pack(world.ofExchange(1)))
    } finally {
      world.close()
    }
    const run = (program: string, ...words: string[]): string =>
      execFileSync(program, words, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    // Offset 38: where a tool that knows no ZIP finds the media type (EN 319 162-1 section A.1).
    expect(run('head', '-c', '69', 'pack.asice').slice(30)).toBe('mimetypeapplication/vnd.etsi.asic-e+zip')
    run('python3', '-m', 'zipfile', '-e', 'pack.asice', 'out')
    run(
      'openssl',
      ...['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'out/META-INF/signature.p7s'],
      ...['-content', 'out/META-INF/ASiCManifest.xml', '-CAfile', 'out/certificates/packs.pem', '-out', 'verified'],
    )
    const hash = run('bash', '-c', "(printf '\\000'; cat out/records/000001.json) | openssl dgst -sha256 -r")
    const leaf = run('cat', 'out/records/000001.json')
    expect(hash.slice(0, 64)).toBe(Buffer.from(hashLeaf(Buffer.from(leaf))).toString('hex'))
    const manifest = run('cat', 'out/META-INF/ASiCManifest.xml')
    expect(manifest).toContain(run('bash', '-c', 'openssl dgst -sha256 -binary out/index.html | base64 -w0'))
  })
})
