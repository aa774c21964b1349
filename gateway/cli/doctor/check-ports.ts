import { createServer } from 'node:net'
import type { Check, Result } from './check.ts'

export const checkPorts: Check = async ({ exchangePort, officePort, opsPort, host }) =>
  Promise.all([
    look('EXCHANGE_PORT', exchangePort, host),
    look('OFFICE_PORT', officePort, host),
    look('OPS_PORT', opsPort, '127.0.0.1'),
  ])

function look(variable: string, port: number, host: string): Promise<Result> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === 'EADDRINUSE'
          ? {
              state: 'warning',
              what: `port ${port}`,
              detail: `in use: by a running gateway, or by something else (then set ${variable})`,
            }
          : { state: 'wrong', what: `port ${port}`, detail: `${error.message}: set ${variable} or HOST` },
      ),
    )
    server.listen(port, host, () =>
      server.close(() => resolve({ state: 'good', what: `port ${port}`, detail: `free for ${variable}` })),
    )
  })
}
