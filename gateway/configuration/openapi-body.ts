import type { EmbedSchema } from './embed-schema.ts'
import type { Body, SchemaText, StatusKey } from './objects.ts'
import { type Found, follow, type OpenapiContext, refuseUnknown } from './openapi-document.ts'
import { below } from './pointer.ts'
import { complete, quote } from './report.ts'
import { isObject } from './schema-keywords.ts'

const REQUEST_KNOWN: ReadonlySet<string> = new Set(['description', 'content', 'required'])
// Headers and links of responses are documentation: headers travel by allow-list, links are not followed.
const RESPONSE_KNOWN: ReadonlySet<string> = new Set(['description', 'content', 'headers', 'links'])
const MEDIA_KNOWN: ReadonlySet<string> = new Set(['schema', 'example', 'examples'])
const MEDIA_REFUSED = { encoding: 'forms and multipart bodies do not cross' } as const
/** RFC 6838 section 4.2, lower case. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/
/** 1xx are not answers but on the way to one. */
const STATUS = /^(?:[2-5]\d\d|[2-5]XX|default)$/

/** The body of a request. */
export function parseRequestBody(
  value: unknown,
  pointer: string,
  context: OpenapiContext,
  embed: EmbedSchema,
): Body | undefined {
  const found = follow(value, pointer, 'requestBodies', context)
  if (!found) return undefined
  refuseUnknown(found, REQUEST_KNOWN, {}, context.report)
  const { required = false } = found.value
  const content = parseContent(found, context, embed)
  if (typeof required !== 'boolean') context.report(below(found.pointer, 'required'), 'is true or false')
  if (content?.size === 0) context.report(found.pointer, 'a request body names its media types under content')
  return content && content.size > 0 && typeof required === 'boolean' ? { content, required } : undefined
}

/** The answers by status; null where one has no body. Exact statuses, classes like `2XX`, `default`. */
export function parseResponses(
  value: unknown,
  pointer: string,
  context: OpenapiContext,
  embed: EmbedSchema,
): ReadonlyMap<StatusKey, Body | null> | undefined {
  if (!isObject(value) || Object.keys(value).length === 0) {
    context.report(pointer, 'an operation describes its answers, errors too, under responses')
    return undefined
  }
  // Sorted, so that the order of the document's members does not matter.
  const keys = Object.keys(value)
    .filter(key => !key.startsWith('x-'))
    .sort()
  const bodies = complete(
    keys.map(status => {
      const at = below(pointer, status)
      if (!STATUS.test(status))
        context.report(at, `${quote(status)} is not a status: 200 to 599, a class like 2XX, or default`)
      const body = parseResponse(value[status], at, context, embed)
      return body !== undefined && STATUS.test(status) ? ([status as StatusKey, body] as const) : undefined
    }),
  )
  return bodies && new Map(bodies)
}

function parseResponse(
  value: unknown,
  pointer: string,
  context: OpenapiContext,
  embed: EmbedSchema,
): Body | null | undefined {
  const found = follow(value, pointer, 'responses', context)
  if (!found) return undefined
  refuseUnknown(found, RESPONSE_KNOWN, {}, context.report)
  const content = parseContent(found, context, embed)
  if (!content) return undefined
  return content.size === 0 ? null : { content, required: true }
}

function parseContent(owner: Found, context: OpenapiContext, embed: EmbedSchema): Body['content'] | undefined {
  const content = owner.value['content'] ?? {}
  const pointer = below(owner.pointer, 'content')
  if (!isObject(content)) {
    context.report(pointer, 'must map media types to their descriptions')
    return undefined
  }
  const parsed = complete(
    Object.keys(content)
      .sort()
      .map(type => {
        const schema = parseMediaType(type, content[type], below(pointer, type), context, embed)
        return schema === undefined ? undefined : ([type, schema] as const)
      }),
  )
  return parsed && new Map(parsed)
}

/** The schema of JSON; null for a declared type that crosses unread. */
function parseMediaType(
  type: string,
  value: unknown,
  pointer: string,
  context: OpenapiContext,
  embed: EmbedSchema,
): SchemaText | null | undefined {
  if (!MEDIA_TYPE.test(type)) {
    context.report(pointer, `${quote(type)} is not one media type, in lower case and without parameters or *`)
    return undefined
  }
  if (!isObject(value)) {
    context.report(pointer, 'must be a mapping')
    return undefined
  }
  refuseUnknown({ value, pointer }, MEDIA_KNOWN, MEDIA_REFUSED, context.report)
  const { schema } = value
  if (isJson(type)) {
    if (schema !== undefined) return embed(schema, below(pointer, 'schema'))
    context.report(pointer, 'a JSON body needs a schema: what is not described is not exchanged')
    return undefined
  }
  if (schema === undefined) return null
  context.report(
    below(pointer, 'schema'),
    `the content of ${type} is not read, so a schema would promise what nobody checks: leave it out`,
  )
  return undefined
}

/** RFC 8259 section 11, RFC 6839 section 3.1. */
const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json')
