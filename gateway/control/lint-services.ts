import type { ConfigurationDocument } from '../configuration/document.ts'
import { inOrder, type Locate, placed } from '../configuration/locate.ts'
import type { Configuration, ConfigurationError } from '../configuration/objects.ts'
import { lintSchema } from '../schema/lint-schema.ts'
import { schemasOf } from './schemas-of-service.ts'

/**
 * What keeps the schemas of a configuration from being registered: what Ajv strict or the linear-time pattern engine refuses, and
 * what is not bounded. Each schema is judged once, however many operations use it. Compiles every schema: about 3 ms each.
 */
export function lintServices(
  configuration: Configuration,
  document: ConfigurationDocument,
  locate: Locate,
): readonly ConfigurationError[] {
  const judged = new Set<string>()
  const indexes = new Map(document.services.map(({ id }, index) => [id, index]))
  const findings = configuration.services.flatMap(service =>
    service.operations.flatMap(operation =>
      schemasOf(operation).flatMap(({ place, schema }) => {
        if (judged.has(schema.digest)) return []
        judged.add(schema.digest)
        return lintSchema(schema).map(({ pointer, message }) => ({
          pointer: `/services/${indexes.get(service.id)}/openapi`,
          reason: `${operation.name}, ${place}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`,
        }))
      }),
    ),
  )
  return inOrder(placed(findings, locate))
}
