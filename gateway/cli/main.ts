import { Command, CommanderError } from 'commander'
import { auditCommand } from './audit.ts'
import { demoCommand } from './demo/demo.ts'
import { doctorCommand } from './doctor/doctor.ts'
import { migrateCommand } from './migrate.ts'
import { EXIT, Misuse } from './misuse.ts'
import { serveCommand } from './serve/serve.ts'
import { VERSION } from './version.ts'

const program = new Command('lienthong')
  .description('Secure data-exchange gateway. Exit codes: 0 good, 1 found wrong, 2 misused.')
  .version(VERSION)
  .showHelpAfterError('(see --help)')
  .exitOverride()

for (const command of [demoCommand, serveCommand, auditCommand, migrateCommand, doctorCommand]) {
  program.addCommand(command(process.env))
}

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
