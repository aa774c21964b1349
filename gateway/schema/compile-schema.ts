import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { SchemaText } from '../configuration/objects.ts'
import type { Digest } from '../domain/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { faultsOfMetaSchema, withoutName } from './check-meta-schema.ts'
import { formats } from './formats.ts'
import type { JsonValue } from './json-value.ts'
import { patternEngine } from './pattern.ts'
import { pointerTo } from './pointer.ts'
import { MAX_DEPTH, refuseSchema } from './refuse-schema.ts'
import { isSchema, type Schema, subschemas } from './schema-tree.ts'
import { hasUniqueItems } from './unique-items.ts'
import { type Violation, violationOf } from './violation.ts'

/** A compiled schema. */
export interface Validator {
  readonly digest: Digest
  /**
   * What is wrong with a value that `readJson` gave: empty when it is as described. Stops at the first violation; alternatives
   * (anyOf, oneOf) add one for each branch, at most 16 in all. Changes nothing in the value.
   */
  check(value: JsonValue): readonly Violation[]
}

const MAX_VIOLATIONS = 16
const NONE: readonly Violation[] = []

/** Keywords that say something about the data and check nothing. `default` and `title` and their like are known to Ajv. */
const ANNOTATIONS = ['x-subject', 'x-classification', 'example', 'externalDocs', 'xml', 'discriminator']

/**
 * Compiles one approved schema (JSON Schema 2020-12). Strict: unknown keywords and formats, keywords that their `type` makes
 * idle and tuples without an end do not compile, since a silently ignored check is an open door. Union types are allowed (3.1's way
 * to say nullable); a `required` need not repeat `properties`, so that anyOf can say «one of these two».
 * The error says in words what is wrong and where.
 *
 * One Ajv per schema: it holds nothing that a dropped validator leaves behind (a shared one never forgets), and costs the same,
 * 1.5 ms and 11 KB for a page of provinces, since the meta-schema is compiled once for all.
 */
export function compileSchema(schema: SchemaText): Result<Validator> {
  const root: unknown = JSON.parse(schema.text)
  if (!isSchema(root)) return err('a schema is an object, true or false')
  const fault = faultsOfMetaSchema(root)[0] ?? refuseSchema(root)[0]
  if (fault) return err(`${fault.pointer || 'the schema'}: ${fault.message}`)
  try {
    return ok(validatorOf(schema.digest, newAjv().compile(named(root, schema.digest)), needsPlainNames(root)))
  } catch (error) {
    return err((error as Error).message)
  }
}

// Ajv resolves `#` only in a schema with an $id.
const named = (root: Schema, digest: Digest): Schema =>
  typeof root === 'boolean' ? root : { ...(withoutName(root) as object), $id: `urn:sha256:${digest}` }

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    allErrors: false,
    $data: false,
    // Checked by faultsOfMetaSchema.
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    messages: false,
    logger: false,
    // 19.99 is a multiple of 0.01, though not in binary.
    multipleOfPrecision: 8,
    formats,
    code: { regExp: patternEngine },
  })
  ajv.addVocabulary(ANNOTATIONS)
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    validate: (wanted: boolean, items: readonly JsonValue[]) => !wanted || hasUniqueItems(items),
  })
  return ajv
}

function validatorOf(digest: Digest, validate: ValidateFunction, plainNames: boolean): Validator {
  return {
    digest,
    check(value) {
      if (plainNames) {
        const path = inheritedName(value, [])
        if (path) return [{ pointer: pointerTo(path), keyword: 'unevaluatedProperties', message: 'is not described' }]
      }
      if (validate(value)) return NONE
      return (validate.errors ?? []).slice(0, MAX_VIOLATIONS).map(violationOf)
    },
  }
}

/**
 * Ajv marks evaluated members in a plain object, so that a member called `toString` counts as evaluated; and its comparison with
 * enum and const throws on a member called `valueOf`. Schemas with either see values without such names only.
 */
function needsPlainNames(schema: Schema): boolean {
  if (typeof schema === 'boolean') return false
  const compared = [schema.const, ...(Array.isArray(schema.enum) ? (schema.enum as JsonValue[]) : [])]
  return (
    schema.unevaluatedProperties !== undefined ||
    compared.some(value => typeof value === 'object' && value !== null) ||
    subschemas(schema).some(sub => needsPlainNames(sub.schema))
  )
}

function inheritedName(value: JsonValue, path: readonly (string | number)[]): readonly (string | number)[] | null {
  if (typeof value !== 'object' || value === null || path.length > MAX_DEPTH) return null
  const isArray = Array.isArray(value)
  for (const [name, inner] of Object.entries<JsonValue>(value)) {
    const at = [...path, isArray ? Number(name) : name]
    if (!isArray && name in Object.prototype) return at
    const below = inheritedName(inner, at)
    if (below) return below
  }
  return null
}
