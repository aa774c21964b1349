import { Command } from 'commander'
import { explainCommand } from './policy/explain.ts'
import { replayCommand } from './policy/replay.ts'
import { unusedCommand } from './policy/unused.ts'

export const policyCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('policy')
    .description('Explains decisions, and tries a policy on recorded exchanges')
    .addCommand(explainCommand(environment))
    .addCommand(replayCommand(environment))
    .addCommand(unusedCommand(environment))
