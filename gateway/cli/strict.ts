import type { Command } from 'commander'

/**
 * A command, with all below it, that throws for a word it does not know instead of ending the process with an exit code of its own.
 * Commander hands these settings on only to commands that it makes by itself.
 */
export function strict(command: Command): Command {
  command.showHelpAfterError('(see --help)').exitOverride()
  for (const below of command.commands) strict(below)
  return command
}
