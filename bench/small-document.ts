import { createHash } from 'node:crypto'
import type {
  AgreementDocument,
  ConfigurationDocument,
  ServiceDocument,
  SystemDocument,
} from '../gateway/configuration/document.ts'
import { makeKey } from '../gateway/pki/keys.ts'
import { makeAuthority } from '../gateway/pki/make-authority.ts'

const TEXT = { en: 'a', vi: 'a' }
const DAY_MILLIS = 86_400_000

/** What a small world consists of; everything that policy does not look at is filled in. */
export interface SmallWorld {
  readonly systems: readonly string[]
  readonly purposes: readonly string[]
  readonly services: readonly ServiceDocument[]
  readonly agreements: readonly AgreementDocument[]
}

/** A maker of whole, valid documents: it has an authority of its own. */
export async function documentMaker(): Promise<(world: SmallWorld) => ConfigurationDocument> {
  const { certificate } = await makeAuthority({
    subject: { commonName: 'Small world', organization: 'Small world' },
    key: makeKey(),
    issuer: null,
    notBefore: new Date(Date.now() - DAY_MILLIS),
    notAfter: new Date(Date.now() + DAY_MILLIS),
  })
  return ({ systems, purposes, services, agreements }) => ({
    genesis: { mode: 'development', operator: 'G99.10', zone: 'Asia/Ho_Chi_Minh' },
    units: [...new Set(['G99.10', ...systems.map(unitPart)])].sort().map(code => ({ code, name: TEXT })),
    systems: systems.map(systemDocument),
    issuers: [{ name: 'small-world', certificates: [certificate], units: ['G99'], development: true }],
    purposes: purposes.map(code => ({ code, title: TEXT })),
    officers: [{ id: 'security-1', name: 'a', roles: ['security-officer'], key: keyOf('officer') }],
    services,
    agreements,
  })
}

const unitPart = (id: string): string => id.slice(0, id.indexOf('/'))
const keyOf = (name: string): string => createHash('sha256').update(name).digest('hex')

const systemDocument = (id: string): SystemDocument => ({
  id,
  name: TEXT,
  endpoint: 'https://localhost:9443',
  bindings: [{ key: keyOf(id) }],
})

/** A service of plain operations: name to classification. */
export const serviceDocument = (
  id: string,
  provider: string,
  operations: Readonly<Record<string, string>>,
): ServiceDocument => ({
  id,
  provider,
  title: TEXT,
  deadline: 'PT10S',
  owner: 'a',
  legalBasis: 'a',
  sourceOfTruth: 'a',
  updateCycle: 'a',
  openapi: {
    openapi: '3.1.0',
    info: { title: 'a', version: '1.0.0' },
    paths: Object.fromEntries(
      Object.entries(operations).map(([name, label]) => [`/${name.toLowerCase()}`, { get: operation(name, label) }]),
    ),
  },
})

const operation = (operationId: string, label: string) => ({
  operationId,
  summary: 'a',
  'x-summary-vi': 'a',
  'x-classification': label,
  responses: {
    200: {
      description: 'a',
      content: { 'application/json': { schema: { type: 'object', additionalProperties: false } } },
    },
  },
})

type Needed = 'id' | 'consumer' | 'service' | 'purposes'

/** An agreement that permits, with these members. */
export const agreementDocument = (
  members: Pick<AgreementDocument, Needed> & Partial<AgreementDocument>,
): AgreementDocument => ({
  ceiling: 'restricted',
  valid: { from: '2026-01-01T00:00:00Z', until: '2027-01-01T00:00:00Z' },
  legalBasis: { instrument: 'a', article: 'a' },
  securityConfirmedOn: '2026-06-01',
  contacts: { consumer: 'a', provider: 'a' },
  retentionAtConsumer: 'P90D',
  ...members,
})
