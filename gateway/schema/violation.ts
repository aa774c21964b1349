import type { ErrorObject } from 'ajv'
import { cleanPointer, escapeToken } from './pointer.ts'

/** One way in which a value is not what its schema describes. Never holds the value. */
export interface Violation {
  /** Cleaned and capped (`cleanPointer`); its member names may be the caller's. */
  readonly pointer: string
  /** The keyword of JSON Schema that failed; for parameters also `undeclared`, `repeated` and `encoding`. */
  readonly keyword: string
  /** In words; speaks of the schema only. */
  readonly message: string
}

type Params = Readonly<Record<string, unknown>>
const text = (value: unknown): string => (Array.isArray(value) ? value.join(' or ') : String(value))

const COMPARED: Readonly<Record<string, string>> = {
  '>=': 'at least',
  '>': 'more than',
  '<=': 'at most',
  '<': 'less than',
}
const compared = ({ comparison, limit }: Params): string => `must be ${COMPARED[text(comparison)] ?? ''} ${text(limit)}`

/** What each keyword asks for. Only parameters that come from the schema are used, never those that come from the value. */
const WORDS: Readonly<Record<string, (params: Params) => string>> = {
  type: ({ type }) => `must be ${text(type)}`,
  enum: () => 'must be one of the values that the schema lists',
  const: () => 'must be the value that the schema gives',
  format: ({ format }) => `must be a ${text(format)}`,
  pattern: ({ pattern }) => `must match the pattern ${text(pattern)}`,
  minLength: ({ limit }) => `must have at least ${text(limit)} characters`,
  maxLength: ({ limit }) => `must have at most ${text(limit)} characters`,
  minimum: compared,
  maximum: compared,
  exclusiveMinimum: compared,
  exclusiveMaximum: compared,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${text(multipleOf)}`,
  minItems: ({ limit }) => `must have at least ${text(limit)} items`,
  maxItems: ({ limit }) => `must have at most ${text(limit)} items`,
  items: ({ limit }) => `must have at most ${text(limit)} items`,
  uniqueItems: () => 'must not hold an item twice',
  contains: ({ minContains }) => `must hold at least ${text(minContains)} items of the kind that the schema describes`,
  unevaluatedItems: ({ limit }) => `must have at most ${text(limit)} items`,
  minProperties: ({ limit }) => `must have at least ${text(limit)} members`,
  maxProperties: ({ limit }) => `must have at most ${text(limit)} members`,
  required: () => 'must be present',
  dependentRequired: ({ property }) => `must be present where ${text(property)} is`,
  additionalProperties: () => 'is not described',
  unevaluatedProperties: () => 'is not described',
  propertyNames: () => 'has a name that the schema does not allow',
  anyOf: () => 'must be of at least one of the kinds that the schema describes',
  oneOf: () => 'must be of exactly one of the kinds that the schema describes',
  not: () => 'must not be of the kind that the schema excludes',
  if: ({ failingKeyword }) => `must be as the schema's ${text(failingKeyword)} says`,
  'false schema': () => 'is not allowed',
}

/** The member that an error speaks of, where Ajv's own path ends at the object around it. */
const MEMBER: Readonly<Record<string, string>> = {
  required: 'missingProperty',
  dependentRequired: 'missingProperty',
  additionalProperties: 'additionalProperty',
  unevaluatedProperties: 'unevaluatedProperty',
  propertyNames: 'propertyName',
}

export function violationOf(error: ErrorObject): Violation {
  const params = error.params as Params
  const member = params[MEMBER[error.keyword] ?? ''] ?? error.propertyName
  const pointer = member === undefined ? error.instancePath : `${error.instancePath}/${escapeToken(text(member))}`
  const words = WORDS[error.keyword]
  return {
    pointer: cleanPointer(pointer),
    keyword: error.keyword,
    message: words ? words(params) : `is not as ${error.keyword} asks`,
  }
}
