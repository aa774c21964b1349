import { beforeAll, describe, expect, it } from '@jest/globals'
import { validate } from '@readme/openapi-parser'
import { parse } from 'yaml'
import { X509Certificate } from 'node:crypto'
import { bindingOf } from '../../../gateway/domain/binding.ts'
import { canonicalJson } from '../../../gateway/configuration/canonical-json.ts'
import type { Configuration } from '../../../gateway/configuration/objects.ts'
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

  it('makes self-contained schemas: only what is referred to is embedded', () => {
    const list = configuration.services[0]?.operations.find(({ name }) => name === 'listProvinces')
    const schema = list?.responses.get('200')?.content.get('application/json')
    const value = JSON.parse(schema?.text ?? '') as { $ref: string; $defs: object }
    expect(value.$ref).toBe('#/$defs/ProvincePage')
    expect(Object.keys(value.$defs)).toEqual(['Count', 'Name', 'Province', 'ProvinceCode', 'ProvincePage'])
    expect(schema?.text).toBe(canonicalJson(value))
    expect(schema?.text).not.toContain('#/components')
  })

  it('reads parameters with their types', () => {
    const communes = configuration.services[0]?.operations.find(({ name }) => name === 'listCommunes')
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
