import type { Agreement, Configuration, Operation, Service, System } from '../gateway/configuration/objects.ts'
import { digestOf } from '../gateway/domain/digest.ts'
import type { Minute } from '../gateway/domain/instant.ts'
import { parseAgreementId, parsePurpose } from '../gateway/domain/purpose.ts'
import { must } from '../gateway/domain/result.ts'
import { GENESIS } from '../gateway/domain/revision-number.ts'
import { parseOperationName, parseServiceId } from '../gateway/domain/service-id.ts'
import { parseSystemId } from '../gateway/domain/system-id.ts'
import { parseUnitCode } from '../gateway/domain/unit-code.ts'
import { decide } from '../gateway/policy/decide.ts'
import type { DecisionInput } from '../gateway/policy/decision.ts'
import { compileSnapshot } from '../gateway/snapshot/snapshot.ts'

const AGREEMENTS_A_CONSUMER = 20
const OPERATIONS = ['getOne', 'list', 'search', 'file'].map(name => must(parseOperationName(name)))
const [PING = must(parseOperationName('getOne'))] = OPERATIONS
const PURPOSE = must(parsePurpose('bench'))
const FROM = (Date.parse('2026-01-01T00:00:00Z') / 60_000) as Minute
const UNTIL = (Date.parse('2027-01-01T00:00:00Z') / 60_000) as Minute
const NOW = (Date.parse('2026-06-02T03:00:00Z') / 60_000) as Minute
const TEXT = { en: 'a', vi: 'a' }
const PROVIDER = must(parseSystemId('G99.10/data-centre'))

export interface DecideCost {
  readonly agreements: number
  /** Microseconds a decision where the same 64 callers come again and again, as on a busy gateway. */
  readonly busy: number
  /** Microseconds a decision where every agreement is used in turn, so that none is in the processor's cache. */
  readonly everyone: number
}

const CALLERS = 64

/** What decide() costs with this many agreements: the least of `rounds` rounds, since anything else only adds. */
export function costOfDecide(agreements: number, decisions = 200_000, rounds = 5): DecideCost {
  const { snapshot, inputs } = world(agreements)
  const time = (list: readonly DecisionInput[]): number => {
    let least = Infinity
    for (let round = 0; round < rounds; round++) {
      let nanos = 0n
      let permitted = 0
      for (let done = 0; done < decisions; done += CALLERS) {
        // As they come from a request: made a moment ago. Only the snapshot may be cold.
        const fresh = Array.from({ length: CALLERS }, (_, n) =>
          freshly(list[(done + n) % list.length] as DecisionInput),
        )
        const began = process.hrtime.bigint()
        for (const input of fresh) if (decide(input, snapshot).kind === 'permit') permitted++
        nanos += process.hrtime.bigint() - began
      }
      if (permitted < decisions) throw new Error('every one of these calls is permitted')
      least = Math.min(least, Number(nanos) / 1000 / permitted)
    }
    return least
  }
  return { agreements, busy: time(spread(inputs, CALLERS)), everyone: time(shuffled(inputs)) }
}

const freshly = (input: DecisionInput): DecisionInput => ({
  ...input,
  consumer: copyOf(input.consumer),
  service: copyOf(input.service),
})

const copyOf = <T extends string>(text: T): T => Buffer.from(text).toString() as T

function world(count: number) {
  const services = Array.from({ length: AGREEMENTS_A_CONSUMER }, (_, n) => service(n))
  const agreements = Array.from({ length: count }, (_, n) => agreement(n, services))
  const systems = new Map<string, System>()
  for (const id of [PROVIDER, ...agreements.map(({ consumer }) => consumer)])
    if (!systems.has(id)) systems.set(id, system(id))
  const configuration: Configuration = {
    mode: 'development',
    operator: must(parseUnitCode('G99.10')),
    zone: 'Asia/Ho_Chi_Minh',
    workingHours: { zone: 'Asia/Ho_Chi_Minh', days: [1, 2, 3, 4, 5], from: 7 * 60, until: 18 * 60 },
    units: [],
    systems: [...systems.values()],
    issuers: [],
    purposes: [{ code: PURPOSE, title: { en: 'a', vi: 'a' } }],
    officers: [],
    services,
    agreements,
    guardrails: [],
    witnesses: [],
    timeAuthorities: [],
    settings: [],
    alertRules: [],
  }
  const inputs = agreements.map(
    ({ consumer, service, operations }, n): DecisionInput => ({
      consumer,
      service,
      operation: operations[n % operations.length]?.name ?? PING,
      purpose: PURPOSE,
      declared: null,
      minute: NOW,
    }),
  )
  return { snapshot: compileSnapshot(configuration, GENESIS, digestOf('bench')), inputs }
}

const service = (n: number): Service => ({
  id: must(parseServiceId(`G99.10/service-${n}/v1`)),
  provider: PROVIDER,
  title: TEXT,
  basePath: '',
  operations: OPERATIONS.map(
    (name): Operation => ({
      name,
      method: 'GET',
      template: `/${name}`,
      summary: TEXT,
      classification: 'internal',
      parameters: [],
      request: null,
      responses: new Map(),
      maxRequestBytes: 1,
      maxResponseBytes: 1,
    }),
  ),
  deadlineMillis: 1000,
  suspended: false,
  assertion: false,
  maintenance: [],
  owner: 'a',
  legalBasis: 'a',
  sourceOfTruth: 'a',
  updateCycle: 'a',
  openapi: '{}',
})

function agreement(n: number, services: readonly Service[]): Agreement {
  const { id } = services[n % services.length] ?? service(0)
  const consumer = Math.floor(n / AGREEMENTS_A_CONSUMER)
  return {
    id: must(parseAgreementId(`agreement-${n}`)),
    version: digestOf(`${n}`),
    consumer: must(parseSystemId(`G99.21/consumer-${consumer}`)),
    service: id,
    purposes: [PURPOSE],
    operations: OPERATIONS.map(name => ({ name, request: null, response: null })),
    ceiling: 'internal',
    suspended: false,
    from: FROM,
    until: UNTIL,
    hours: { zone: 'Asia/Ho_Chi_Minh', days: [1, 2, 3, 4, 5], from: 7 * 60, until: 18 * 60 },
    limits: { perMinute: null, concurrent: null, bytesPerDay: null },
    signature: 'none',
    token: 'none',
    legalBasis: { instrument: 'a', article: 'b' },
    securityConfirmedOn: '2026-10-01',
    contacts: { consumer: 'a', provider: 'b' },
    retentionAtConsumer: 'P90D',
    securityConfirmedUntil: UNTIL,
    recertifiedOn: null,
    dormant: false,
    activation: null,
    personalData: null,
  }
}

const system = (id: System['id']): System => ({
  id,
  name: TEXT,
  suspended: false,
  bindings: [],
  signingKeys: [],
  endpoint: null,
})

/** `count` of them, evenly spread. */
const spread = <T>(list: readonly T[], count: number): readonly T[] =>
  list.filter((_one, n) => n % Math.max(1, Math.floor(list.length / count)) === 0).slice(0, count)

/** In an order that no prefetcher guesses, the same in each run: steps by a number that shares no factor with the length. */
function shuffled<T>(list: readonly T[]): readonly T[] {
  const step = 7919
  return list.map((_one, n) => list[(n * step) % list.length] as T)
}
