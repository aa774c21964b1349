import type { EmbedSchema } from './embed-schema.ts'
import type { Parameter } from './objects.ts'
import { type Found, follow, type OpenapiContext, refuseUnknown } from './openapi-document.ts'
import { PARAMETER_NAME, type PathTemplate } from './path-template.ts'
import { below } from './pointer.ts'
import { complete, quote, textOf } from './report.ts'
import { isObject } from './schema-keywords.ts'

const KNOWN: ReadonlySet<string> = new Set([
  'name',
  'in',
  'description',
  'required',
  'deprecated',
  'schema',
  'example',
  'examples',
])
const REFUSED = {
  style: 'the default is read (simple in paths, form in queries); leave it out',
  explode: 'a parameter is one text; leave it out',
  content: 'give the parameter a schema',
  allowReserved: 'reserved characters come percent-encoded; leave it out',
  allowEmptyValue: 'say with minLength whether a text may be empty',
} as const
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'number', 'boolean'])

/** The parameters of an operation: its own, and those of its path that it does not replace (OpenAPI 3.1 section 4.8.9). */
export function parseParameters(
  ofPath: Found,
  ofOperation: Found,
  template: PathTemplate,
  context: OpenapiContext,
  embed: EmbedSchema,
): readonly Parameter[] | undefined {
  const shared = parseList(ofPath, context, embed)
  const own = parseList(ofOperation, context, embed)
  if (!shared || !own) return undefined
  const keyOf = (parameter: Parameter) => `${parameter.in} ${parameter.name}`
  const replaced = new Set(own.map(keyOf))
  const parameters = [...shared.filter(parameter => !replaced.has(keyOf(parameter))), ...own]
  return matchesTemplate(parameters, template, ofOperation.pointer, context) ? parameters : undefined
}

function parseList(owner: Found, context: OpenapiContext, embed: EmbedSchema): readonly Parameter[] | undefined {
  const list = owner.value['parameters'] ?? []
  const pointer = below(owner.pointer, 'parameters')
  if (!Array.isArray(list)) {
    context.report(pointer, 'must be a list')
    return undefined
  }
  const parameters = complete(list.map((item, index) => parseParameter(item, below(pointer, index), context, embed)))
  const names = new Set(parameters?.map(parameter => `${parameter.in} ${parameter.name}`))
  if (!parameters || names.size === parameters.length) return parameters
  context.report(pointer, 'names the same parameter twice')
  return undefined
}

function parseParameter(
  value: unknown,
  at: string,
  context: OpenapiContext,
  embed: EmbedSchema,
): Parameter | undefined {
  const found = follow(value, at, 'parameters', context)
  if (!found) return undefined
  const { report } = context
  const { name, in: place, required = false, schema } = found.value
  refuseUnknown(found, KNOWN, REFUSED, report)
  if (typeof name !== 'string' || !PARAMETER_NAME.test(name)) {
    report(below(found.pointer, 'name'), 'a parameter is called with letters, digits, _ . and -, like pageSize')
    return undefined
  }
  if (place !== 'path' && place !== 'query') {
    const reason = `a parameter lies in path or query, not in ${quote(textOf(place))}: headers and cookies do not cross`
    report(below(found.pointer, 'in'), reason)
    return undefined
  }
  if (typeof required !== 'boolean' || (place === 'path' && !required)) {
    report(found.pointer, place === 'path' ? 'a path parameter says required: true' : 'required is true or false')
    return undefined
  }
  const type = typeOf(schema, below(found.pointer, 'schema'), context)
  const text = type && embed(schema, below(found.pointer, 'schema'))
  return text ? { name, in: place, required, schema: text, type } : undefined
}

/** What the text of the parameter is read as: the schema says it, itself or where its `$ref` leads. */
function typeOf(schema: unknown, pointer: string, context: OpenapiContext): Parameter['type'] | undefined {
  if (!isObject(schema)) {
    context.report(pointer, 'a parameter needs a schema')
    return undefined
  }
  const found = follow(schema, pointer, 'schemas', context)
  if (!found) return undefined
  const type = schema['type'] ?? found.value['type']
  if (TYPES.has(type)) return type as Parameter['type']
  context.report(
    pointer,
    'the schema of a parameter says type: string, integer, number or boolean; lists and objects go into a body',
  )
  return undefined
}

function matchesTemplate(
  parameters: readonly Parameter[],
  template: PathTemplate,
  pointer: string,
  context: OpenapiContext,
): boolean {
  const described = new Set(parameters.filter(parameter => parameter.in === 'path').map(parameter => parameter.name))
  const undescribed = template.parameters.filter(name => !described.has(name))
  const unused = [...described].filter(name => !template.parameters.includes(name))
  for (const name of undescribed) context.report(pointer, `the path parameter {${name}} is not described`)
  for (const name of unused)
    context.report(pointer, `describes the path parameter ${quote(name)}, which ${template.text} does not have`)
  return undescribed.length + unused.length === 0
}
