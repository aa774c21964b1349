import { isDescribed } from './find-in-schema.ts'
import type { Agreement, Body, FieldGrant, Operation, SchemaText, Service } from './objects.ts'
import { below, tokensOf } from './pointer.ts'
import { type Entry, quote, type Report } from './report.ts'

/**
 * Every granted field is one that the operation describes: a misspelt pointer would grant nothing, or a field of tomorrow.
 * Request fields are looked for in the JSON bodies of the request, response fields in those of its 2xx answers, the only
 * ones that are minimised.
 */
export function checkGrants(
  agreements: readonly Entry<Agreement>[],
  services: ReadonlyMap<string, Service>,
  report: Report,
): void {
  const lookup = grantLookup()
  const operations = new Map(
    [...services].map(([id, service]) => [
      id,
      new Map(service.operations.map(operation => [operation.name, operation])),
    ]),
  )
  for (const { pointer, value } of agreements)
    for (const grant of value.operations) {
      // All fields: most agreements, and nothing to be looked for.
      if (grant.request === null && grant.response === null) continue
      const operation = operations.get(value.service)?.get(grant.name)
      if (!operation) continue
      const at = below(`${pointer}/operations`, grant.name)
      checkRequest(grant.request, operation, `${at}/request`, lookup, report)
      checkFields(
        grant.response,
        answersOf(operation),
        `${at}/response`,
        `the 2xx answers of ${operation.name}`,
        lookup,
        report,
      )
    }
}

/** Whether a schema describes the field of a granted pointer. */
type GrantLookup = (schema: SchemaText, field: string) => boolean

/** Agreements are many, schemas and pointers few: each schema is parsed once, each question answered once. */
function grantLookup(): GrantLookup {
  const schemas = new Map<string, unknown>()
  const answers = new Map<string, boolean>()
  return (schema, field) => {
    if (!schemas.has(schema.digest)) schemas.set(schema.digest, JSON.parse(schema.text))
    const question = `${schema.digest} ${field}`
    const answer = answers.get(question) ?? isDescribed(schemas.get(schema.digest), tokensOf(field))
    answers.set(question, answer)
    return answer
  }
}

function checkRequest(
  fields: FieldGrant | null,
  operation: Operation,
  pointer: string,
  lookup: GrantLookup,
  report: Report,
): void {
  if (fields && !operation.request) report(pointer, `${operation.name} has no request body: leave "request" out`)
  else checkFields(fields, jsonOf([operation.request]), pointer, `the request of ${operation.name}`, lookup, report)
}

function checkFields(
  fields: FieldGrant | null,
  schemas: readonly SchemaText[],
  pointer: string,
  where: string,
  lookup: GrantLookup,
  report: Report,
): void {
  fields?.forEach((field, index) => {
    if (!schemas.some(schema => lookup(schema, field)))
      report(
        below(pointer, index),
        `${quote(field)} is no field of ${where}: write a JSON Pointer with * for items, like /items/*/code`,
      )
  })
}

/** Statuses 2xx; `default` stands for them only where none is described. */
function answersOf(operation: Operation): readonly SchemaText[] {
  const successes = [...operation.responses].filter(([status]) => status.startsWith('2')).map(([, body]) => body)
  return jsonOf(successes.length > 0 ? successes : [operation.responses.get('default') ?? null])
}

const jsonOf = (bodies: readonly (Body | null)[]): readonly SchemaText[] =>
  bodies.flatMap(body => (body ? [...body.content.values()].filter(schema => schema !== null) : []))
