import { Command } from 'commander'
import { checkCommand } from './service/check.ts'
import { importCommand } from './service/import.ts'
import { usageCommand } from './service/usage.ts'

export const serviceCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('service')
    .description('For owners of services: check and import descriptions, and who used a service')
    .addCommand(checkCommand(environment))
    .addCommand(importCommand())
    .addCommand(usageCommand(environment))
