import type { AgreementDocument, GuardrailDocument } from '../../../gateway/configuration/document.ts'
import { firstOfMonth } from '../../../gateway/cli/demo/confirmed-lately.ts'
import type { ConfigurationFiles } from '../world/configuration-directory.ts'

/** JSON is YAML: what a test adds to a file of the demo world. */
const append = (files: ConfigurationFiles, name: string, entry: unknown): void =>
  void files.set(name, `${files.get(name) ?? ''}- ${JSON.stringify(entry)}\n`)

type AgreementWish = Partial<AgreementDocument> & { readonly id: string }

/** An agreement on the categories under a purpose of its own, named like it: so that one caller can choose among many. */
export function addAgreement(files: ConfigurationFiles, wish: AgreementWish): void {
  const { id } = wish
  if (wish.purposes === undefined) append(files, 'purposes.yaml', { code: id, title: { en: id, vi: id } })
  const agreement: AgreementDocument = {
    consumer: 'G99.21/records',
    service: 'G99.10/categories/v1',
    purposes: [id],
    ceiling: 'internal',
    valid: { from: '2026-01-01T00:00:00+07:00', until: '2031-01-01T00:00:00+07:00' },
    legalBasis: { instrument: 'Ví dụ', article: 'Ví dụ' },
    securityConfirmedOn: firstOfMonth(new Date()),
    contacts: { consumer: 'Ví dụ', provider: 'Ví dụ' },
    retentionAtConsumer: 'P1D',
    ...wish,
  }
  files.set(`agreements/${id}.yaml`, JSON.stringify(agreement))
}

/** A guardrail against a purpose, with the test that it needs. */
export function addGuardrail(files: ConfigurationFiles, id: string, purpose: string): void {
  const input = {
    consumer: { system: 'G99.21/records' },
    provider: { system: 'G99.10/data-centre' },
    service: 'G99.10/categories/v1',
    operation: 'listProvinces',
    purpose,
    classification: 'internal',
    at: '2026-06-01T10:00:00+07:00',
  } as const
  const guardrail: GuardrailDocument = {
    id,
    title: { en: id, vi: id },
    policy: `forbid (principal, action, resource) when { context.purpose == Purpose::"${purpose}" };`,
    tests: [{ name: 'this purpose', input, expect: 'forbid' }],
  }
  files.set(`guardrails/${id}.yaml`, JSON.stringify(guardrail))
}

/** A system whose certificate lies in the certificates' folder as `UNIT.NAME.crt`. */
export function addSystem(
  files: ConfigurationFiles,
  id: string,
  more: { suspended?: true; endpoint?: string } = {},
): void {
  const name = { en: id, vi: id }
  append(files, 'systems.yaml', { id, name, ...more, bindings: [{ certificate: `${id.replace('/', '.')}.crt` }] })
}

/** The categories once more, from another provider of G99.10, with an agreement for G99.21/records. */
export function addProvider(files: ConfigurationFiles, name: string, endpoint: string, deadline = 'PT1S'): void {
  addSystem(files, `G99.10/${name}`, { endpoint })
  for (const file of ['openapi.yaml', 'service.yaml']) {
    const text = (files.get(`services/categories-v1/${file}`) ?? '')
      .replace('id: G99.10/categories/v1', `id: G99.10/${name}/v1`)
      .replace('provider: G99.10/data-centre', `provider: G99.10/${name}`)
      .replace('deadline: PT10S', `deadline: ${deadline}`)
    files.set(`services/${name}-v1/${file}`, text)
  }
  addAgreement(files, { id: `records-${name}`, service: `G99.10/${name}/v1`, purposes: ['reference-data'] })
}

export const addIssuer = (
  files: ConfigurationFiles,
  name: string,
  certificate: string,
  units: readonly string[],
): void =>
  append(files, 'issuers.yaml', { name, certificates: [certificate], units, san: 'required', development: true })

/** The categories once more, from the same provider, with a line more and an agreement for G99.21/records. */
export function addService(files: ConfigurationFiles, name: string, line: string): void {
  for (const file of ['openapi.yaml', 'service.yaml']) {
    const text = (files.get(`services/categories-v1/${file}`) ?? '').replace(
      'id: G99.10/categories/v1',
      `id: G99.10/${name}/v1\n${line}`,
    )
    files.set(`services/${name}-v1/${file}`, text)
  }
  addAgreement(files, { id: `records-${name}`, service: `G99.10/${name}/v1`, purposes: ['reference-data'] })
}
