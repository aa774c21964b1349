import { Command } from 'commander'
import { searchCommand } from './audit/search.ts'
import { verifyCommand } from './audit/verify.ts'

export const auditCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('audit')
    .description('Reads and checks the audit log')
    .addCommand(searchCommand(environment))
    .addCommand(verifyCommand(environment))
