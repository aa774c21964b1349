import { Command } from 'commander'
import { resolve } from 'node:path'
import { jsonOption } from '../pki/options.ts'
import { refuse, report } from '../pki/refuse.ts'
import { readSettings } from '../settings.ts'
import { describeGenesis, keysOfThisMachine } from './describe-genesis.ts'
import { readGenesisFile } from './genesis-file.ts'

export const showCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('show')
    .description('What is in the text of a genesis, its digest, and who has signed it: on any machine')
    .argument('<file>', 'what `genesis make` wrote, with the signatures beside it')
    .addOption(jsonOption())
    .action(async (file: string, { json = false }: { json?: boolean }) => {
      const keys = await keysOfThisMachine(readSettings(environment))
      const genesis = readGenesisFile(resolve(file))
      if (!genesis.ok) return refuse(genesis.error, json)
      const { result, lines } = describeGenesis(genesis.value, keys)
      report(result, lines, json)
    })
