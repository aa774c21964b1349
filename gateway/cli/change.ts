import { Command } from 'commander'
import { actCommands } from './change/acts.ts'
import { draftCommands } from './change/drafts.ts'
import { listCommand, showCommand } from './change/look.ts'

export const changeCommand = (environment: NodeJS.ProcessEnv): Command => {
  const command = new Command('change').description(
    'Changes of the configuration: one officer drafts and proposes, another approves; both sign with their own key',
  )
  command.addCommand(listCommand(environment)).addCommand(showCommand(environment))
  for (const below of [...draftCommands(environment), ...actCommands(environment)]) command.addCommand(below)
  return command
}
