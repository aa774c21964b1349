import { beforeAll, describe, expect, it } from '@jest/globals'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Body, Service } from '../../../gateway/configuration/objects.ts'
import { must } from '../../../gateway/domain/result.ts'
import { partsOf } from '../../../gateway/domain/service-id.ts'
import { compileSchema, type Validator } from '../../../gateway/schema/compile-schema.ts'
import type { JsonValue } from '../../../gateway/schema/json-value.ts'
import { readJson } from '../../../gateway/schema/read-json.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'
import { readAndParse } from '../configuration/read-and-parse.ts'

const ROOT = fileURLToPath(new URL('../../../schemas/demo/', import.meta.url))
const folders = readdirSync(ROOT, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))

interface Example {
  readonly folder: string
  readonly schema: string
  readonly file: string
  /** Strict, as the gateway reads a body. */
  readonly value: JsonValue
}

const examples = (sort: 'valid' | 'invalid'): readonly Example[] =>
  folders.flatMap(folder => {
    const directory = `${ROOT}${folder}/examples/${sort}/`
    return readdirSync(directory).map(file => {
      const value = must(readJson(readFileSync(directory + file)))
      return { folder, schema: file.split('.')[0] ?? '', file, value }
    })
  })
const valid = examples('valid')
const invalid = examples('invalid')

/** The validators of a service's JSON bodies by the name of their schema, as the parsed configuration holds them. */
const validators = new Map<string, Map<string, Validator>>()
/** Every JSON body of every operation, with the name of its schema. */
const bodies: { readonly folder: string; readonly place: string; readonly schema: string }[] = []

beforeAll(async () => {
  const { services } = must(readAndParse(demoFiles(), await demoCertificates()))
  for (const service of services) collect(service)
})

function collect(service: Service): void {
  const { name, version } = partsOf(service.id)
  const folder = `${name}-${version}`
  const ofService = new Map<string, Validator>()
  validators.set(folder, ofService)
  const add = (place: string, body: Body | null): void => {
    for (const schema of body?.content.values() ?? []) {
      if (schema === null) continue
      const reference = (JSON.parse(schema.text) as { $ref?: string }).$ref ?? ''
      const named = reference.replace('#/$defs/', '')
      bodies.push({ folder, place, schema: named })
      if (!ofService.has(named)) ofService.set(named, must(compileSchema(schema)))
    }
  }
  for (const operation of service.operations) {
    add(`${operation.name} request`, operation.request)
    for (const [status, body] of operation.responses) add(`${operation.name} ${status}`, body)
  }
}

const validatorOf = ({ folder, schema }: Example): Validator => {
  const validator = validators.get(folder)?.get(schema)
  if (!validator) throw new Error(`${folder} has no body that is a ${schema}`)
  return validator
}

describe('the examples of the demo services', () => {
  it('are there for every request and answer of every operation: one valid, two invalid', () => {
    expect(bodies.length).toBeGreaterThan(40)
    const count = (of: readonly Example[], folder: string, schema: string): number =>
      of.filter(example => example.folder === folder && example.schema === schema).length
    const lacking = bodies.filter(
      ({ folder, schema }) => count(valid, folder, schema) < 1 || count(invalid, folder, schema) < 2,
    )
    expect(lacking).toEqual([])
  })

  it('lie in the folders of the services and nowhere else', () => {
    expect(folders).toEqual([...validators.keys()].sort())
    for (const folder of folders) expect(existsSync(`${ROOT}../../deploy/demo/services/${folder}`)).toBe(true)
  })

  it.each(valid)('$folder/$file is as described', example => {
    expect(validatorOf(example).check(example.value)).toEqual([])
  })

  it.each(invalid)('$folder/$file is refused where it says', example => {
    const { pointer, value, ...rest } = example.value as { pointer: string; value: JsonValue }
    expect(rest).toEqual({})
    expect(
      validatorOf(example)
        .check(value)
        .map(violation => violation.pointer),
    ).toEqual([pointer])
  })
})
