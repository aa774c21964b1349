import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Finding } from './locate.ts'
import { nearestName } from './nearest-name.ts'
import { below } from './pointer.ts'
import { quote } from './report.ts'

interface Described {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Described>>
  readonly additionalProperties?: unknown
}

/**
 * One violation of Ajv (made with `verbose`) as a sentence that says how to mend it, at the place where to mend it; null for
 * those that only repeat another one: `if`, and the branches of `oneOf`.
 */
export function explainViolation(violation: ErrorObject): Finding | null {
  if (violation.keyword === 'if' || violation.schemaPath.includes('/oneOf/')) return null
  const params = violation.params as Readonly<Record<string, unknown>>
  const schema = (violation.parentSchema ?? {}) as Described
  if (violation.keyword === 'additionalProperties' || violation.keyword === 'propertyNames') {
    const name = String(params['additionalProperty'] ?? params['propertyName'])
    return {
      pointer: below(violation.instancePath, name),
      reason: unknownName(name, Object.keys(schema.properties ?? {})),
    }
  }
  return { pointer: violation.instancePath, reason: sentence(violation.keyword, params, schema, violation) }
}

function unknownName(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  const hint = near ? `did you mean ${quote(near)}?` : `known are ${known.join(', ')}`
  return `${quote(name)} is not known here: ${hint}`
}

function sentence(
  keyword: string,
  params: Readonly<Record<string, unknown>>,
  schema: Described,
  violation: ErrorObject,
): string {
  const limit = String(params['limit'])
  const description = schema.description ? ` (${schema.description})` : ''
  switch (keyword) {
    case 'required': {
      const name = String(params['missingProperty'])
      const what = schema.properties?.[name]?.description
      return `${quote(name)} is missing${what ? `: ${what}` : ''}`
    }
    case 'type':
      return `must be ${article(String(params['type']))}, not ${kindOf(violation.data)}${remedy(String(params['type']), violation.data)}${description}`
    case 'enum':
      return `must be one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}${guess(params, violation.data)}`
    case 'pattern':
      return `${quote(String(violation.data))} does not fit${schema.description ? `: expected is ${schema.description}` : ''}`
    case 'oneOf':
      return 'say either "key" (64 hex digits) or "certificate" (a file name), exactly one of them'
    case 'minItems':
    case 'minProperties':
      return `needs at least ${limit} ${limit === '1' ? 'entry' : 'entries'}${description}`
    case 'maxItems':
    case 'maxProperties':
      return `may have at most ${limit} entries${description}`
    case 'minLength':
      return `must not be empty${description}`
    case 'maxLength':
      return `may have at most ${limit} characters${description}`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'uniqueItems':
      return `names the same entry twice (numbers ${String(params['j'])} and ${String(params['i'])}, counted from 0)`
    default:
      return violation.message ?? `violates ${keyword}`
  }
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  null: 'nothing',
}
const article = (type: string): string => KINDS[type] ?? (type === 'integer' ? 'a whole number' : `a ${type}`)

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  return article(Array.isArray(value) ? 'array' : typeof value)
}

function remedy(type: string, value: unknown): string {
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return '; put it in quotes'
  if (type === 'integer' && typeof value === 'string') return '; write the digits without quotes'
  return ''
}

function guess(params: Readonly<Record<string, unknown>>, value: unknown): string {
  if (typeof value !== 'string') return `, not ${kindOf(value)}`
  const near = nearestName(value, (params['allowedValues'] as readonly unknown[]).map(String))
  return near ? `, not ${quote(value)}: did you mean ${near}?` : `, not ${quote(value)}`
}
