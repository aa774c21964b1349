import { beforeAll, describe, expect, it } from '@jest/globals'
import { validate } from '@readme/openapi-parser'
import { parse } from 'yaml'
import { X509Certificate } from 'node:crypto'
import { bindingOf } from '../../../gateway/domain/binding.ts'
import { canonicalJson } from '../../../gateway/configuration/canonical-json.ts'
import type { Body, Configuration } from '../../../gateway/configuration/objects.ts'
import { METHODS } from '../../../gateway/domain/service-id.ts'
import { lintSchema } from '../../../gateway/schema/lint-schema.ts'
import { demoCertificates, demoFiles } from './demo-directory.ts'
import { documentOf, errorsOf, readAndParse } from './read-and-parse.ts'

let certificates: ReadonlyMap<string, string>
let configuration: Configuration

beforeAll(async () => {
  certificates = await demoCertificates()
  const result = readAndParse(demoFiles(), certificates)
  expect(errorsOf(result)).toEqual([])
  if (result.ok) configuration = result.value
})

describe('the demo world', () => {
  const categories = () => configuration.services.find(({ id }) => id === 'G99.10/categories/v1')

  it('binds each system to the key of its certificate', () => {
    const pem = certificates.get('G99.21.records.crt') ?? ''
    const key = bindingOf(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    expect(configuration.systems.find(({ id }) => id === 'G99.21/records')?.bindings).toEqual([
      { key, from: null, until: null },
    ])
  })

  it('embeds the issuer with the key that signs leaves', () => {
    const [issuer] = configuration.issuers
    const issuing = new X509Certificate(certificates.get('issuing.crt') ?? '')
    expect(issuer?.certificates).toHaveLength(2)
    expect(issuer?.certificates[0]).toBe(issuing.toString())
    expect(issuer).toMatchObject({ units: ['G99'], namesOfficers: true, san: 'required', development: true })
  })

  it('grants training the codes and the total of one operation only', () => {
    const training = configuration.agreements.find(({ id }) => id === 'training-categories')
    expect(training?.operations).toEqual([
      { name: 'listProvinces', request: null, response: ['/items/*/code', '/total'] },
    ])
    const records = configuration.agreements.find(({ id }) => id === 'records-categories')
    expect(records?.operations.map(({ name }) => name)).toEqual([
      'getProvince',
      'listCommunes',
      'listProvinces',
      'searchProvinces',
    ])
  })

  it('grants to each system what the design says, and no more', () => {
    const granted = configuration.agreements.map(({ consumer, service, purposes }) => [consumer, service, ...purposes])
    expect(granted.sort((a, b) => (a.join() < b.join() ? -1 : 1))).toEqual([
      ['G99.21/records', 'G99.10/categories/v1', 'reference-data'],
      ['G99.21/records', 'G99.10/identity/v1', 'identity-check'],
      ['G99.21/records', 'G99.10/records/v1', 'records-deposit'],
      ['G99.21/records', 'G99.10/task-reports/v1', 'task-reporting'],
      ['G99.22/logistics', 'G99.10/categories/v1', 'reference-data'],
      ['G99.22/logistics', 'G99.10/task-reports/v1', 'task-reporting'],
      ['G99.23/training', 'G99.10/categories/v1', 'reference-data'],
      ['G99.23/training', 'G99.22/inventory/v1', 'supply'],
    ])
  })

  it('lets the records system send three fields of a person and learn only what matches', () => {
    expect(configuration.agreements.find(({ id }) => id === 'records-identity')?.operations).toEqual([
      {
        name: 'verifyPerson',
        request: ['/citizenNumber', '/name', '/birthDate'],
        response: ['/result', '/fields'],
      },
    ])
  })

  it('has an operation of every method that may be exchanged', () => {
    const methods = configuration.services.flatMap(({ operations }) => operations.map(({ method }) => method))
    expect([...METHODS].filter(method => !methods.includes(method))).toEqual([])
  })

  it('holds no schema that a registration would refuse', () => {
    const schemasOf = (body: Body | null) => [...(body?.content.values() ?? [])].filter(schema => schema !== null)
    const schemas = configuration.services.flatMap(({ operations }) =>
      operations.flatMap(({ parameters, request, responses }) => [
        ...parameters.map(({ schema }) => schema),
        ...schemasOf(request),
        ...[...responses.values()].flatMap(schemasOf),
      ]),
    )
    const distinct = new Map(schemas.map(schema => [schema.digest, schema]))
    expect(distinct.size).toBeGreaterThan(20)
    expect([...distinct.values()].flatMap(lintSchema)).toEqual([])
  })

  it('makes self-contained schemas: only what is referred to is embedded', () => {
    const list = categories()?.operations.find(({ name }) => name === 'listProvinces')
    const schema = list?.responses.get('200')?.content.get('application/json')
    const value = JSON.parse(schema?.text ?? '') as { $ref: string; $defs: object }
    expect(value.$ref).toBe('#/$defs/ProvincePage')
    expect(Object.keys(value.$defs)).toEqual(['Count', 'Name', 'Province', 'ProvinceCode', 'ProvincePage'])
    expect(schema?.text).toBe(canonicalJson(value))
    expect(schema?.text).not.toContain('#/components')
  })

  it('reads parameters with their types', () => {
    const communes = categories()?.operations.find(({ name }) => name === 'listCommunes')
    expect(communes?.parameters.map(({ name, in: place, type, required }) => [name, place, type, required])).toEqual([
      ['code', 'path', 'string', true],
      ['page', 'query', 'integer', false],
      ['pageSize', 'query', 'integer', false],
    ])
  })

  it('is frozen, and a copy of what it was made of', () => {
    expect(Object.isFrozen(configuration.agreements[0]?.contacts)).toBe(true)
    expect(Object.isFrozen(documentOf(demoFiles(), certificates).agreements[0]?.contacts)).toBe(false)
  })

  it('describes its services in valid OpenAPI', async () => {
    for (const [path, text] of demoFiles())
      if (path.endsWith('openapi.yaml')) {
        const result = await validate(parse(text), { resolve: { external: false } })
        expect({ path, valid: result.valid }).toEqual({ path, valid: true })
      }
  })
})
