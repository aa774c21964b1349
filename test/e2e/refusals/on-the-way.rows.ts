import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { applyRevision, withAgreement, withSystem } from '../../support/refusals/next-revision.ts'
import { requestText } from '../../support/refusals/raw-connection.ts'
import { CATEGORIES, LIST, type Outcome, type Row } from '../../support/refusals/row.ts'
import type { Scene } from '../../support/refusals/scene.ts'

const BODY = '{"codes":["01"]}'

type Edit = (document: ConfigurationDocument) => ConfigurationDocument

/** A body of which the half is on its way while two officers change something; then the rest arrives. */
const whileSending =
  (edit: Edit, undo: Edit) =>
  async (scene: Scene): Promise<Outcome> => {
    const raw = await scene.raw()
    const headers = [
      ['Host', 'localhost'],
      ['Exchange-Purpose', 'reference-data'],
      ['Content-Type', 'application/json'],
      ['Content-Length', String(BODY.length)],
    ] as const
    raw.send(requestText(`POST ${CATEGORIES}/provinces/search HTTP/1.1`, headers, BODY.slice(0, 5)))
    // Routed, decided and admitted by the time the revision comes: the gateway waits for the body.
    await new Promise(resolve => setTimeout(resolve, 150))
    await applyRevision(scene.world, edit)
    raw.send(BODY.slice(5))
    const answered = await raw.answer()
    await applyRevision(scene.world, undo)
    const shown = `POST ${CATEGORIES}/provinces/search HTTP/1.1\nExchange-Purpose: reference-data\nContent-Type: application/json\n\n${BODY}`
    return { ...answered, shown }
  }

/** The change comes when the request is at the provider. */
const whileProviderWorks =
  (edit: Edit, undo: Edit) =>
  async (scene: Scene): Promise<Outcome> => {
    const { provider } = scene.world
    const good = provider.answer
    provider.answer = async (...asked) => {
      await applyRevision(scene.world, edit)
      await good(...asked)
    }
    const answered = await scene.call(LIST)
    provider.answer = good
    await applyRevision(scene.world, undo)
    return answered
  }

const SERVICE = 'G99.10/categories/v1'
const described =
  (updateCycle: string): Edit =>
  document => ({
    ...document,
    services: document.services.map(service => {
      const openapi = service.openapi as { readonly info: object }
      return service.id === SERVICE
        ? { ...service, openapi: { ...openapi, info: { ...openapi.info, description: updateCycle } } }
        : service
    }),
  })
const suspend = withAgreement('records-categories', { suspended: true })
const resume = withAgreement('records-categories', { suspended: false })
const grantLess = withAgreement('records-categories', { operations: { searchProvinces: { request: ['/codes'] } } })
const without =
  (name: 'operations'): Edit =>
  document => ({
    ...document,
    agreements: document.agreements.map(agreement => {
      const { [name]: _taken, ...rest } = agreement
      return agreement.id === 'records-categories' ? rest : agreement
    }),
  })
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
const notForwarded = { records: ['refusal'], forwarded: 'no' } as const

/** Signed by both officers while the call is on its way. */
export const withdrawalRows: readonly Row[] = [
  {
    what: 'the agreement is suspended while the body is on its way',
    call: whileSending(suspend, resume),
    status: 403,
    code: 'agreement-suspended',
    ...notForwarded,
  },
  {
    what: 'the system is suspended while the body is on its way',
    call: whileSending(
      withSystem('G99.21/records', { suspended: true }),
      withSystem('G99.21/records', { suspended: false }),
    ),
    status: 401,
    code: 'system-suspended',
    ...notForwarded,
  },
  {
    what: 'the agreement expires by a new revision while the body is on its way',
    call: whileSending(
      withAgreement('records-categories', {
        valid: { from: '2026-01-01T00:00:00+07:00', until: `${yesterday}T00:00:00Z` },
        // A confirmation is given before the end.
        securityConfirmedOn: yesterday,
      }),
      withAgreement('records-categories', {
        valid: { from: '2026-01-01T00:00:00+07:00', until: '2031-01-01T00:00:00+07:00' },
      }),
    ),
    status: 403,
    code: 'agreement-expired',
    ...notForwarded,
  },
  {
    what: 'the description changes while the body is on its way',
    call: whileSending(described('new'), described('old')),
    status: 503,
    code: 'policy-unavailable',
    detail: 'service-changed',
    ...notForwarded,
    documents: true,
  },
  {
    what: 'the granted request fields change while the body is on its way',
    call: whileSending(grantLess, without('operations')),
    status: 503,
    code: 'policy-unavailable',
    detail: 'agreement-changed',
    ...notForwarded,
  },
  {
    what: 'the agreement is suspended while the provider works: its answer is withheld',
    call: whileProviderWorks(suspend, resume),
    status: 403,
    code: 'agreement-suspended',
    detail: 'answer-withheld',
    records: ['request', 'response', 'refusal'],
    forwarded: 'yes',
  },
  {
    what: 'the system is suspended while the provider works: its answer is withheld',
    call: whileProviderWorks(
      withSystem('G99.21/records', { suspended: true }),
      withSystem('G99.21/records', { suspended: false }),
    ),
    status: 401,
    code: 'system-suspended',
    detail: 'answer-withheld',
    records: ['request', 'response', 'refusal'],
    forwarded: 'yes',
    closes: true,
  },
]
