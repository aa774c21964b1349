import { Ajv2020, type ErrorObject, type Options } from 'ajv/dist/2020.js'
import { err, ok, type Result } from '../domain/result.ts'
import type { Violation } from '../problems/problem.ts'
import type { JsonValue } from '../schema/json-value.ts'
import { violationOf } from '../schema/violation.ts'
import { description, type Operation } from './description.ts'

/** Whether input is as the document describes it. */
export interface InputChecks {
  /** Path and query parameters, numbers made of their texts. */
  parameters(raw: Readonly<Record<string, unknown>>): Result<Readonly<Record<string, unknown>>, readonly Violation[]>
  body(value: JsonValue): Result<JsonValue, readonly Violation[]>
}

const OPTIONS = { strict: true, allErrors: false, validateFormats: false } as const
/** By which schemas of the document name each other. */
const BASE = 'urn:lienthong:office'

/** Compiles what an operation takes. Attacker-controlled values; the schemas are our own. */
export function inputChecks(operation: Operation): InputChecks {
  const parameters = ofParameters().compile(parameterSchema(operation))
  const body =
    operation.body === null ? null : ofBodies().compile({ $ref: `${BASE}#/components/schemas/${operation.body}` })
  return {
    parameters(raw) {
      const value = { ...raw }
      return parameters(value) ? ok(value) : err(violationsOf(parameters.errors))
    },
    body: value => (body === null || body(value) ? ok(value) : err(violationsOf(body.errors))),
  }
}

/** One compiler for all operations: each would read the whole document again. */
const ofParameters = once(() => compiler({ ...OPTIONS, coerceTypes: true }))
const ofBodies = once(() => compiler(OPTIONS))

function once<T extends object>(make: () => T): () => T {
  let made: T | null = null
  return () => (made ??= make())
}

function compiler(options: Options): Ajv2020 {
  const ajv = new Ajv2020(options)
  // The whole document is no schema: Ajv is told what stands around the schemas in it.
  for (const keyword of ['openapi', 'jsonSchemaDialect', 'info', 'tags', 'paths', 'components'])
    ajv.addKeyword({ keyword })
  ajv.addSchema({ ...description, $id: BASE })
  return ajv
}

/** References are to the document. */
const placed = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${BASE}#/`)) as object

function parameterSchema({ parameters }: Operation): object {
  const given = parameters.filter(({ in: place }) => place !== 'header')
  return {
    type: 'object',
    additionalProperties: false,
    required: given.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(given.map(({ name, schema }) => [name, placed(schema)])),
  }
}

const violationsOf = (errors: readonly ErrorObject[] | null | undefined): readonly Violation[] =>
  (errors ?? []).map(violationOf)
