import { describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { checkFile } from '../../../gateway/configuration/check-structure.ts'
import { type FileKind, fileSchemas } from '../../../gateway/configuration/document-schema.ts'
import { CLASSIFICATIONS } from '../../../gateway/domain/classification.ts'
import { ROLES } from '../../../gateway/domain/officer-id.ts'

const folder = fileURLToPath(new URL('../../../schemas/configuration/examples/', import.meta.url))
const kinds = Object.keys(fileSchemas) as FileKind[]

/** Each YAML document of an example file, with the comment above it as its name. */
function examples(kind: FileKind, sort: 'valid' | 'invalid') {
  const documents = parseAllDocuments(readFileSync(`${folder}${kind}.${sort}.yaml`, 'utf8'))
  return [...documents].map(each => [(each.commentBefore ?? '').trim(), each.toJS() as unknown] as const)
}

describe.each(kinds)('the schema of %s', kind => {
  it.each(examples(kind, 'valid'))('accepts %s', (_, value) => {
    expect(checkFile(kind, value)).toEqual([])
  })
  it.each(examples(kind, 'invalid'))('refuses %s', (_, value) => {
    expect(checkFile(kind, value)).not.toEqual([])
  })
})

describe('the schemas', () => {
  it('have examples for each kind of file and no others', () => {
    const expected = kinds.flatMap(kind => [`${kind}.invalid.yaml`, `${kind}.valid.yaml`])
    expect(readdirSync(folder).sort()).toEqual(expected.sort())
  })

  it('know the roles and labels of the domain', () => {
    expect(fileSchemas.officers.$defs.officer.properties.roles.items.enum).toEqual([...ROLES])
    expect(fileSchemas.agreement.properties.ceiling.enum).toEqual([...CLASSIFICATIONS])
  })
})
