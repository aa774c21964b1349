import { Command } from 'commander'
import { listCommand } from './agreement/list.ts'

export const agreementCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('agreement')
    .description('Agreements of the newest revision and where they stand')
    .addCommand(listCommand(environment))
