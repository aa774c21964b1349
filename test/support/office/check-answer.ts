import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answered } from '../world/client.ts'

interface Response {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >
  readonly components: { readonly responses: Readonly<Record<string, Response>> }
}

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../schemas/office/openapi.json'), 'utf8'),
) as Document

const BASE = 'urn:lienthong:office'
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema({ ...document, $id: BASE })
const compiled = new Map<string, ValidateFunction>()

const templates = Object.keys(document.paths).map(
  path => [path, new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)] as const,
)

/** Throws where an answer of the office API is none that its document describes for this operation. */
export function checkAnswer(method: string, path: string, { status, headers, json, text }: Answered): void {
  const where = `${method} ${path}: ${status}`
  const [plain = ''] = path.split('?')
  const template = templates.find(([, pattern]) => pattern.test(plain))?.[0]
  const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()]
  const described = operation?.responses[String(status)]
  // What is no operation is answered with a problem all the same.
  if (operation && !described) throw new Error(`${where} is not described: ${text.slice(0, 500)}`)
  const response =
    described?.$ref === undefined
      ? (described ?? document.components.responses.NotFound)
      : document.components.responses[described.$ref.split('/').at(-1) ?? '']
  const type = String(headers['content-type']).split(';')[0] ?? ''
  const schema = response?.content?.[type]?.schema
  if (!schema) throw new Error(`${where} with ${type} is not described`)
  if (!/json$/.test(type)) return
  const key = JSON.stringify(schema)
  const validate = compiled.get(key) ?? ajv.compile(JSON.parse(key.replaceAll('"#/', `"${BASE}#/`)) as object)
  compiled.set(key, validate)
  const values: readonly unknown[] =
    type === 'application/x-ndjson'
      ? text
          .split('\n')
          .filter(Boolean)
          .map(line => JSON.parse(line) as unknown)
      : [json]
  for (const value of values)
    if (!validate(value)) throw new Error(`${where} is not as described: ${ajv.errorsText(validate.errors)}`)
  if (headers['cache-control'] !== 'no-store') throw new Error(`${where} may be kept`)
}
