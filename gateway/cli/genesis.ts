import { Command } from 'commander'
import { checkCommand } from './genesis/check.ts'
import { installCommand } from './genesis/install.ts'
import { makeCommand } from './genesis/make.ts'
import { pinCommand } from './genesis/pin.ts'
import { showCommand } from './genesis/show.ts'
import { signCommand } from './genesis/sign.ts'

export const genesisCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('genesis')
    .description('The ceremony that makes revision 0 of a production installation (docs/genesis-ceremony.md)')
    .addCommand(checkCommand(environment))
    .addCommand(makeCommand(environment))
    .addCommand(showCommand(environment))
    .addCommand(signCommand())
    .addCommand(installCommand(environment))
    .addCommand(pinCommand(environment))
