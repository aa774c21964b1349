import { Command } from 'commander'
import { applyCommand } from './config/apply.ts'
import { exportCommand } from './config/export.ts'
import { planCommand } from './config/plan.ts'

export const configCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('config')
    .description('Configuration as code: a directory of YAML out of a revision, and back as one change')
    .addCommand(exportCommand(environment))
    .addCommand(planCommand(environment))
    .addCommand(applyCommand(environment))
