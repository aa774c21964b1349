import { err, ok, type Result } from '../domain/result.ts'
import { METHODS, type Method } from '../domain/service-id.ts'
import { checkTemplates } from './check-templates.ts'
import { schemaEmbedder } from './embed-schema.ts'
import { findUnplain } from './find-unplain.ts'
import { compare, type Finding } from './locate.ts'
import type { Operation } from './objects.ts'
import { type Found, type OpenapiContext, refuseUnknown } from './openapi-document.ts'
import { parseOperation } from './openapi-operation.ts'
import { type PathTemplate, parseTemplate } from './path-template.ts'
import { below } from './pointer.ts'
import { type Entry, type Report, take } from './report.ts'
import { isObject, type SchemaObject } from './schema-keywords.ts'

const ROOT_KNOWN: ReadonlySet<string> = new Set([
  'openapi',
  'info',
  'paths',
  'components',
  'tags',
  'externalDocs',
  'security',
  'servers',
  'jsonSchemaDialect',
])
const ROOT_REFUSED = { webhooks: 'a provider is called, it does not call' } as const
const PATH_KNOWN: ReadonlySet<string> = new Set([
  'summary',
  'description',
  'parameters',
  ...METHODS.map(name => name.toLowerCase()),
])
const PATH_REFUSED = {
  $ref: 'write the path out',
  servers: 'the gateway calls the endpoint of the provider system',
  head: 'only GET, POST, PUT, PATCH and DELETE are exchanged',
  options: 'only GET, POST, PUT, PATCH and DELETE are exchanged',
  trace: 'only GET, POST, PUT, PATCH and DELETE are exchanged',
} as const
/** OpenAPI 3.1 section 4.6: the default dialect; and the one it is based on. */
const DIALECTS: ReadonlySet<unknown> = new Set([
  undefined,
  'https://spec.openapis.org/oas/3.1/dialect/base',
  'https://json-schema.org/draft/2020-12/schema',
])

/**
 * The operations of an OpenAPI 3.1 document (a plain value, attacker-controlled), sorted by name.
 *
 * Needed: `operationId`, `summary` and `x-summary-vi`, `x-classification`, described path parameters, `responses`, and a schema
 * for every JSON body. Optional: `x-max-request-bytes`, `x-max-response-bytes` (default 10 MiB, at most 100 MiB).
 * Documentation only, ignored: `info`, `tags`, `description`, `deprecated`, `externalDocs`, `example(s)`, `x-` members;
 * `security` and security schemes (the gateway identifies callers); `servers` at the root without variables (the gateway
 * calls the provider's endpoint); `headers` and `links` of responses (headers travel by allow-list).
 * Refused, with the reason: references that leave the document or do not name a component; header and cookie parameters;
 * parameters that are lists or objects, `style`, `content`; callbacks, webhooks; servers with variables or below the root;
 * HEAD, OPTIONS, TRACE; bodies of GET and DELETE; schemas for what is not JSON; media type ranges; `nullable`,
 * `discriminator`, `$id`, `$defs` and anchors in schemas; anything that OpenAPI does not know.
 */
export function parseOpenapi(document: unknown): Result<readonly Operation[], readonly Finding[]> {
  const unplain = findUnplain(document)
  if (unplain.length > 0) return err(unplain)
  const findings: Finding[] = []
  const report: Report = (pointer, reason) => findings.push({ pointer, reason })
  const operations = isObject(document) ? parseDocument(document, report) : []
  if (!isObject(document)) report('', 'an OpenAPI document is a mapping')
  return findings.length > 0 ? err(findings) : ok(operations)
}

function parseDocument(document: SchemaObject, report: Report): readonly Operation[] {
  checkHead(document, report)
  const components = isObject(document['components']) ? document['components'] : {}
  const schemas = isObject(components['schemas']) ? components['schemas'] : {}
  const context: OpenapiContext = { components, report }
  const embed = schemaEmbedder(schemas, report)

  const { paths } = document
  if (!isObject(paths) || Object.keys(paths).length === 0) {
    report('/paths', 'an OpenAPI document needs paths')
    return []
  }
  const entries = Object.keys(paths).flatMap(path => {
    const found: Found = { value: {}, pointer: below('/paths', path) }
    if (path.startsWith('x-')) return []
    const item = paths[path]
    const template = take(parseTemplate(path), found.pointer, report)
    if (!isObject(item)) report(found.pointer, 'must be a mapping')
    return template && isObject(item) ? parsePath({ ...found, value: item }, template, context, embed) : []
  })
  checkTemplates(entries, report)
  return entries.map(entry => entry.value).sort((a, b) => compare(a.name, b.name))
}

function parsePath(
  path: Found,
  template: PathTemplate,
  context: OpenapiContext,
  embed: ReturnType<typeof schemaEmbedder>,
): readonly Entry<Operation>[] {
  refuseUnknown(path, PATH_KNOWN, PATH_REFUSED, context.report)
  return METHODS.filter(method => path.value[keyOf(method)] !== undefined).flatMap(method => {
    const pointer = below(path.pointer, keyOf(method))
    const value = path.value[keyOf(method)]
    if (!isObject(value)) context.report(pointer, 'must be a mapping')
    const operation = isObject(value) && parseOperation(method, template, path, { value, pointer }, context, embed)
    return operation ? [{ pointer, value: operation }] : []
  })
}

const keyOf = (method: Method): string => method.toLowerCase()

function checkHead(document: SchemaObject, report: Report): void {
  refuseUnknown({ value: document, pointer: '' }, ROOT_KNOWN, ROOT_REFUSED, report)
  if (!/^3\.1\.\d{1,3}$/.test(String(document['openapi']))) report('/openapi', 'must be "3.1.0" or a later 3.1')
  if (!DIALECTS.has(document['jsonSchemaDialect']))
    report('/jsonSchemaDialect', 'leave it out: schemas are JSON Schema 2020-12')
  const { servers = [] } = document
  if (!Array.isArray(servers)) report('/servers', 'must be a list')
  else if (servers.some(server => isObject(server) && server['variables'] !== undefined))
    report(
      '/servers',
      'servers with variables are not supported: the gateway calls the endpoint of the provider system',
    )
}
