import { Command } from 'commander'

/** Each is loaded when it is asked for, as in main.ts: packs alone bring half a second of modules with them. */
const COMMANDS = {
  search: async () => (await import('./audit/search.ts')).searchCommand,
  verify: async () => (await import('./audit/verify.ts')).verifyCommand,
  export: async () => (await import('./audit/export.ts')).exportCommand,
  fetch: async () => (await import('./audit/fetch.ts')).fetchCommand,
  receipt: async () => (await import('./audit/receipt.ts')).receiptCommand,
  recover: async () => (await import('./audit/recover.ts')).recoverCommand,
} as const satisfies Record<string, () => Promise<(environment: NodeJS.ProcessEnv) => Command>>

type Name = keyof typeof COMMANDS
const NAMES = Object.keys(COMMANDS) as Name[]
const isName = (word: string | undefined): word is Name => word !== undefined && Object.hasOwn(COMMANDS, word)

const [, , , asked] = process.argv
const commands = await Promise.all((isName(asked) ? [asked] : NAMES).map(name => COMMANDS[name]()))

export const auditCommand = (environment: NodeJS.ProcessEnv): Command => {
  const audit = new Command('audit').description('Reads and checks the audit log')
  for (const command of commands) audit.addCommand(command(environment))
  return audit
}
