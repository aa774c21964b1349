import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExchangeId, parseExchangeId } from '../../../gateway/domain/exchange-id.ts'
import { CONTROL_LANE, type GatewayId, type LaneName } from '../../../gateway/domain/gateway-id.ts'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { openZip } from '../../../gateway/edge/zip/read-zip.ts'
import { writeZip } from '../../../gateway/edge/zip/write-zip.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { hashLeaf, hashNode } from '../../../gateway/log/hash.ts'
import type { HashReader } from '../../../gateway/log/hash-reader.ts'
import { consistencyProof, inclusionProof } from '../../../gateway/log/proofs.ts'
import { ed25519Signer, type Signer } from '../../../gateway/log/signed-note.ts'
import { makePackCertificate } from '../../../gateway/pki/cms-certificate.ts'
import { commit, commitmentKey } from '../../../gateway/record/commitment.ts'
import { type ControlEvent, controlLeaf } from '../../../gateway/record/control-record.ts'
import { encodeLeaf } from '../../../gateway/record/leaf.ts'
import { readLeaf, textOf } from '../../../gateway/record/read-leaf.ts'
import { sealSignature } from '../../../gateway/record/seal-signature.ts'
import { columnsOf } from '../../../gateway/record/search-columns.ts'
import { buildPack, type PackOptions } from '../../../gateway/review/pack/build-pack.ts'
import type { LocatedLeaf, OutsideWord, PackFile, PackReader, PackScope } from '../../../gateway/review/pack/ports.ts'
import { preparePack } from '../../../gateway/review/pack/prepare-pack.ts'
import { sealPack } from '../../../gateway/review/pack/seal-pack.ts'
import { type PackVerification, type VerifiedPack, verifyPack } from '../../../gateway/review/pack/verify-pack.ts'
import type { KeptPayload } from '../../../gateway/review/pack/match-payload.ts'
import { naiveRoot } from '../naive-tree.ts'
import { newSigningKey } from '../signing-keys.ts'

const GATEWAY = 'gateway-1' as GatewayId
const DATA_LANE = 'gateway-1.0123456789abcdef' as LaneName
const START = instantOfMillis(Date.UTC(2026, 10, 22, 12))
const SECOND = 1_000_000

/** A lane in memory, with the tree hashes that proofs are made of. */
export class MemoryLane {
  readonly name: LaneName
  readonly leaves: Uint8Array[] = []
  signer: Signer
  constructor(name: LaneName, key: KeyObject) {
    this.name = name
    this.signer = ed25519Signer(originOf(name), key)
  }
  readonly read: HashReader = (level, index) => {
    const hash = (height: number, at: number): Uint8Array =>
      height === 0
        ? hashLeaf(this.leaves[at] ?? new Uint8Array())
        : hashNode(hash(height - 1, 2 * at), hash(height - 1, 2 * at + 1))
    return hash(level, index)
  }
  root(size = this.leaves.length): Uint8Array {
    return naiveRoot(this.leaves.slice(0, size))
  }
  checkpoint(size = this.leaves.length): string {
    return makeCheckpoint(this.name, size, this.root(size), this.signer)
  }
}

/** The payload that crossed in an exchange of the world. */
export const SENT = {
  method: 'POST',
  target: '/exchange/G99.10/identity/v1/verifications',
  body: Buffer.from('{"a":1}'),
}
export const ANSWERED = Buffer.from('{"match":true}')

/** A log in memory with some exchanges of two units, and what makes packs of it. */
export class PackWorld {
  readonly keys = { control: generateKeyPairSync('ed25519'), data: generateKeyPairSync('ed25519') }
  readonly packs = newSigningKey('packs')
  readonly evidenceKey = createSecretKey(randomBytes(32))
  readonly callersKey = newSigningKey('answers')
  readonly control = new MemoryLane(CONTROL_LANE, this.keys.control.privateKey)
  readonly data = new MemoryLane(DATA_LANE, this.keys.data.privateKey)
  readonly exchanges: ExchangeId[] = []
  outside: OutsideWord = { cosignedBeyond: async () => null, stampedBeyond: async () => [] }
  certificate: Buffer = Buffer.alloc(0)
  #now = START
  readonly #directory = mkdtempSync(join(tmpdir(), 'lienthong-packs-'))
  #files = 0

  static async make(exchanges: number, signed = true): Promise<PackWorld> {
    const world = new PackWorld()
    world.certificate = await makePackCertificate({
      publicKey: world.packs.publicKey,
      commonName: 'Lienthong evidence packs, gateway-1',
      notBefore: new Date(START / 1000),
      sign: data => world.packs.sign(data),
    })
    world.tell({
      ...{ kind: 'key', event: 'registered', use: 'control-lane', algorithm: 'Ed25519', place: 'file' },
      key: rawHex(world.control.signer),
    })
    world.tell({
      ...{ kind: 'key', event: 'registered', use: 'packs', algorithm: 'ES256', place: 'file' },
      key: world.packs.id,
    })
    world.tell({ kind: 'revision', number: 0 as never, digest: 'a'.repeat(64) as never, previous: null, officers: [] })
    world.tell({
      ...{ kind: 'lane', event: 'opened', opened: DATA_LANE, openedBy: GATEWAY },
      publicKey: rawHex(world.data.signer),
    })
    for (let n = 0; n < exchanges; n++) world.exchange(n, signed)
    world.nameHeads()
    return world
  }

  tell(event: ControlEvent): void {
    const writer = { gateway: GATEWAY, lane: CONTROL_LANE, software: 'lienthong test' }
    this.control.leaves.push(controlLeaf(this.later(), event, writer))
  }

  nameHeads(): void {
    const head = { lane: DATA_LANE, size: this.data.leaves.length, root: Buffer.from(this.data.root()).toString('hex') }
    this.tell({ kind: 'heads', heads: [head] })
  }

  later(): Instant {
    return (this.#now = (this.#now + SECOND) as Instant)
  }

  /** A permitted, answered exchange: even ones of unit G99.21, odd ones of G99.22. */
  exchange(n: number, signed: boolean): void {
    const exchange = must(parseExchangeId(`01a203a8-4558-75df-bc31-${n.toString(16).padStart(12, '0')}`))
    this.exchanges.push(exchange)
    const k = commitmentKey(this.evidenceKey, exchange, 'request')
    const request = commit(k, SENT.method, SENT.target, SENT.body)
    const released = commit(commitmentKey(this.evidenceKey, exchange, 'response'), SENT.method, SENT.target, ANSWERED)
    const base = `"@method": POST\n"@path": ${SENT.target} ${n}`
    const signature = Buffer.from(this.callersKey.sign(Buffer.from(base)) as Uint8Array).toString('base64')
    const common = {
      exchange,
      consumer: n % 2 === 0 ? 'G99.21/records' : 'G99.22/logistics',
      provider: 'G99.10/data-centre',
      service: 'G99.10/identity/v1',
      method: SENT.method,
      revision: 0,
      request,
    }
    const sealed = { key: this.callersKey.id, alg: 'ES256', sealed: sealSignature(k, { base, signature }) }
    this.write('request', { ...common, ...(signed ? { signature: sealed } : {}) })
    this.write('response', { ...common, received: released, released })
  }

  write(kind: string, fields: Record<string, unknown>): void {
    const at = new Date(this.later() / 1000).toISOString()
    this.data.leaves.push(encodeLeaf({ v: 1, kind, salt: randomBytes(16).toString('base64url'), at, ...fields }))
  }

  get reader(): PackReader {
    const laneOf = (name: LaneName): MemoryLane => (name === CONTROL_LANE ? this.control : this.data)
    const found = (scope: PackScope): LocatedLeaf[] =>
      [this.data, this.control].flatMap(({ name, leaves }) =>
        leaves.flatMap((leaf, index) => (isOf(scope, leaf) ? [{ lane: name, index, leaf }] : [])),
      )
    return {
      async survey(scope) {
        const all = found(scope)
        const lanes = [...new Set(all.map(({ lane }) => lane))].map(lane => {
          const own = all.filter(leaf => leaf.lane === lane)
          return { lane, last: own.at(-1)?.index ?? 0, newest: must(readLeaf(own.at(-1)?.leaf as Uint8Array)).at }
        })
        const revisions = all.flatMap(({ leaf }) => must(columnsOf(leaf)).revision ?? [])
        return { lanes, revisions: [...new Set(revisions)], records: all.length }
      },
      async *records(scope) {
        const all = found(scope)
        for (let from = 0; from < all.length; from += 8) yield all.slice(from, from + 8)
      },
      lane: async name => ({
        publicKey: laneOf(name).signer.publicKey,
        size: laneOf(name).leaves.length,
        checkpoint: laneOf(name).checkpoint(),
      }),
      controlRecords: (kinds, bounds) => {
        const leaves = this.control.leaves.map((leaf, index) => ({ lane: CONTROL_LANE, index, leaf }))
        return asynchronous(
          ('from' in bounds ? leaves : leaves.toReversed()).filter(({ leaf }) =>
            (kinds as readonly string[]).includes(must(readLeaf(leaf)).kind),
          ),
        )
      },
      inclusion: (lane, index, size) => inclusionProof(index, size, laneOf(lane).read),
      consistency: (lane, first, second) => consistencyProof(first, second, laneOf(lane).read),
    }
  }

  /** The files of a pack, as its gateway makes them. */
  async files(scope: PackScope, options: Partial<PackOptions> = {}): Promise<PackFile[]> {
    const signer = {
      certificate: this.certificate,
      keyId: this.packs.id,
      sign: (data: Uint8Array) => this.packs.sign(data),
    }
    const prepared = await preparePack(scope, signer.keyId, this.reader, this.outside)
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.error))
    const pem = this.callersKey.publicKey.export({ type: 'spki', format: 'pem' }) as string
    const files = buildPack(prepared.value, this.reader, {
      gateway: GATEWAY,
      software: 'lienthong test',
      madeAt: START,
      certificate: this.certificate,
      evidence: { evidenceKey: this.evidenceKey, signingKey: id => (id === this.callersKey.id ? pem : null) },
      ...options,
    })
    return collected(sealPack(files, new Date(START / 1000), signer))
  }

  async pack(scope: PackScope, options: Partial<PackOptions> = {}): Promise<Buffer> {
    return zipped(await this.files(scope, options))
  }

  ofExchange(n: number): PackScope {
    return { kind: 'exchange', exchange: this.exchanges[n] as ExchangeId }
  }

  /** What `audit verify` says of these bytes; a container that cannot be opened is found wrong. */
  async verify(
    bytes: Uint8Array,
    payload: KeptPayload | null = null,
    controlKey = this.keys.control.publicKey,
    trust: Partial<Pick<PackVerification, 'witnesses' | 'timeAuthorities'>> = {},
  ): Promise<Pick<VerifiedPack, 'good' | 'checks'>> {
    const path = join(this.#directory, `pack-${this.#files++}`)
    writeFileSync(path, bytes)
    const source = await openZip(path)
    try {
      if (!source.ok) return { good: false, checks: [{ name: 'container', result: 'wrong', detail: source.error }] }
      return await verifyPack({
        source: source.value,
        controlKey: { is: key => key.equals(controlKey) },
        payload,
        ...trust,
      })
    } finally {
      if (source.ok) await source.value.close()
      rmSync(path)
    }
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

export const zipped = async (files: Iterable<PackFile>): Promise<Buffer> =>
  Buffer.concat(await collected(writeZip(files)))

export async function collected<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}

async function* asynchronous<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values
}

const rawHex = ({ publicKey }: Signer): string => Buffer.from(publicKey).toString('hex')

function isOf(scope: PackScope, leaf: Uint8Array): boolean {
  const record = must(readLeaf(leaf))
  if (scope.kind === 'exchange') return textOf(record, 'exchange') === scope.exchange
  const { unit, service, from, to } = scope
  const isUnit = [textOf(record, 'consumer'), textOf(record, 'provider')].some(name => name?.startsWith(`${unit}/`))
  const inTime = record.at >= from && record.at < to
  return inTime && (unit === null || isUnit) && (service === null || textOf(record, 'service') === service)
}
