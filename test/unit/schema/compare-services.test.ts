import { describe, expect, it } from '@jest/globals'
import type { ServiceDocument } from '../../../gateway/configuration/document.ts'
import type { Agreement, Service } from '../../../gateway/configuration/objects.ts'
import { parseService } from '../../../gateway/configuration/parse-service.ts'
import { parseAgreementId } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseOperationName, parseServiceId } from '../../../gateway/domain/service-id.ts'
import { brokenAgreements, compareServices } from '../../../gateway/schema/compatibility/compare-services.ts'
import { agreement } from '../policy/world.ts'

const json = (schema: unknown) => ({ 'application/json': { schema } })
const ITEM = {
  type: 'object',
  additionalProperties: false,
  required: ['code'],
  properties: { code: { type: 'string', maxLength: 10 }, note: { type: 'string', maxLength: 50 } },
}
const described = { summary: 'a', 'x-summary-vi': 'a', 'x-classification': 'internal' }

const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'a', version: '1' },
  paths: {
    '/items': {
      get: {
        ...described,
        operationId: 'listItems',
        parameters: [{ name: 'page', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } }],
        responses: {
          200: { description: 'a', content: json({ type: 'array', maxItems: 50, items: ITEM }) },
          default: { description: 'a', content: json({ type: 'string', maxLength: 10 }) },
        },
      },
      post: {
        ...described,
        operationId: 'putItem',
        requestBody: { required: true, content: json(ITEM) },
        responses: { 204: { description: 'a' } },
      },
    },
  },
}

type Openapi = typeof OPENAPI

function serviceOf(change: (openapi: Openapi) => void = () => undefined, id = 'G99.10/things/v1'): Service {
  // Not structuredClone, which would keep the item of both bodies one object.
  const openapi = JSON.parse(JSON.stringify(OPENAPI)) as Openapi
  change(openapi)
  const document: ServiceDocument = {
    id,
    provider: 'G99.10/data-centre',
    title: { en: 'a', vi: 'a' },
    deadline: 'PT1S',
    owner: 'a',
    legalBasis: 'a',
    sourceOfTruth: 'a',
    updateCycle: 'a',
    openapi,
  }
  const service = parseService(document, '', (pointer, reason) => {
    throw new Error(`${pointer}: ${reason}`)
  })
  if (!service) throw new TypeError('no service')
  return service
}

type Edit = (openapi: Openapi) => void

/** Where the parts of the description lie that the rows change. */
const PLACES = {
  list: ['paths', '/items', 'get'],
  put: ['paths', '/items', 'post'],
  page: ['paths', '/items', 'get', 'parameters', '0', 'schema'],
  answer: ['paths', '/items', 'get', 'responses', '200', 'content', 'application/json', 'schema'],
  body: ['paths', '/items', 'post', 'requestBody', 'content', 'application/json', 'schema'],
} as const

/** Sets what lies below a place, `properties/code/maxLength`; undefined takes it out. */
const set =
  (place: keyof typeof PLACES, below: string, value: unknown): Edit =>
  openapi => {
    const path = [...PLACES[place], ...below.split('/')]
    const last = path.pop() ?? ''
    const holder = path.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], openapi)
    ;(holder as Record<string, unknown>)[last] = value
  }

const { code, note } = ITEM.properties
const TEXT_ANSWER = { description: 'a', content: json({ type: 'string', maxLength: 10 }) }

/** What an owner changes, how the versions go together, and a reason that is given. */
const rows: readonly (readonly [string, Edit, string, RegExp | null])[] = [
  ['nothing', () => undefined, 'full', null],
  ['a text', set('list', 'summary', 'Another text'), 'full', null],
  ['the order of members', set('body', 'properties', { note, code }), 'full', null],
  // The operations themselves
  [
    'an operation more',
    o => Object.assign(o.paths, { '/more': { get: { ...o.paths['/items'].get, operationId: 'more' } } }),
    'backward',
    /not there/,
  ],
  [
    'an operation less',
    o => Object.assign(o.paths, { '/items': { get: o.paths['/items'].get } }),
    'forward',
    /not there/,
  ],
  ['another path', o => Object.assign(o, { paths: { '/others': o.paths['/items'] } }), 'none', /path is \/others/],
  ['a higher label', set('list', 'x-classification', 'restricted'), 'forward', /restricted and not internal/],
  ['a lower label', set('list', 'x-classification', 'public'), 'backward', /internal and not public/],
  // What is sent
  ['a wider parameter', set('page', 'maximum', 200), 'backward', /maximum is 100; callers know 200/],
  ['a narrower parameter', set('page', 'maximum', 50), 'forward', /maximum is 50; callers know 100/],
  ['a parameter that is required now', set('list', 'parameters/0/required', true), 'forward', /is required/],
  ['a parameter less', set('list', 'parameters', []), 'forward', /not described/],
  [
    'a parameter that is read otherwise',
    set('list', 'parameters/0/schema', { type: 'string', maxLength: 3 }),
    'none',
    /read as string/,
  ],
  ['a member that may be sent', set('body', 'properties/size', { type: 'integer' }), 'backward', /not taken/],
  ['a member that has to be sent', set('body', 'required', ['code', 'note']), 'forward', /note is required/],
  ['a longer text that may be sent', set('body', 'properties/code/maxLength', 20), 'backward', /maxLength is 10/],
  ['a body that may be left out', set('put', 'requestBody/required', false), 'backward', /body is required/],
  ['a smaller body', set('put', 'x-max-request-bytes', 100), 'forward', /at most 100 bytes/],
  [
    'another media type',
    set('put', 'requestBody/content', { 'application/vnd.a+json': { schema: ITEM } }),
    'none',
    /not taken/,
  ],
  // What is answered: the other way round
  [
    'a member that may be answered',
    set('answer', 'items/properties/size', { type: 'integer' }),
    'forward',
    /not known/,
  ],
  [
    'a member that is always answered',
    set('answer', 'items/required', ['code', 'note']),
    'backward',
    /may come without note/,
  ],
  ['a member that is not always answered', set('answer', 'items/required', []), 'forward', /may come without code/],
  ['longer lists', set('answer', 'maxItems', 100), 'forward', /maxItems is 100; callers know 50/],
  ['a status more that default describes', set('list', 'responses/404', TEXT_ANSWER), 'full', null],
  ['a status more that nothing describes', set('put', 'responses/400', { description: 'a' }), 'forward', /not known/],
  // Keywords that are not reasoned about: the same on both sides, or it does not count as known
  ['a pattern', set('body', 'properties/code/pattern', '^a'), 'forward', /pattern/],
  ['a condition', set('body', 'not', { required: ['note'] }), 'forward', /not is/],
]

describe('compareServices', () => {
  it.each(rows)('%s: %s', (_, change, compatibility, reason) => {
    const compared = compareServices(serviceOf(), serviceOf(change, 'G99.10/things/v2'))
    expect(compared.compatibility).toBe(compatibility)
    if (reason === null) expect(compared.breaks).toEqual([])
    else expect(compared.breaks.map(each => each.reason).join('; ')).toMatch(reason)
    // Seen from the other side it is the other way round.
    const mirrored = { backward: 'forward', forward: 'backward', full: 'full', none: 'none' } as const
    expect(compareServices(serviceOf(change), serviceOf()).compatibility).toBe(mirrored[compared.compatibility])
  })

  it('names operation, place and pointer', () => {
    const compared = compareServices(serviceOf(), serviceOf(set('answer', 'items/properties/code/maxLength', 20)))
    expect(compared.breaks).toContainEqual({
      direction: 'backward',
      operation: 'listItems',
      place: 'answer 200',
      pointer: '/*/code',
      reason: 'maxLength is 20; callers know 10',
    })
  })

  it('names the agreements that grant what breaks, and no others', () => {
    const older = serviceOf()
    const of = (id: string, operation: string, service = 'G99.10/things/v1'): Agreement =>
      agreement({
        id: must(parseAgreementId(id)),
        service: must(parseServiceId(service)),
        operations: [{ name: must(parseOperationName(operation)), request: null, response: null }],
      })
    const all = [of('lists', 'listItems'), of('puts', 'putItem'), of('elsewhere', 'putItem', 'G99.10/other/v1')]
    const compared = compareServices(older, serviceOf(set('body', 'required', ['code', 'note'])))
    expect(brokenAgreements(compared, older, all)).toEqual([{ agreement: 'puts', operations: ['putItem'] }])
  })
})
