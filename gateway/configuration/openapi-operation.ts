import { type Method, parseOperationName } from '../domain/service-id.ts'
import type { EmbedSchema } from './embed-schema.ts'
import type { Operation, Text } from './objects.ts'
import { parseRequestBody, parseResponses } from './openapi-body.ts'
import { parseLabel } from './openapi-classification.ts'
import { type Found, type OpenapiContext, refuseUnknown } from './openapi-document.ts'
import { parseParameters } from './openapi-parameters.ts'
import type { PathTemplate } from './path-template.ts'
import { below } from './pointer.ts'
import { type Report, take, textOf } from './report.ts'

/** Bodies are held whole: what an operation has unless it says otherwise, and what it may ask for. */
const DEFAULT_MAX_BYTES = 10_485_760
const HIGHEST_MAX_BYTES = 104_857_600

const KNOWN: ReadonlySet<string> = new Set([
  'operationId',
  'summary',
  'description',
  'tags',
  'externalDocs',
  'deprecated',
  'security',
  'parameters',
  'requestBody',
  'responses',
  'x-classification',
])
const REFUSED = {
  callbacks: 'a provider is called, it does not call',
  servers: 'the gateway calls the endpoint of the provider system',
} as const

/** One operation; undefined after reporting all that is wrong with it. */
export function parseOperation(
  method: Method,
  template: PathTemplate,
  path: Found,
  operation: Found,
  context: OpenapiContext,
  embed: EmbedSchema,
): Operation | undefined {
  const { value, pointer } = operation
  const { report } = context
  const at = (key: string) => below(pointer, key)
  refuseUnknown(operation, KNOWN, REFUSED, report)

  const name = take(parseOperationName(textOf(value['operationId'])), at('operationId'), report)
  const summary = parseSummary(operation, report)
  const classification = parseLabel(value['x-classification'], at('x-classification'), report)
  const parameters = parseParameters(path, operation, template, context, embed)
  const request = parseRequest(method, value['requestBody'], at('requestBody'), context, embed)
  const responses = parseResponses(value['responses'], at('responses'), context, embed)
  const maxRequestBytes = parseMaxBytes(value['x-max-request-bytes'], at('x-max-request-bytes'), report)
  const maxResponseBytes = parseMaxBytes(value['x-max-response-bytes'], at('x-max-response-bytes'), report)

  if (!name || !summary || !classification || !parameters || request === undefined || !responses) return undefined
  if (!maxRequestBytes || !maxResponseBytes) return undefined
  const limits = { maxRequestBytes, maxResponseBytes }
  return { name, method, template: template.text, summary, classification, parameters, request, responses, ...limits }
}

/** RFC 9110 sections 9.3.1 and 9.3.5: a body of GET or DELETE has no defined meaning, and intermediaries may drop it. */
function parseRequest(
  method: Method,
  value: unknown,
  pointer: string,
  context: OpenapiContext,
  embed: EmbedSchema,
): Operation['request'] | undefined {
  if (value === undefined) return null
  if (method !== 'GET' && method !== 'DELETE') return parseRequestBody(value, pointer, context, embed)
  context.report(pointer, `${method} has no body: use query parameters, or POST`)
  return undefined
}

/** 300 characters: one line of a catalogue. */
const isLine = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 300

function parseSummary({ value, pointer }: Found, report: Report): Text | undefined {
  const { summary: en, 'x-summary-vi': vi } = value
  if (!isLine(en))
    report(below(pointer, 'summary'), 'an operation needs a summary: one English line of at most 300 characters')
  if (!isLine(vi)) report(below(pointer, 'x-summary-vi'), 'an operation needs x-summary-vi: the summary in Vietnamese')
  return isLine(en) && isLine(vi) ? { en, vi } : undefined
}

function parseMaxBytes(value: unknown, pointer: string, report: Report): number | undefined {
  if (value === undefined) return DEFAULT_MAX_BYTES
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= HIGHEST_MAX_BYTES) return value
  report(pointer, `is a number of bytes from 1 to ${HIGHEST_MAX_BYTES}`)
  return undefined
}
