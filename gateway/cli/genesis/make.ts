import { Command } from 'commander'
import { resolve } from 'node:path'
import { makeGenesis } from '../../snapshot/revision-text.ts'
import { Misuse } from '../misuse.ts'
import { jsonOption } from '../pki/options.ts'
import { report } from '../pki/refuse.ts'
import { PUBLIC, writeOnce } from '../pki/write-whole.ts'
import { readSettings } from '../settings.ts'
import { describeGenesis, keysOfThisMachine } from './describe-genesis.ts'
import { printErrors, readProduction } from './read-directory.ts'

export const makeCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('make')
    .description('Writes the exact text of revision 0, and prints its digest and what else is compared on paper')
    .argument('<dir>', 'directory of YAML, as for `genesis check`')
    .requiredOption('--out <file>', 'where to write the text; a file that is there stays')
    .addOption(jsonOption())
    .action(async (dir: string, { out, json = false }: { out: string; json?: boolean }) => {
      const settings = readSettings(environment)
      const directory = resolve(dir)
      const read = readProduction(directory, settings.certsDir)
      if (!read.ok) return printErrors(directory, read.error, json)
      const keys = await keysOfThisMachine(settings)
      const stored = { ...makeGenesis(read.value.document), signatures: [] }
      if (!writeOnce(resolve(out), stored.content, PUBLIC))
        throw new Misuse(`${out} exists already: signatures of it may be about, so choose another --out`)
      const { result, lines } = describeGenesis({ ...read.value, stored }, keys)
      report({ file: resolve(out), ...result }, lines, json)
    })
