import { describe, expect, it } from '@jest/globals'
import { parseOpenapi } from '../../../gateway/configuration/parse-openapi.ts'

/** The smallest operation; each row changes one thing of it. */
const operation = (changes: object = {}) => ({
  operationId: 'listThings',
  summary: 'List things',
  'x-summary-vi': 'Liệt kê',
  'x-classification': 'internal',
  responses: { '200': { description: 'ok' } },
  ...changes,
})
const documentOf = (paths: object, components: object = {}) => ({ openapi: '3.1.0', info: {}, paths, components })
const get = (changes: object, components: object = {}) =>
  documentOf({ '/things': { get: operation(changes) } }, components)
const post = (changes: object, components: object = {}) =>
  documentOf({ '/things': { post: operation(changes) } }, components)
const json = (schema: unknown) => ({ content: { 'application/json': { schema } } })
const answers = (schema: unknown, components: object = {}) => get({ responses: { '200': json(schema) } }, components)
const text = { type: 'string', maxLength: 10 }
const query = (changes: object) => get({ parameters: [{ name: 'q', in: 'query', schema: text, ...changes }] })
const at = (path: string) => documentOf({ [path]: { get: operation() } })
const GET = '/paths/~1things/get'
const SCHEMA = `${GET}/responses/200/content/application~1json/schema`

const refused: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['no document', null, '', /mapping/],
  ['OpenAPI 3.0', { ...get({}), openapi: '3.0.3' }, '/openapi', /3\.1\.0/],
  [
    'another dialect',
    { ...get({}), jsonSchemaDialect: 'http://json-schema.org/draft-07/schema#' },
    '/jsonSchemaDialect',
    /2020-12/,
  ],
  ['no paths', documentOf({}), '/paths', /needs paths/],
  ['webhooks', { ...get({}), webhooks: {} }, '/webhooks', /not supported/],
  ['servers with variables', { ...get({}), servers: [{ url: 'https://{a}', variables: {} }] }, '/servers', /variables/],
  ['an unknown member', { ...get({}), path: {} }, '/path', /not known/],
  [
    'a label in the wrong place',
    documentOf({ '/things': { 'x-classification': 'public', get: operation() } }),
    '/paths/~1things/x-classification',
    /each operation/,
  ],

  // Paths
  ['a trailing slash', at('/things/'), '/paths/~1things~1', /no slash at its end/],
  ['the root', at('/'), '/paths/~1', /at least one segment/],
  ['a dot segment', at('/a/../b'), '/paths/~1a~1..~1b', /dot segments/],
  ['an escape', at('/a%2fb'), '/paths/~1a%2fb', /percent-escapes/],
  ['half a parameter', at('/a.{b}'), '/paths/~1a.{b}', /literal or exactly one/],
  ['a letter beyond ASCII', at('/tỉnh'), '/paths/~1tỉnh', /ASCII/],
  ['a parameter twice', at('/{a}/{a}'), '/paths/~1{a}~1{a}', /twice/],
  ['a path reference', documentOf({ '/a': { $ref: 'b.yaml' } }), '/paths/~1a/$ref', /write the path out/],
  ['another method', documentOf({ '/a': { head: operation(), get: operation() } }), '/paths/~1a/head', /only GET/],
  [
    'paths that collide',
    documentOf({
      '/a/{x}': { get: operation({ parameters: [{ name: 'x', in: 'path', required: true, schema: text }] }) },
      '/a/{y}': {
        get: operation({ operationId: 'b', parameters: [{ name: 'y', in: 'path', required: true, schema: text }] }),
      },
    }),
    '/paths/~1a~1{y}/get',
    /same paths as \/a\/\{x\}/,
  ],
  [
    'an operationId twice',
    documentOf({ '/a': { get: operation() }, '/b': { get: operation() } }),
    '/paths/~1b/get/operationId',
    /another operation/,
  ],

  // Operations
  ['no operationId', get({ operationId: undefined }), `${GET}/operationId`, /operationId is/],
  ['no summary', get({ summary: undefined }), `${GET}/summary`, /summary/],
  ['no Vietnamese summary', get({ 'x-summary-vi': undefined }), `${GET}/x-summary-vi`, /Vietnamese/],
  ['no label', get({ 'x-classification': undefined }), `${GET}/x-classification`, /without a label/],
  ['another label', get({ 'x-classification': 'secret' }), `${GET}/x-classification`, /one of public/],
  ['mat', get({ 'x-classification': 'mat' }), `${GET}/x-classification`, /state-secret/],
  ['tuyet-mat in capitals', get({ 'x-classification': 'TUYET-MAT ' }), `${GET}/x-classification`, /state-secret/],
  ['callbacks', get({ callbacks: {} }), `${GET}/callbacks`, /does not call/],
  ['servers of an operation', get({ servers: [] }), `${GET}/servers`, /endpoint/],
  ['too many bytes', get({ 'x-max-response-bytes': 104_857_601 }), `${GET}/x-max-response-bytes`, /number of bytes/],
  ['half a byte', get({ 'x-max-request-bytes': 0.5 }), `${GET}/x-max-request-bytes`, /number of bytes/],

  // Parameters
  ['a header parameter', query({ in: 'header' }), `${GET}/parameters/0/in`, /headers and cookies do not cross/],
  ['a cookie parameter', query({ in: 'cookie' }), `${GET}/parameters/0/in`, /headers and cookies do not cross/],
  [
    'a list as parameter',
    query({ schema: { type: 'array', items: text } }),
    `${GET}/parameters/0/schema`,
    /lists and objects/,
  ],
  ['two types', query({ schema: { type: ['string', 'null'] } }), `${GET}/parameters/0/schema`, /says type/],
  ['a style', query({ style: 'pipeDelimited' }), `${GET}/parameters/0/style`, /not supported/],
  [
    'a parameter with content',
    query({ schema: undefined, content: {} }),
    `${GET}/parameters/0/content`,
    /give the parameter a schema/,
  ],
  ['a parameter with an odd name', query({ name: 'a[b]' }), `${GET}/parameters/0/name`, /called/],
  [
    'a parameter twice in a list',
    get({
      parameters: [
        { name: 'q', in: 'query', schema: text },
        { name: 'q', in: 'query', schema: text },
      ],
    }),
    `${GET}/parameters`,
    /twice/,
  ],
  [
    'an undescribed path parameter',
    documentOf({ '/a/{b}': { get: operation() } }),
    '/paths/~1a~1{b}/get',
    /\{b\} is not described/,
  ],
  [
    'a path parameter of no path',
    get({ parameters: [{ name: 'b', in: 'path', required: true, schema: text }] }),
    GET,
    /does not have/,
  ],
  [
    'an optional path parameter',
    documentOf({ '/a/{b}': { get: operation({ parameters: [{ name: 'b', in: 'path', schema: text }] }) } }),
    '/paths/~1a~1{b}/get/parameters/0',
    /required: true/,
  ],
  [
    'a parameter reference to nowhere',
    get({ parameters: [{ $ref: '#/components/parameters/A' }] }),
    `${GET}/parameters/0/$ref`,
    /has no "A"/,
  ],
  [
    'a parameter reference in a circle',
    get(
      { parameters: [{ $ref: '#/components/parameters/A' }] },
      { parameters: { A: { $ref: '#/components/parameters/A' } } },
    ),
    `${GET}/parameters/0`,
    /more than 8/,
  ],
  [
    'a remote parameter',
    get({ parameters: [{ $ref: 'https://example.org/a' }] }),
    `${GET}/parameters/0/$ref`,
    /stays in the document/,
  ],

  // Bodies
  ['a body of GET', get({ requestBody: json(text) }), `${GET}/requestBody`, /no body/],
  ['a request without content', post({ requestBody: {} }), '/paths/~1things/post/requestBody', /media types/],
  [
    'JSON without a schema',
    post({ requestBody: { content: { 'application/json': {} } } }),
    '/paths/~1things/post/requestBody/content/application~1json',
    /needs a schema/,
  ],
  [
    'JSON of a kind without a schema',
    post({ requestBody: { content: { 'application/problem+json': {} } } }),
    '/paths/~1things/post/requestBody/content/application~1problem+json',
    /needs a schema/,
  ],
  ['an empty schema', answers({}), SCHEMA, /describes nothing/],
  ['a schema of true', answers(true), SCHEMA, /describes nothing/],
  [
    'a media range',
    get({ responses: { '200': { content: { '*/*': {} } } } }),
    `${GET}/responses/200/content/*~1*`,
    /not one media type/,
  ],
  [
    'a media type with parameters',
    get({ responses: { '200': { content: { 'text/csv; charset=utf-8': {} } } } }),
    `${GET}/responses/200/content/text~1csv; charset=utf-8`,
    /without parameters/,
  ],
  [
    'a schema of what is not read',
    get({ responses: { '200': { content: { 'text/csv': { schema: text } } } } }),
    `${GET}/responses/200/content/text~1csv/schema`,
    /leave it out/,
  ],
  [
    'an encoding',
    get({ responses: { '200': { content: { 'text/csv': { encoding: {} } } } } }),
    `${GET}/responses/200/content/text~1csv/encoding`,
    /multipart/,
  ],
  ['no answers', get({ responses: {} }), `${GET}/responses`, /describes its answers/],
  ['an odd status', get({ responses: { '2xx': { description: '' } } }), `${GET}/responses/2xx`, /not a status/],
  [
    'an informational status',
    get({ responses: { '100': { description: '' } } }),
    `${GET}/responses/100`,
    /not a status/,
  ],

  // Schemas
  ['a remote schema', answers({ $ref: 'https://example.org/schema.json' }), `${SCHEMA}/$ref`, /stays in the document/],
  ['a file', answers({ $ref: './schema.json' }), `${SCHEMA}/$ref`, /stays in the document/],
  [
    'a reference into a schema',
    answers({ $ref: '#/components/schemas/A/properties/b' }, { schemas: { A: text } }),
    `${SCHEMA}/$ref`,
    /stays in the document/,
  ],
  ['a schema that is missing', answers({ $ref: '#/components/schemas/A' }), `${SCHEMA}/$ref`, /has no "A"/],
  [
    'a schema of the prototype',
    answers({ $ref: '#/components/schemas/constructor' }),
    `${SCHEMA}/$ref`,
    /has no "constructor"/,
  ],
  [
    'a broken component',
    answers({ $ref: '#/components/schemas/A' }, { schemas: { A: { items: 3 } } }),
    '/components/schemas/A/items',
    /must be a schema/,
  ],
  ['an $id', answers({ ...text, $id: 'https://example.org' }), `${SCHEMA}/$id`, /not read here/],
  ['own $defs', answers({ ...text, $defs: {} }), `${SCHEMA}/$defs`, /components\/schemas/],
  ['nullable', answers({ properties: { a: { ...text, nullable: true } } }), `${SCHEMA}/properties/a/nullable`, /3\.1/],
  ['a discriminator', answers({ oneOf: [text], discriminator: {} }), `${SCHEMA}/discriminator`, /oneOf and const/],
  [
    'a label on a field',
    answers({ properties: { a: { ...text, 'x-classification': 'public' } } }),
    `${SCHEMA}/properties/a/x-classification`,
    /on the operation/,
  ],
]

describe('an OpenAPI document', () => {
  it.each(refused)('is refused for %s', (_, document, pointer, reason) => {
    const result = parseOpenapi(JSON.parse(JSON.stringify(document)))
    expect(result.ok ? [] : result.error).toContainEqual({
      pointer,
      reason: expect.stringMatching(reason) as unknown as string,
    })
  })

  it('is refused when it nests too deeply', () => {
    const deep = Array.from({ length: 5000 }).reduce<object>(inner => ({ not: inner }), text)
    const result = parseOpenapi(answers(deep))
    expect(result.ok ? '' : result.error[0]?.reason).toMatch(/nested deeper/)
  })

  it('keeps what looks like a keyword but is a property or a value', () => {
    const schema = {
      type: 'object',
      properties: { $id: text, example: text, nullable: text, 'x-a': text },
      example: { a: 1 },
      'x-note': 'dropped',
      enum: [{ example: 1, $id: 'kept' }],
    }
    const result = parseOpenapi(answers(schema))
    const made = result.ok ? result.value[0]?.responses.get('200')?.content.get('application/json')?.text : ''
    expect(JSON.parse(made ?? '')).toEqual({ type: 'object', properties: schema.properties, enum: schema.enum })
  })

  it('embeds recursive components once', () => {
    const tree = { type: 'object', properties: { children: { items: { $ref: '#/components/schemas/Tree' } } } }
    const result = parseOpenapi(
      answers({ $ref: '#/components/schemas/Tree' }, { schemas: { Tree: tree, Unused: text } }),
    )
    const made = result.ok ? result.value[0]?.responses.get('200')?.content.get('application/json')?.text : ''
    expect(made).toBe(
      '{"$defs":{"Tree":{"properties":{"children":{"items":{"$ref":"#/$defs/Tree"}}},"type":"object"}},"$ref":"#/$defs/Tree"}',
    )
  })

  it('lets other media types cross unread, and a parameter of the operation replace that of its path', () => {
    const result = parseOpenapi(
      documentOf({
        '/things': {
          parameters: [{ name: 'q', in: 'query', schema: text }],
          put: operation({
            parameters: [{ name: 'q', in: 'query', schema: { type: 'integer' } }],
            requestBody: { content: { 'application/pdf': {} } },
            responses: { '204': { description: '' }, default: json(text) },
          }),
        },
      }),
    )
    const [made] = result.ok ? result.value : []
    expect(made?.parameters.map(({ type }) => type)).toEqual(['integer'])
    expect([...(made?.request?.content ?? [])]).toEqual([['application/pdf', null]])
    expect(made?.responses.get('204')).toBeNull()
    expect(made?.maxRequestBytes).toBe(10_485_760)
  })

  it('allows a literal beside a parameter', () => {
    const result = parseOpenapi(
      documentOf({
        '/a/new': { get: operation() },
        '/a/{x}': {
          get: operation({ operationId: 'b', parameters: [{ name: 'x', in: 'path', required: true, schema: text }] }),
        },
      }),
    )
    expect(result.ok).toBe(true)
  })
})
