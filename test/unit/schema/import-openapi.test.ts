import { describe, expect, it } from '@jest/globals'
import { importOpenapi } from '../../../gateway/schema/import-openapi.ts'
import type { JsonObject, JsonValue } from '../../../gateway/schema/json-value.ts'
import { lintOpenapi } from '../../../gateway/schema/lint-openapi.ts'

const withSchema = (schema: JsonValue): JsonObject => ({
  openapi: '3.0.3',
  info: { title: 'a', version: '1' },
  paths: {},
  components: { schemas: { Thing: schema } },
})
const imported = (schema: JsonValue) => {
  const { document, notes } = importOpenapi(withSchema(schema))
  const components = (document as JsonObject).components as JsonObject
  return { schema: (components.schemas as JsonObject).Thing, notes }
}

describe('importOpenapi', () => {
  it.each<[string, JsonValue, JsonValue]>([
    ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['nullable: false', { type: 'string', nullable: false }, { type: 'string' }],
    [
      'a nullable enum',
      { type: 'string', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'an exclusive minimum',
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      { type: 'integer', exclusiveMinimum: 1 },
    ],
    [
      'an exclusive maximum that is none',
      { type: 'integer', maximum: 9, exclusiveMaximum: false },
      { type: 'integer', maximum: 9 },
    ],
    ['an exclusive minimum of 3.1', { type: 'integer', exclusiveMinimum: 1 }, { type: 'integer', exclusiveMinimum: 1 }],
    ['an example', { type: 'string', example: 'a' }, { type: 'string' }],
    ['a binary', { type: 'string', format: 'binary' }, { type: 'string' }],
    // A member may be called like a keyword.
    [
      'a member called nullable',
      { type: 'object', properties: { nullable: { type: 'boolean' } } },
      { type: 'object', properties: { nullable: { type: 'boolean' } } },
    ],
    [
      'a member called example',
      { type: 'object', properties: { example: { type: 'string', nullable: true } } },
      { type: 'object', properties: { example: { type: ['string', 'null'] } } },
    ],
    [
      'a value that looks like a schema',
      { enum: [{ type: 'string', nullable: true }] },
      { enum: [{ type: 'string', nullable: true }] },
    ],
  ])('%s', (_, before, after) => expect(imported(before)).toEqual({ schema: after, notes: [] }))

  it('tells of references that leave the document', () => {
    expect(imported({ $ref: 'https://example.org/a.json' }).notes).toEqual([
      { pointer: '/components/schemas/Thing/$ref', message: expect.stringMatching(/leaves the document/) },
    ])
  })

  it('says version 3.1.0, and what a service here has to say besides', () => {
    const { document, notes } = importOpenapi({ openapi: '3.0.1', paths: { '/a': { get: { summary: 'a' } } } })
    expect(document).toMatchObject({ openapi: '3.1.0' })
    expect(notes.map(({ message }) => message)).toEqual([
      'write operationId',
      'write x-summary-vi',
      'write x-classification',
    ])
  })
})

describe('lintOpenapi', () => {
  const lint = (schema: JsonValue) => lintOpenapi(withSchema(schema)).map(({ pointer }) => pointer)

  it.each<[string, JsonValue, readonly string[]]>([
    ['a closed object', { type: 'object', additionalProperties: false }, []],
    ['an open one', { type: 'object', additionalProperties: true }, ['/components/schemas/Thing']],
    ['one that is open on purpose', { type: 'object', additionalProperties: true, 'x-open': true }, []],
    [
      'data about a person',
      { type: 'object', properties: { birthDate: { type: 'string' }, name: { type: 'string' } } },
      ['/components/schemas/Thing/properties/birthDate'],
    ],
    [
      'data about a person that is marked',
      {
        type: 'object',
        properties: { birthDate: { type: 'string' }, citizenNumber: { type: 'string', 'x-subject': true } },
      },
      [],
    ],
    ['an example of one', { type: 'string', examples: [{ properties: { phone: 1 }, additionalProperties: true }] }, []],
  ])('%s', (_, schema, pointers) => expect(lint(schema)).toEqual(pointers))
})
