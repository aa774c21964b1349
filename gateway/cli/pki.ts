import { Command } from 'commander'
import { crlCommand } from './pki/crl.ts'
import { initIssuingCommand } from './pki/init-issuing.ts'
import { initRootCommand } from './pki/init-root.ts'
import { listCommand } from './pki/list.ts'
import { p12Command } from './pki/p12.ts'
import { renewCommand } from './pki/renew.ts'
import { requestCommand } from './pki/request.ts'
import { revokeCommand } from './pki/revoke.ts'
import { signCommand } from './pki/sign.ts'
import { timeAuthorityCommand } from './pki/time-authority.ts'

export const pkiCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('pki')
    .description('A certification authority of your own, for ministries that have none yet')
    .addCommand(initRootCommand())
    .addCommand(initIssuingCommand())
    .addCommand(requestCommand())
    .addCommand(signCommand(environment))
    .addCommand(renewCommand(environment))
    .addCommand(revokeCommand())
    .addCommand(crlCommand())
    .addCommand(listCommand())
    .addCommand(p12Command())
    .addCommand(timeAuthorityCommand())
