import type { ConfigurationDocument } from '../configuration/document.ts'
import { inOrder, type Locate, placed } from '../configuration/locate.ts'
import type { Configuration, ConfigurationError, SchemaText } from '../configuration/objects.ts'
import type { ServiceId } from '../domain/service-id.ts'
import { lintSchema } from '../schema/lint-schema.ts'
import type { SchemaFault } from '../schema/refuse-schema.ts'
import { type PlacedSchema, schemasOf } from './schemas-of-service.ts'

/**
 * Tries schemas: one list of faults for each, in their order. A port: whoever serves while it is asked has it done where a schema
 * that takes long or much memory to compile harms nobody, and takes that for a fault.
 */
export type LintSchemas = (schemas: readonly SchemaText[]) => Promise<readonly (readonly SchemaFault[])[]>

/**
 * What keeps the schemas of a configuration from being registered: what Ajv strict or the linear-time pattern engine refuses, and
 * what is not bounded. Each schema is judged once, however many operations use it. Compiles every schema here: about 3 ms each.
 */
export function lintServices(
  configuration: Configuration,
  document: ConfigurationDocument,
  locate: Locate,
): readonly ConfigurationError[] {
  const schemas = distinctSchemas(configuration)
  const faults = schemas.map(({ schema }) => lintSchema(schema))
  return placedFaults(schemas, faults, document, locate)
}

/** The same, compiled by `lint`. */
export async function lintServicesBy(
  lint: LintSchemas,
  configuration: Configuration,
  document: ConfigurationDocument,
  locate: Locate,
): Promise<readonly ConfigurationError[]> {
  const schemas = distinctSchemas(configuration)
  if (schemas.length === 0) return []
  return placedFaults(schemas, await lint(schemas.map(({ schema }) => schema)), document, locate)
}

interface Found extends PlacedSchema {
  readonly service: ServiceId
  readonly operation: string
}

function distinctSchemas({ services }: Configuration): readonly Found[] {
  const first = new Map<string, Found>()
  for (const service of services)
    for (const operation of service.operations)
      for (const found of schemasOf(operation))
        if (!first.has(found.schema.digest))
          first.set(found.schema.digest, { ...found, service: service.id, operation: operation.name })
  return [...first.values()]
}

function placedFaults(
  schemas: readonly Found[],
  faults: readonly (readonly SchemaFault[])[],
  document: ConfigurationDocument,
  locate: Locate,
): readonly ConfigurationError[] {
  const indexes = new Map(document.services.map(({ id }, index) => [id, index]))
  const findings = schemas.flatMap(({ service, operation, place }, n) =>
    (faults[n] ?? [{ pointer: '', message: 'was not compiled' }]).map(({ pointer, message }) => ({
      pointer: `/services/${indexes.get(service)}/openapi`,
      reason: `${operation}, ${place}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`,
    })),
  )
  return inOrder(placed(findings, locate))
}
