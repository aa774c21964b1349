import { Ajv2020 } from 'ajv/dist/2020.js'
import { isObject } from './json-value.ts'
import type { SchemaFault } from './refuse-schema.ts'
import type { Schema } from './schema-tree.ts'
import { violationOf } from './violation.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

let meta: Ajv2020 | undefined

/** Where a document is not a schema of JSON Schema 2020-12, by its meta-schema. The first use takes 50 ms. */
export function faultsOfMetaSchema(root: Schema): readonly SchemaFault[] {
  if (isObject(root) && root.$schema !== undefined && root.$schema !== DIALECT)
    return [{ pointer: '/$schema', message: `the dialect is ${DIALECT}` }]
  meta ??= new Ajv2020({ strict: false, logger: false, validateFormats: false })
  if (meta.validateSchema(withoutName(root)) === true) return []
  // The first says where; the others are its alternatives.
  return (meta.errors ?? [])
    .slice(0, 1)
    .map(violationOf)
    .map(({ pointer, message }) => ({ pointer, message }))
}

/** The document is self-contained: what it calls itself decides nothing. */
export function withoutName(root: Schema): Schema {
  if (typeof root === 'boolean') return root
  const { $id: _id, $schema: _dialect, ...rest } = root
  return rest
}
