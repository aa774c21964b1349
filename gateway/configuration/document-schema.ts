/**
 * The JSON Schema of a ConfigurationDocument, derived from those of the YAML files so that the two cannot drift apart:
 * where a file may name a certificate file, the document holds the key or the PEM; a service holds its OpenAPI document.
 */
import agreement from '../../schemas/configuration/agreement.schema.json' with { type: 'json' }
import alertRule from '../../schemas/configuration/alert-rule.schema.json' with { type: 'json' }
import guardrail from '../../schemas/configuration/guardrail.schema.json' with { type: 'json' }
import genesis from '../../schemas/configuration/genesis.schema.json' with { type: 'json' }
import issuers from '../../schemas/configuration/issuers.schema.json' with { type: 'json' }
import officers from '../../schemas/configuration/officers.schema.json' with { type: 'json' }
import purposes from '../../schemas/configuration/purposes.schema.json' with { type: 'json' }
import service from '../../schemas/configuration/service.schema.json' with { type: 'json' }
import setting from '../../schemas/configuration/setting.schema.json' with { type: 'json' }
import systems from '../../schemas/configuration/systems.schema.json' with { type: 'json' }
import text from '../../schemas/configuration/text.schema.json' with { type: 'json' }
import timeAuthority from '../../schemas/configuration/time-authority.schema.json' with { type: 'json' }
import units from '../../schemas/configuration/units.schema.json' with { type: 'json' }
import witness from '../../schemas/configuration/witness.schema.json' with { type: 'json' }

/** The schemas of the YAML files, by the kind of file. */
export const fileSchemas = {
  genesis,
  units,
  systems,
  issuers,
  purposes,
  officers,
  service,
  agreement,
  guardrail,
  witness,
  'time-authority': timeAuthority,
  setting,
  'alert-rule': alertRule,
} as const
export type FileKind = keyof typeof fileSchemas

/** Schemas that others refer to by file name. */
export const sharedSchemas = { 'text.schema.json': text } as const

/** 16 KiB: an RSA-4096 certificate with many extensions takes about 3 KiB of PEM. */
const PEM = {
  description: 'one certificate as PEM',
  type: 'string',
  maxLength: 16_384,
  pattern: '^-----BEGIN CERTIFICATE-----\\n[A-Za-z0-9+/=\\n]+-----END CERTIFICATE-----\\n$',
}

/** 2 KiB: an RSA-8192 key takes about 1.5 KiB of PEM. */
const PUBLIC_KEY = {
  description: 'one public key as PEM',
  type: 'string',
  maxLength: 2048,
  pattern: '^-----BEGIN PUBLIC KEY-----\\n[A-Za-z0-9+/=\\n]+-----END PUBLIC KEY-----\\n$',
}

interface BindingSchema {
  readonly properties: { readonly certificate: unknown }
  readonly oneOf: unknown
  readonly required?: readonly string[]
}

/** The same object with a key, and without the choice to name a certificate file instead. */
function resolvedBinding(schema: BindingSchema): object {
  const { oneOf: _choice, properties, required = [], ...rest } = schema
  const { certificate: _file, ...kept } = properties
  return { ...rest, properties: kept, required: [...required, 'key'] }
}

const resolvedIssuer = {
  ...issuers.$defs.issuer,
  properties: {
    ...issuers.$defs.issuer.properties,
    certificates: { ...issuers.$defs.issuer.properties.certificates, items: PEM },
  },
}

const resolvedTimeAuthority = {
  ...timeAuthority,
  properties: {
    ...timeAuthority.properties,
    certificates: { ...timeAuthority.properties.certificates, items: PEM },
  },
}

const resolvedService = {
  ...service,
  properties: { ...service.properties, openapi: { description: 'the OpenAPI 3.1 document', type: 'object' } },
  required: [...service.required, 'openapi'],
}

const properties = {
  genesis,
  units,
  systems: {
    ...systems,
    $defs: {
      ...systems.$defs,
      binding: resolvedBinding(systems.$defs.binding),
      signingKey: {
        ...systems.$defs.signingKey,
        properties: { ...systems.$defs.signingKey.properties, publicKey: PUBLIC_KEY },
      },
    },
  },
  issuers: { ...issuers, $defs: { ...issuers.$defs, issuer: resolvedIssuer } },
  purposes,
  officers: { ...officers, $defs: { officer: resolvedBinding(officers.$defs.officer) } },
  services: { type: 'array', maxItems: 100_000, items: { $ref: 'service.json' } },
  agreements: { type: 'array', maxItems: 1_000_000, items: { $ref: 'agreement.json' } },
  // Each costs about 2 µs of an exchange whose verdict is not kept.
  guardrails: { type: 'array', maxItems: 200, items: { $ref: 'guardrail.json' } },
  witnesses: { type: 'array', maxItems: 16, items: { $ref: 'witness.json' } },
  timeAuthorities: { type: 'array', maxItems: 16, items: { $ref: 'time-authority.json' } },
  settings: { type: 'array', maxItems: 16, items: { $ref: 'setting.json' } },
  // Each is looked at for every exchange.
  alertRules: { type: 'array', maxItems: 100, items: { $ref: 'alert-rule.json' } },
}
/** The most objects that a list may hold. */
export const maxItemsOf = (list: Exclude<keyof typeof properties, 'genesis'>): number => properties[list].maxItems

/** Lists that came later: revisions of before have none. */
const LATER = new Set(['guardrails', 'witnesses', 'timeAuthorities', 'settings', 'alertRules'])

const references = Object.keys(properties).map(name => [name, { $ref: `${name}.json` }])

/** The root schema first; then those it refers to, by name. */
export const documentSchema = {
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter(name => !LATER.has(name)),
  properties: Object.fromEntries(references) as Record<string, unknown>,
}
export const documentParts: Readonly<Record<string, object>> = {
  ...Object.fromEntries(Object.entries(properties).map(([name, schema]) => [`${name}.json`, schema])),
  'service.json': resolvedService,
  'agreement.json': agreement,
  'guardrail.json': guardrail,
  'witness.json': witness,
  'time-authority.json': resolvedTimeAuthority,
  'setting.json': setting,
  'alert-rule.json': alertRule,
}
