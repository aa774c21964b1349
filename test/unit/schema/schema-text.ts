import type { SchemaText } from '../../../gateway/configuration/objects.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'

/** A schema as configuration would mint it. */
export function schemaText(schema: unknown): SchemaText {
  const text = JSON.stringify(schema)
  return { digest: digestOf(text), text }
}
