/** JSON Schema 2020-12 (Core section 10, Validation section 8): keywords whose value is a schema. */
export const SCHEMA_KEYWORDS: ReadonlySet<string> = new Set([
  'items',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
])

/** Keywords whose value is a list of schemas. */
export const SCHEMA_LIST_KEYWORDS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])

/** Keywords whose value maps names to schemas. */
export const SCHEMA_MAP_KEYWORDS: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas'])

/** Annotations of OpenAPI that say nothing to a validator: left out of the embedded schema. */
export const DROPPED_KEYWORDS: ReadonlySet<string> = new Set(['example', 'externalDocs', 'xml'])

/** Keywords that are refused, and how to do without them. */
export const REFUSED_KEYWORDS: Readonly<Record<string, string>> = {
  $id: 'put the schema under components/schemas and refer to it by name',
  $schema: 'leave it out: schemas are JSON Schema 2020-12',
  $anchor: 'put the schema under components/schemas and refer to it by name',
  $dynamicAnchor: 'put the schema under components/schemas and refer to it by name',
  $dynamicRef: 'write $ref: #/components/schemas/Name',
  $recursiveRef: 'write $ref: #/components/schemas/Name',
  $vocabulary: 'leave it out: schemas are JSON Schema 2020-12',
  $defs: 'put the schemas under components/schemas',
  definitions: 'put the schemas under components/schemas',
  discriminator: 'say it with oneOf and const',
  nullable: 'OpenAPI 3.1 writes type: [string, "null"]',
  'x-classification': 'the label stands on the operation',
}

export type SchemaObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
