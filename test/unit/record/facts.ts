import { bindingOf } from '../../../gateway/domain/binding.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { parseExchangeId, parseRequestId } from '../../../gateway/domain/exchange-id.ts'
import { CONTROL_LANE, parseGatewayId, parseLaneName } from '../../../gateway/domain/gateway-id.ts'
import { type Instant, parseInstant } from '../../../gateway/domain/instant.ts'
import { parseAgreementId } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { revisionNumber } from '../../../gateway/domain/revision-number.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import type { ExchangeFacts, Writer } from '../../../gateway/record/exchange-record.ts'
import { CONSUMER, input, OPERATION, SERVICE } from '../policy/world.ts'

export const AT: Instant = must(parseInstant('2026-11-22T01:02:03.000004Z'))
export const LANE = must(parseLaneName('gateway-1.0123456789abcdef'))
export const EXCHANGE = must(parseExchangeId('01936b7e-4a2c-7def-8123-456789abcdef'))
export const writer: Writer = { gateway: must(parseGatewayId('gateway-1')), lane: LANE, software: 'lienthong 0.1.0' }
export const controlWriter: Writer = { ...writer, lane: CONTROL_LANE }

const committed = { commitment: digestOf('commitment'), bytes: 7 }

/** An exchange of which everything is known. */
export const whole = (changes: Partial<ExchangeFacts> = {}): ExchangeFacts => ({
  exchange: EXCHANGE,
  at: AT,
  caller: {
    consumer: CONSUMER,
    key: bindingOf(Buffer.from('key')),
    certificate: digestOf('certificate'),
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    source: '10.0.0.1',
  },
  mode: 'check',
  target: {
    provider: must(parseSystemId('G99.10/data-centre')),
    service: SERVICE,
    operation: OPERATION,
    method: 'GET',
    template: '/provinces',
  },
  verdict: {
    decision: 'permit',
    reason: 'agreement',
    input: input(),
    classification: 'public',
    agreement: { id: must(parseAgreementId('records-categories')), version: digestOf('version') },
    revision: must(revisionNumber(3)),
  },
  revision: must(revisionNumber(3)),
  token: { jti: '2b0c6f6e-8c1e-4a37-9d3e-5f6a7b8c9d0e', key: digestOf('token key') },
  signature: {
    key: bindingOf(Buffer.from('signing key')),
    alg: 'ES256',
    created: 1_764_000_000,
    nonce: digestOf('nonce'),
    sealed: 'c2VhbGVk',
  },
  schemas: { request: digestOf('request schema'), response: digestOf('response schema') },
  request: committed,
  received: committed,
  released: committed,
  grant: digestOf('grant'),
  unchecked: true,
  providerTls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', group: 'X25519' },
  providerStatus: 200,
  status: 200,
  problem: 'response-invalid',
  detail: 'schema:type',
  timings: { decided: 1, received: 2, recorded: 3, forwarded: 4, answered: 5 },
  requestId: must(parseRequestId('order:1/2')),
  trace: 'a'.repeat(32),
  ...changes,
})

/** An exchange that was refused before anything was known. */
export const bare = (changes: Partial<ExchangeFacts> = {}): ExchangeFacts => ({
  ...whole(),
  caller: { ...whole().caller, consumer: null },
  mode: 'exchange',
  target: null,
  verdict: null,
  revision: null,
  token: null,
  schemas: { request: null, response: null },
  request: null,
  received: null,
  released: null,
  grant: null,
  unchecked: false,
  signature: null,
  providerTls: null,
  providerStatus: null,
  status: 401,
  problem: 'certificate-unbound',
  detail: null,
  timings: {},
  requestId: null,
  trace: null,
  ...changes,
})

export const fieldsOf = (leaf: Uint8Array) => JSON.parse(Buffer.from(leaf).toString('utf8')) as Record<string, unknown>
