import { Command } from 'commander'
import { resolve } from 'node:path'
import { jsonOption } from '../pki/options.ts'
import { report } from '../pki/refuse.ts'
import { readSettings } from '../settings.ts'
import { printErrors, readProduction } from './read-directory.ts'

export const checkCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('check')
    .description('Whether a production genesis can be made of a directory; says by file and line what is wrong (1)')
    .argument('<dir>', 'directory of YAML, its certificates in CERTS_DIR or in its certs/')
    .addOption(jsonOption())
    .action((dir: string, { json = false }: { json?: boolean }) => {
      const directory = resolve(dir)
      const read = readProduction(directory, readSettings(environment).certsDir)
      if (!read.ok) return printErrors(directory, read.error, json)
      const { officers, mode } = read.value.configuration
      report({ mode, officers: officers.length }, [`good: a production genesis can be made of ${directory}`], json)
    })
