import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { documentParts, documentSchema, type FileKind, fileSchemas, sharedSchemas } from './document-schema.ts'
import { explainViolation } from './explain-violation.ts'
import type { Finding } from './locate.ts'

// All errors, because an officer mends them in one go; the sizes of texts are bounded by those who read them.
const options = { strict: true, allErrors: true, verbose: true } as const
const ajv = new Ajv2020({ ...options, schemas: { ...sharedSchemas, ...documentParts } })

const validateDocument = ajv.compile(documentSchema)
const validateFile = {
  genesis: ajv.compile(fileSchemas.genesis),
  units: ajv.compile(fileSchemas.units),
  systems: ajv.compile(fileSchemas.systems),
  issuers: ajv.compile(fileSchemas.issuers),
  purposes: ajv.compile(fileSchemas.purposes),
  officers: ajv.compile(fileSchemas.officers),
  service: ajv.compile(fileSchemas.service),
  agreement: ajv.compile(fileSchemas.agreement),
  guardrail: ajv.compile(fileSchemas.guardrail),
  witness: ajv.compile(fileSchemas.witness),
  'time-authority': ajv.compile(fileSchemas['time-authority']),
  setting: ajv.compile(fileSchemas.setting),
  'alert-rule': ajv.compile(fileSchemas['alert-rule']),
} as const satisfies Record<FileKind, ValidateFunction>

/** What the JSON Schema of a YAML file says against its content. */
export const checkFile = (kind: FileKind, value: unknown): readonly Finding[] => violations(validateFile[kind], value)

/** What the JSON Schema of a whole, resolved configuration says against a value. */
export const checkDocument = (value: unknown): readonly Finding[] => violations(validateDocument, value)

function violations(validate: ValidateFunction, value: unknown): readonly Finding[] {
  if (validate(value)) return []
  return (validate.errors ?? []).map(explainViolation).filter(finding => finding !== null)
}
