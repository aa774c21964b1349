import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { documentParts, documentSchema, type FileKind, fileSchemas, sharedSchemas } from './document-schema.ts'
import { explainViolation } from './explain-violation.ts'
import type { Finding } from './locate.ts'

// All errors, because an officer mends them in one go; the sizes of texts are bounded by those who read them.
const options = { strict: true, allErrors: true, verbose: true } as const
const ajv = new Ajv2020({ ...options, schemas: { ...sharedSchemas, ...documentParts } })

/** Compiled when first asked for: a command that looks at one kind does not wait for all of them. */
const compiled = new Map<FileKind | 'document', ValidateFunction>()
function validatorOf(kind: FileKind | 'document'): ValidateFunction {
  const known = compiled.get(kind)
  if (known) return known
  const validate = ajv.compile(kind === 'document' ? documentSchema : fileSchemas[kind])
  compiled.set(kind, validate)
  return validate
}

/** What the JSON Schema of a YAML file says against its content. */
export const checkFile = (kind: FileKind, value: unknown): readonly Finding[] => violations(validatorOf(kind), value)

/** What the JSON Schema of a whole, resolved configuration says against a value. */
export const checkDocument = (value: unknown): readonly Finding[] => violations(validatorOf('document'), value)

function violations(validate: ValidateFunction, value: unknown): readonly Finding[] {
  if (validate(value)) return []
  return (validate.errors ?? []).map(explainViolation).filter(finding => finding !== null)
}
