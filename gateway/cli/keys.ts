import { Command } from 'commander'
import { encryptCommand } from './keys/encrypt.ts'
import { listCommand } from './keys/list.ts'
import { makeCommand } from './keys/make.ts'
import { retireCommand } from './keys/retire.ts'
import { rotateCommand } from './keys/rotate.ts'

export const keysCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('keys')
    .description('Makes, lists, rotates and retires the keys that the gateway signs with')
    .addCommand(makeCommand(environment))
    .addCommand(listCommand(environment))
    .addCommand(rotateCommand(environment))
    .addCommand(retireCommand(environment))
    .addCommand(encryptCommand(environment))
