import { Command } from 'commander'
import { existsSync, readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { readYaml } from '../../configuration/read-yaml.ts'
import { importOpenapi } from '../../schema/import-openapi.ts'
import { isObject } from '../../schema/json-value.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { formatErrors } from '../serve/read-configuration.ts'

export const importCommand = (): Command =>
  new Command('import')
    .description(
      'Prints an OpenAPI 3.0 or 3.1 document (YAML or JSON) as openapi.yaml of a service; 1 where something is left to do',
    )
    .argument('<file>', 'the document; nothing is fetched from elsewhere')
    .action((file: string) => {
      if (!existsSync(file)) throw new Misuse(`${file} does not exist`)
      const read = readYaml(file, readFileSync(file, 'utf8'))
      if (!read.ok) throw new Misuse(`${file} cannot be read:\n${formatErrors(read.error)}`)
      const value = read.value[0]?.value
      const version = isObject(value) ? value.openapi : undefined
      if (!isObject(value) || typeof version !== 'string' || !/^3\.[01]\./.test(version))
        throw new Misuse(`${file} is no OpenAPI 3.0 or 3.1 document: its member "openapi" says which`)
      const { document, notes } = importOpenapi(value)
      process.stdout.write(stringify(document, { lineWidth: 120 }))
      for (const { pointer, message } of notes) process.stderr.write(`${pointer}: ${message}\n`)
      process.exitCode = notes.length === 0 ? EXIT.good : EXIT.foundWrong
    })
