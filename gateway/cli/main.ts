import { Command, CommanderError } from 'commander'
import { keepWasmCallsPlain } from '../edge/plain-wasm-calls.ts'
import { EXIT, Misuse } from './misuse.ts'
import { strict } from './strict.ts'
import { VERSION } from './version.ts'

/** Each is loaded when it is asked for: whoever signs a certificate need not wait for the modules of a gateway. */
const COMMANDS = {
  demo: async () => (await import('./demo/demo.ts')).demoCommand,
  serve: async () => (await import('./serve/serve.ts')).serveCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  change: async () => (await import('./change.ts')).changeCommand,
  config: async () => (await import('./config.ts')).configCommand,
  agreement: async () => (await import('./agreement.ts')).agreementCommand,
  policy: async () => (await import('./policy.ts')).policyCommand,
  service: async () => (await import('./service.ts')).serviceCommand,
  genesis: async () => (await import('./genesis.ts')).genesisCommand,
  pki: async () => (await import('./pki.ts')).pkiCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  witness: async () => (await import('./witness.ts')).witnessCommand,
  alert: async () => (await import('./alert.ts')).alertCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  doctor: async () => (await import('./doctor/doctor.ts')).doctorCommand,
} as const satisfies Record<string, () => Promise<(environment: NodeJS.ProcessEnv) => Command>>

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
