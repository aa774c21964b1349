import fc from 'fast-check'
import { agreementDocument, serviceDocument, type SmallWorld } from '../../../bench/small-document.ts'
import type { AgreementDocument, ServiceDocument } from '../../../gateway/configuration/document.ts'
import { lapseOf, type Question } from './naive-reading.ts'
import { minuteOfText, ZONES } from './naive-time.ts'

const CONSUMERS = ['G99.21/records', 'G99.21.01/branch', 'G99.22/logistics']
const PROVIDERS = ['G99.10/data-centre', 'G99.22/logistics']
const SERVICES = ['G99.10/categories/v1', 'G99.22/inventory/v1']
const PURPOSES = ['reference-data', 'supply', 'training']
const OPERATIONS = ['list', 'getOne', 'file']
const LABELS = ['public', 'internal', 'restricted']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** A fortnight around the night of 29 March 2026, in which the clocks of Berlin go forward. */
const BEGIN = minuteOfText('2026-03-22T00:00:00Z')
const END = minuteOfText('2026-04-05T00:00:00Z')
const QUARTERS = (END - BEGIN) / 15

/** RFC 3339 of a minute in that fortnight, as different zones write it. */
function textOf(minute: number, ahead: 0 | 7): string {
  const local = minute + ahead * 60 - BEGIN
  const day = 22 + Math.floor(local / 1440)
  const [month, date] = day > 31 ? [4, day - 31] : [3, day]
  const two = (n: number): string => String(n).padStart(2, '0')
  const clock = `${two(Math.floor(local / 60) % 24)}:${two(local % 60)}`
  return `2026-${two(month)}-${two(date)}T${clock}:00${ahead === 0 ? 'Z' : '+07:00'}`
}

const quarter = fc.integer({ min: 0, max: QUARTERS }).map(n => BEGIN + n * 15)
const time = fc.tuple(quarter, fc.constantFrom(0 as const, 7 as const)).map(([at, ahead]) => textOf(at, ahead))
const window = fc.tuple(time, time).map(pair => {
  const [from, until] = pair.toSorted((a, b) => minuteOfText(a) - minuteOfText(b)) as [string, string]
  return { from, until }
})
const isLong = ({ from, until }: { from: string; until: string }): boolean => minuteOfText(from) < minuteOfText(until)
const seldom = fc.integer({ min: 0, max: 5 }).map(n => n === 0)
const clock = fc.integer({ min: 0, max: 95 }).map(n => textOf(BEGIN + n * 15, 0).slice(11, 16))

const hours = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    days: fc.tuple(fc.constantFrom(...DAYS), fc.constantFrom(...DAYS)),
    from: clock,
    until: fc.oneof({ weight: 4, arbitrary: clock }, fc.constant('24:00')),
  })
  .filter(({ from, until }) => from !== until)

const service = (id: string, provider: string): fc.Arbitrary<ServiceDocument> =>
  fc
    .record({
      labels: fc.array(fc.constantFrom(...LABELS), { minLength: OPERATIONS.length, maxLength: OPERATIONS.length }),
      suspended: seldom,
      maintenance: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, window.filter(isLong)),
    })
    .map(({ labels, suspended, maintenance }) => ({
      ...serviceDocument(id, provider, Object.fromEntries(OPERATIONS.map((name, n) => [name, labels[n] ?? 'public']))),
      ...(suspended ? { suspended } : {}),
      ...(maintenance ? { maintenance: [{ ...maintenance, note: { en: 'a', vi: 'a' } }] } : {}),
    }))

const confirmations = ['2025-09-22', '2025-09-28', '2025-09-29', '2025-09-30', '2025-10-01', '2026-01-15', '2026-03-01']

const terms = fc.record({
  consumer: fc.constantFrom(...CONSUMERS),
  service: fc.constantFrom(...SERVICES),
  purposes: fc.subarray(PURPOSES, { minLength: 1 }),
  operations: fc.option(fc.subarray(OPERATIONS, { minLength: 1 }), { freq: 2, nil: null }),
  ceiling: fc.constantFrom(...LABELS, 'restricted', 'restricted'),
  suspended: seldom,
  // Half of them wide, so that much is permitted.
  valid: fc.oneof(
    fc.constant({ from: '2026-01-01T00:00:00+07:00', until: '2026-12-01T00:00:00+07:00' }),
    window.filter(isLong),
  ),
  hours: fc.option(hours, { freq: 2, nil: null }),
  dormant: seldom,
  activated: fc.option(fc.tuple(quarter, fc.constantFrom(15, 30, 60)), { freq: 3, nil: null }),
  securityConfirmedOn: fc.oneof({ weight: 2, arbitrary: fc.constant('2026-03-01') }, fc.constantFrom(...confirmations)),
})
type Terms = typeof terms extends fc.Arbitrary<infer T> ? T : never

function agreement(each: Terms, n: number, services: readonly ServiceDocument[]): AgreementDocument | null {
  const { operations, suspended, hours: agreed, dormant, activated, ...rest } = each
  const labels = labelsOf(services.find(({ id }) => id === each.service))
  const granted = (operations ?? OPERATIONS).filter(
    name => LABELS.indexOf(labels[name] ?? '') <= LABELS.indexOf(each.ceiling),
  )
  if (granted.length === 0) return null
  const [start, minutes] = activated ?? [0, 0]
  const isInside = start >= minuteOfText(each.valid.from) && start + minutes <= minuteOfText(each.valid.until)
  const isWhole = operations === null && granted.length === OPERATIONS.length
  return agreementDocument({
    ...rest,
    id: `agreement-${n}`,
    ...(isWhole ? {} : { operations: Object.fromEntries(granted.map(name => [name, {}])) }),
    ...(suspended ? { suspended } : {}),
    ...(agreed ? { hours: agreed } : {}),
    ...(dormant ? { dormant } : {}),
    ...(dormant && activated && isInside
      ? { activation: { from: textOf(start, 0), until: textOf(start + minutes, 0), reason: 'a test' } }
      : {}),
  })
}

function labelsOf(found: ServiceDocument | undefined): Readonly<Record<string, string>> {
  const { paths } = found?.openapi as { paths: Record<string, { get: Record<string, string> }> }
  return Object.fromEntries(
    Object.values(paths).map(({ get }) => [get['operationId'] ?? '', get['x-classification'] ?? '']),
  )
}

/** At most one agreement is in force: what a configuration may not hold is left out. */
function withoutOverlaps(all: readonly AgreementDocument[]): readonly AgreementDocument[] {
  const kept: AgreementDocument[] = []
  for (const each of all) if (!kept.some(other => overlap(each, other))) kept.push(each)
  return kept
}

const operationsOf = ({ operations }: AgreementDocument): readonly string[] => Object.keys(operations ?? {})

function overlap(a: AgreementDocument, b: AgreementDocument): boolean {
  const isShared = (one: readonly string[], other: readonly string[]): boolean =>
    one.length === 0 || other.length === 0 || one.some(name => other.includes(name))
  return (
    a.consumer === b.consumer &&
    a.service === b.service &&
    a.purposes.some(purpose => b.purposes.includes(purpose)) &&
    isShared(operationsOf(a), operationsOf(b)) &&
    minuteOfText(a.valid.from) < minuteOfText(b.valid.until) &&
    minuteOfText(b.valid.from) < minuteOfText(a.valid.until)
  )
}

/** A small configuration without guardrails, and the zone of its genesis. */
export const worlds = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    services: fc.tuple(...SERVICES.map((id, n) => service(id, PROVIDERS[n] ?? ''))),
    agreements: fc.array(terms, { minLength: 1, maxLength: 7, size: 'max' }),
  })
  .map(({ zone, services, agreements }): { zone: string; world: SmallWorld } => ({
    zone,
    world: {
      systems: [...new Set([...CONSUMERS, ...PROVIDERS])],
      purposes: PURPOSES,
      services,
      agreements: withoutOverlaps(
        agreements.map((each, n) => agreement(each, n, services)).filter(each => each !== null),
      ),
    },
  }))

/** Quarters of an hour, at which all bounds lie, and the minutes before and behind them. */
export const questions: fc.Arbitrary<Question> = fc.record({
  consumer: fc.constantFrom(...CONSUMERS, 'G99.21/stranger'),
  service: fc.constantFrom(...SERVICES, 'G99.10/unknown/v1'),
  operation: fc.constantFrom(...OPERATIONS, ...OPERATIONS, 'unknown'),
  purpose: fc.constantFrom<string | null>(...PURPOSES, ...PURPOSES, 'unknown', null),
  declared: fc.constantFrom<string | null>(null, null, null, ...LABELS, 'state-secret'),
  at: fc.tuple(quarter, fc.constantFrom(-1, 0, 0, 1)).map(([at, beside]) => at + beside),
})

/** Questions that come near an agreement of the world: its own parties, and the minutes beside those at which something turns. */
export function aimed(world: SmallWorld, zone: string, asked: Question, n: number): Question {
  const near = world.agreements[n % Math.max(1, world.agreements.length)]
  if (near === undefined || n % 4 === 0) return asked
  const { consumer, service, purposes } = near
  const closer = { ...asked, consumer, service, purpose: asked.purpose && (purposes[n % purposes.length] ?? null) }
  if (n % 4 === 2) return closer
  const [operation = asked.operation] = operationsOf(near)
  if (n % 4 === 3) return { ...closer, operation, declared: null }
  const turns = turnsOf(near, zone)
  return { ...closer, operation, declared: null, at: (turns[asked.at % turns.length] ?? asked.at) + (n % 3) - 1 }
}

function turnsOf({ valid, activation, securityConfirmedOn }: AgreementDocument, zone: string): readonly number[] {
  const texts = [valid.from, valid.until, ...(activation ? [activation.from, activation.until] : [])]
  return [...texts.map(minuteOfText), lapseOf(securityConfirmedOn, zone), lapseOf(securityConfirmedOn, zone)]
}
