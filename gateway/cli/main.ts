import { Command, CommanderError } from 'commander'
import { keepWasmCallsPlain } from '../edge/plain-wasm-calls.ts'
import { COMMANDS } from './commands.ts'
import { EXIT, Misuse } from './misuse.ts'
import { strict } from './strict.ts'
import { VERSION } from './version.ts'

type Name = keyof typeof COMMANDS
const NAMES = Object.keys(COMMANDS) as Name[]
const isName = (word: string | undefined): word is Name => word !== undefined && Object.hasOwn(COMMANDS, word)

keepWasmCallsPlain()

const program = new Command('lienthong')
  .description('Secure data-exchange gateway. Exit codes: 0 good, 1 found wrong, 2 misused.')
  .version(VERSION)
  .showHelpAfterError('(see --help)')
  .exitOverride()

const [, , asked] = process.argv
for (const name of isName(asked) ? [asked] : NAMES) program.addCommand(strict((await COMMANDS[name]())(process.env)))

try {
  await program.parseAsync(process.argv)
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? EXIT.good : EXIT.misused
  else if (thrown instanceof Misuse) {
    process.stderr.write(`lienthong: ${thrown.message}\n`)
    process.exitCode = EXIT.misused
  } else {
    process.stderr.write(
      `lienthong: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : 'an unknown fault'}\n`,
    )
    process.exitCode = EXIT.foundWrong
  }
}
