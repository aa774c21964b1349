import { createHash } from 'node:crypto'
import type { ConfigurationDocument } from '../gateway/configuration/document.ts'
import { locateInRevision } from '../gateway/configuration/locate.ts'
import { parseConfiguration } from '../gateway/configuration/parse-configuration.ts'
import type { Binding } from '../gateway/domain/binding.ts'
import type { Classification } from '../gateway/domain/classification.ts'
import { type Digest, digestOf } from '../gateway/domain/digest.ts'
import type { ExchangeId } from '../gateway/domain/exchange-id.ts'
import type { GatewayId, LaneName } from '../gateway/domain/gateway-id.ts'
import { type Instant, instant, minuteOf } from '../gateway/domain/instant.ts'
import { parsePurpose } from '../gateway/domain/purpose.ts'
import { must } from '../gateway/domain/result.ts'
import type { RevisionNumber } from '../gateway/domain/revision-number.ts'
import { parseOperationName, parseServiceId } from '../gateway/domain/service-id.ts'
import { parseSystemId } from '../gateway/domain/system-id.ts'
import { decide } from '../gateway/policy/decide.ts'
import type { DecisionInput } from '../gateway/policy/decision.ts'
import { type ExchangeFacts, exchangeLeaf, type Verdict } from '../gateway/record/exchange-record.ts'
import { compileSnapshot, type Snapshot } from '../gateway/snapshot/snapshot.ts'
import { agreementDocument, documentMaker, serviceDocument } from './small-document.ts'

const SERVICES = 20
const CONSUMERS = 200
const PURPOSE = 'reference-data'
const PROVIDER = 'G99.10/data-centre'
const OPERATIONS = { list: 'internal', getOne: 'internal', search: 'public', file: 'restricted' }
const NAMES = Object.keys(OPERATIONS)
/** A Tuesday, 03:00 UTC, 10:00 in Ha Noi. */
const BASE = Date.parse('2026-06-02T03:00:00Z') * 1000
const STEP_MICROS = 1_000
/** The share of exchanges refused for want of an agreement, in both policies. */
const REFUSED_EVERY = 20

/** How the candidate differs, each for a consumer of its own that calls nothing else. */
const PLANTS = ['suspended', 'hours', 'ceiling', 'ended', 'new-agreement'] as const
export type Plant = (typeof PLANTS)[number]

const consumerName = (n: number): string => `G99.${21 + (n % 9)}/consumer-${n}`
const serviceName = (n: number): string => `G99.10/service-${n}/v1`
const plantName = (plant: Plant): string => `G99.40/${plant}`

export interface RecordedLeaf {
  readonly leaf: Uint8Array
  readonly exchange: ExchangeId
  /** Null: the candidate decides it alike, or it decides nothing (an answer). */
  readonly plant: Plant | null
}

export interface RecordedLog {
  /** Revision 0, under which all was recorded. */
  readonly document: ConfigurationDocument
  readonly decider: Snapshot
  readonly candidateDocument: ConfigurationDocument
  readonly candidate: Snapshot
  /** Records of this many exchanges, with or without the records of their answers; one in `plantEvery` differs. */
  leaves(exchanges: number, plantEvery: number, answers: boolean): Generator<RecordedLeaf>
}

export interface LogShape {
  /** Of both policies; unless told none. */
  readonly guardrails?: ConfigurationDocument['guardrails']
  /** Between two exchanges, in microseconds: unless told a million of them take 17 minutes. */
  readonly step?: number
  /** Agreements are good at any hour: exchanges may be spread over days. Unless told in working hours, in which they then lie. */
  readonly anyHour?: boolean
}

/** A log as a gateway writes it, of made-up exchanges. Which of them differ under the candidate is known without deciding them. */
export async function recordedLog({
  guardrails = [],
  step = STEP_MICROS,
  anyHour = false,
}: LogShape = {}): Promise<RecordedLog> {
  const makeDocument = await documentMaker()
  const services = Array.from({ length: SERVICES }, (_, n) => serviceDocument(serviceName(n), PROVIDER, OPERATIONS))
  const usual = Array.from({ length: CONSUMERS * SERVICES }, (_, n) => {
    const [consumer, service] = [Math.floor(n / SERVICES), n % SERVICES]
    return agreementDocument({
      id: `agreement-${consumer}-${service}`,
      consumer: consumerName(consumer),
      service: serviceName(service),
      purposes: [PURPOSE],
      ...(anyHour ? {} : { hours: { zone: 'Asia/Ho_Chi_Minh', days: ['mon', 'fri'], from: '07:00', until: '18:00' } }),
    })
  })
  const document = (isCandidate: boolean): ConfigurationDocument => ({
    ...makeDocument({
      systems: [
        PROVIDER,
        ...Array.from({ length: CONSUMERS }, (_, n) => consumerName(n)),
        ...PLANTS.map(plantName),
        'G99.41/stranger',
      ],
      purposes: [PURPOSE],
      services,
      agreements: [...usual, ...PLANTS.flatMap(plant => planted(plant, isCandidate))],
    }),
    guardrails,
  })
  const [before, after] = [document(false), document(true)]
  const decider = compiled(before, 0)
  return {
    document: before,
    decider,
    candidateDocument: after,
    candidate: compiled(after, 1),
    leaves: (exchanges, plantEvery, answers) => leaves(decider, step, exchanges, plantEvery, answers),
  }
}

/** The agreement of a planted consumer, before and in the candidate. */
function planted(plant: Plant, isCandidate: boolean) {
  const agreement = agreementDocument({
    id: `planted-${plant}`,
    consumer: plantName(plant),
    service: serviceName(0),
    purposes: [PURPOSE],
  })
  if (plant === 'new-agreement') return isCandidate ? [agreement] : []
  if (!isCandidate) return [agreement]
  const changes = {
    suspended: { suspended: true },
    hours: { hours: { zone: 'Asia/Ho_Chi_Minh', days: ['sat', 'sun'], from: '07:00', until: '18:00' } },
    ceiling: { operations: { list: {}, getOne: {}, search: {} }, ceiling: 'internal' },
    ended: {
      valid: { from: '2026-01-01T00:00:00Z', until: '2026-06-01T00:00:00Z' },
      securityConfirmedOn: '2026-05-01',
    },
  }
  return [{ ...agreement, ...changes[plant] }]
}

function compiled(document: ConfigurationDocument, revision: number): Snapshot {
  const parsed = parseConfiguration(document, locateInRevision(revision))
  if (!parsed.ok) throw new TypeError(JSON.stringify(parsed.error.slice(0, 5)))
  return compileSnapshot(parsed.value, revision as RevisionNumber, digestOf(`revision ${revision}`))
}

function* leaves(
  decider: Snapshot,
  step: number,
  exchanges: number,
  plantEvery: number,
  answers: boolean,
): Generator<RecordedLeaf> {
  for (let n = 0; n < exchanges; n++) {
    const plant = n % plantEvery === 0 ? (PLANTS[(n / plantEvery) % PLANTS.length] ?? null) : null
    const at = instant(BASE + n * step)
    const exchange = exchangeId(n)
    const facts = factsFor(decider, exchange, at, inputOf(n, plant, at))
    const isPermitted = facts.verdict?.decision === 'permit'
    yield { leaf: exchangeLeaf(isPermitted ? 'request' : 'refusal', at, facts, WRITER), exchange, plant }
    if (!answers || !isPermitted) continue
    const timings = { ...facts.timings, recorded: 900, forwarded: 950, answered: 4_000 }
    const answer = { ...facts, providerStatus: 200, status: 200, received: COMMITTED, released: COMMITTED, timings }
    yield { leaf: exchangeLeaf('response', instant(at + 5_000), answer, WRITER), exchange, plant: null }
  }
}

/** The nth exchange id: a UUIDv7 by its form. */
const exchangeId = (n: number): ExchangeId =>
  `01970000-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as ExchangeId

function inputOf(n: number, plant: Plant | null, at: Instant): DecisionInput {
  const isStranger = plant === null && n % REFUSED_EVERY === 1
  const consumer = plant === null ? (isStranger ? 'G99.41/stranger' : consumerName(n % CONSUMERS)) : plantName(plant)
  const declared: Classification | null = plant === 'ceiling' ? 'restricted' : null
  return {
    consumer: must(parseSystemId(consumer)),
    service: must(parseServiceId(serviceName(plant === null ? Math.floor(n / CONSUMERS) % SERVICES : 0))),
    operation: must(parseOperationName(plant === null ? (NAMES[n % NAMES.length] ?? 'list') : 'list')),
    purpose: must(parsePurpose(PURPOSE)),
    declared,
    minute: minuteOf(at),
  }
}

const SOME_DIGEST = createHash('sha256').update('some').digest('hex')
const COMMITTED = { commitment: SOME_DIGEST as Digest, bytes: 1234 }
const WRITER = {
  gateway: 'gateway-1' as GatewayId,
  lane: 'gateway-1.0123456789abcdef' as LaneName,
  software: 'lienthong/bench',
}

function factsFor(decider: Snapshot, exchange: ExchangeId, at: Instant, input: DecisionInput): ExchangeFacts {
  const decision = decide(input, decider)
  const verdict: Verdict = {
    decision: decision.kind,
    reason: decision.kind === 'permit' ? 'agreement' : decision.refusal.reason,
    input,
    classification: decision.kind === 'permit' ? decision.classification : null,
    agreement: decision.agreement && { id: decision.agreement.id, version: decision.agreement.version },
    revision: decision.revision,
  }
  const isPermitted = decision.kind === 'permit'
  return {
    exchange,
    at,
    caller: {
      consumer: input.consumer,
      key: SOME_DIGEST as Binding,
      certificate: SOME_DIGEST as Digest,
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
      source: '127.0.0.1',
    },
    mode: 'exchange',
    target: {
      provider: must(parseSystemId(PROVIDER)),
      service: input.service,
      operation: input.operation,
      method: 'GET',
      template: `/${input.operation}`,
    },
    verdict,
    revision: decision.revision,
    token: null,
    signature: null,
    schemas: { request: null, response: null },
    request: isPermitted ? COMMITTED : null,
    received: null,
    released: null,
    grant: null,
    unchecked: false,
    providerTls: null,
    providerStatus: null,
    status: isPermitted ? null : 403,
    problem: isPermitted ? null : 'not-permitted',
    detail: null,
    timings: isPermitted ? { decided: 120, received: 300 } : { decided: 120 },
    requestId: null,
    trace: null,
  }
}
