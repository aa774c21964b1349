import { createSecretKey } from 'node:crypto'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import type { Configuration } from '../../../gateway/configuration/objects.ts'
import { locateInRevision } from '../../../gateway/configuration/locate.ts'
import { parseConfiguration } from '../../../gateway/configuration/parse-configuration.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { instant, type Instant } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import type { RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { sanOf } from '../../../gateway/domain/system-id.ts'
import type { Arrived, Connection } from '../../../gateway/exchange/known.ts'
import type {
  Held,
  Ports,
  ProviderAnswer,
  ProviderFailure,
  ProviderRequest,
  Receipt,
} from '../../../gateway/exchange/ports.ts'
import type { Reply } from '../../../gateway/exchange/reply.ts'
import type { ProblemCode } from '../../../gateway/problems/catalogue.ts'
import { runExchange } from '../../../gateway/exchange/run-exchange.ts'
import { TokenChecker } from '../../../gateway/identity/tokens/check-token.ts'
import { issueAssertion } from '../../../gateway/identity/tokens/issue-assertion.ts'
import type { GatewayKey } from '../../../gateway/identity/signing-keys.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import { Validators } from '../../../gateway/schema/validators.ts'
import { compileSnapshot, type Snapshot } from '../../../gateway/snapshot/snapshot.ts'
import { KeysInMemory } from '../../support/signing-keys.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'
import { documentOf } from '../configuration/read-and-parse.ts'
import { AT, EXCHANGE, fieldsOf, LANE, writer } from '../record/facts.ts'

const validators = new Validators()
export const ISSUER = 'https://gateway.example'
/** One set for all worlds: making keys takes longer than an exchange. */
export const signingKeys = new KeysInMemory()
let document: ConfigurationDocument
/** To be called once before any world is made. */
export async function loadDemo(): Promise<void> {
  document = documentOf(demoFiles(), await demoCertificates())
}
const PAGE = { items: [{ code: '01', name: 'Hà Nội' }], page: 1, pageSize: 50, total: 1 }

type Change = (document: ConfigurationDocument) => ConfigurationDocument

/** Parsing takes longer than an exchange: each changed world is made once. */
const configurations = new Map<Change | null, Configuration>()

/** The demo world as revision `number`, changed as told. */
export function revision(number: number, change: Change | null = null): Snapshot {
  const made = configurations.get(change)
  const configuration = made ?? must(parseConfiguration(change ? change(document) : document, locateInRevision(number)))
  configurations.set(change, configuration)
  return compileSnapshot(configuration, number as RevisionNumber, digestOf(String(number)))
}

export const withSystem =
  (id: string, changes: object) =>
  (of: ConfigurationDocument): ConfigurationDocument => ({
    ...of,
    systems: of.systems.map(system => (system.id === id ? { ...system, ...changes } : system)),
  })
export const withAgreement =
  (id: string, changes: object) =>
  (of: ConfigurationDocument): ConfigurationDocument => ({
    ...of,
    agreements: of.agreements.map(agreement => (agreement.id === id ? { ...agreement, ...changes } : agreement)),
  })

export const withService =
  (id: string, changes: object) =>
  (of: ConfigurationDocument): ConfigurationDocument => ({
    ...of,
    services: of.services.map(service => (service.id === id ? { ...service, ...changes } : service)),
  })

/** The connection of a system, as the listener would have read it. */
export function connectionOf(snapshot: Snapshot, id: string): Connection {
  const system = snapshot.configuration.systems.find(each => each.id === id)
  const [issuer] = snapshot.configuration.issuers
  const binding = system?.bindings[0]?.key
  if (!system || !issuer || !binding) throw new TypeError(`the demo world has ${id}`)
  return {
    peer: {
      binding,
      fingerprint: digestOf(id),
      sanUris: [sanOf(system.id)],
      validFrom: instant(0),
      validUntil: instant(AT * 2),
      chain: [{ key: binding, serial: '01', issuerKey: issuer.key }],
    },
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    source: '10.0.0.1',
  }
}

type Answer = ProviderAnswer | ProviderFailure
export const answer = (body: unknown, changes: Partial<ProviderAnswer> = {}): ProviderAnswer => ({
  status: 200,
  headers: new Map([['content-type', 'application/json']]),
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', group: 'X25519' },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  ...changes,
})

/** Everything outside the steps, in memory, keeping what happened and in which order. */
export class ExchangeWorld {
  snapshot: Snapshot | null = revision(1)
  readonly first = this.snapshot as Snapshot
  epoch = 1
  revoked = false
  now: Instant = AT
  gone = false
  /** What has happened, in order: records by kind, sends. */
  readonly events: string[] = []
  readonly leaves: Uint8Array[] = []
  readonly sent: ProviderRequest[] = []
  readonly faults: unknown[] = []
  readonly outcomes: string[] = []
  readonly blamed: string[] = []
  admitted = 0
  released = 0
  counted = 0
  budget = Infinity
  held: Held | null = null
  systemHeld: Held | null = null
  answer: Answer | (() => Answer) = answer(PAGE)
  /** Called before each append with its number, from 1: may throw, or change the world. */
  onAppend: (nth: number) => void = () => undefined
  readonly nonces = new Set<string>()
  /** Called before each claim of a nonce: may throw, or change the world. */
  onClaim: () => void = () => undefined
  /** In the place of the key for answers; null: the usual one. */
  answerKey: GatewayKey | null = null
  /** Why nothing may cross. */
  halted: ProblemCode | null = null
  /** The newest revision that a commit reports; null: nobody knows. */
  newest: number | null = 1

  readonly ports: Ports = {
    clock: { now: () => (this.now = instant(this.now + 1)) },
    snapshots: { current: () => this.snapshot, atLeast: async () => this.snapshot },
    revocations: Object.defineProperty(
      { epoch: 0, statusOf: () => (this.revoked ? ('revoked' as const) : ('good' as const)) },
      'epoch',
      { get: () => this.epoch },
    ),
    log: { writer, append: leaf => this.#append(leaf) },
    limits: {
      checkSystem: async () => this.systemHeld,
      admit: async () => {
        if (this.held) return this.held
        this.admitted++
        return { release: () => void this.released++ }
      },
      countBytes: (_agreement, _at, bytes) => void (this.counted += bytes),
    },
    providers: {
      send: async request => {
        this.events.push('sent')
        this.sent.push(request)
        return typeof this.answer === 'function' ? this.answer() : this.answer
      },
      blame: provider => void this.blamed.push(provider),
      accept: () => undefined,
    },
    validators,
    tokens: new TokenChecker(() => ISSUER, signingKeys),
    nonces: {
      claim: async digest => {
        this.onClaim()
        const outcome = this.nonces.has(digest) ? 'replayed' : 'fresh'
        this.nonces.add(digest)
        return outcome
      },
    },
    answerKeys: { current: use => this.answerKey ?? signingKeys.current(use) },
    assertion: request => issueAssertion(request, ISSUER, signingKeys.current('assertions')),
    evidenceKey: createSecretKey(Buffer.alloc(32, 7)),
    refusals: { spend: () => this.budget-- > 0 },
    halted: () => this.halted,
    observe: {
      step: () => undefined,
      exchange: (outcome, code) => void this.outcomes.push(code === '' ? outcome : `${outcome} ${code}`),
      fault: (_exchange, thrown) => void this.faults.push(thrown),
    },
  }

  async #append(leaf: Uint8Array): Promise<Receipt> {
    this.onAppend(this.leaves.length + 1)
    this.leaves.push(leaf)
    this.events.push(String(fieldsOf(leaf).kind))
    return {
      lane: LANE,
      index: this.leaves.length - 1,
      leafHash: hashLeaf(leaf),
      checkpoint: 'checkpoint\n',
      newestRevision: this.newest,
    }
  }

  get records(): readonly Record<string, unknown>[] {
    return this.leaves.map(fieldsOf)
  }

  arrived(changes: Partial<Arrived> = {}, headers: Readonly<Record<string, string>> = {}): Arrived {
    return {
      exchange: EXCHANGE,
      at: AT,
      connection: connectionOf(this.first, 'G99.21/records'),
      method: 'GET',
      rawTarget: '/exchange/G99.10/categories/v1/provinces',
      rawHeaders: Object.entries({ 'Exchange-Purpose': 'reference-data', ...headers }).flat(),
      body: { read: () => Buffer.alloc(0) },
      memory: { take: () => true },
      isGone: () => this.gone,
      ...changes,
    }
  }

  run(changes: Partial<Arrived> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return runExchange(this.arrived(changes, headers), this.ports)
  }
}

/** The headers of a reply by name. */
export function headersOf(reply: Reply): ReadonlyMap<string, string> {
  const pairs: [string, string][] = []
  for (let i = 0; i < reply.headers.length; i += 2) pairs.push([reply.headers[i] ?? '', reply.headers[i + 1] ?? ''])
  return new Map(pairs)
}
export const codeIn = (reply: Reply): string => headersOf(reply).get('exchange-problem') ?? ''
export const bodyOf = (reply: Reply) => JSON.parse(Buffer.from(reply.body).toString()) as Record<string, unknown>
