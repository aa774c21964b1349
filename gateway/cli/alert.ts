import { Command } from 'commander'
import { listCommand } from './alert/list.ts'
import { reviewCommand } from './alert/review.ts'

export const alertCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('alert')
    .description('What a person shall look at: alerts of the gateway and their reviews')
    .addCommand(listCommand(environment))
    .addCommand(reviewCommand(environment))
