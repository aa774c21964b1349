import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { describe, operationsLog } from '../../edge/operations-log.ts'
import { startWitnessServer } from '../../edge/witness/witness-server.ts'
import { Misuse } from '../misuse.ts'
import { untilStopped } from '../serve/until-stopped.ts'
import { withWitness } from './open-witness.ts'

interface ServeOptions {
  readonly dir: string
  readonly port: string
  readonly host: string
  readonly cert?: string
  readonly key?: string
}

export const serveCommand = (): Command =>
  new Command('serve')
    .description('Serves a witness (C2SP tlog-witness) until SIGINT or SIGTERM')
    .requiredOption('--dir <dir>', 'directory of the witness')
    .option('--port <port>', 'port to listen on', '8446')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option(
      '--cert <file>',
      'PEM of its TLS certificate chain (unless told: plain HTTP; what it says is signed either way)',
    )
    .option('--key <file>', 'PEM of the key of that certificate')
    .action(async (options: ServeOptions) => {
      const port = Number(options.port)
      if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Misuse('--port: a number from 0 to 65535')
      const tls = readTls(options)
      const stopped = untilStopped(() => undefined)
      const log = operationsLog()
      await withWitness(options.dir, async directory => {
        const server = await startWitnessServer({
          directory,
          host: options.host,
          port,
          tls,
          now: () => Date.now(),
          onAnswer: (origin, status, size) => {
            if (status === 200) log.info('cosigned', { origin, size })
            // Anybody may send anything: only what is known here is repeated.
            else if (status === 404) log.info('not cosigned: an unknown log')
            else log.warn('not cosigned', { origin, status, size })
          },
          onFault: thrown => log.error('a request met a fault', describe(thrown)),
        }).catch((thrown: NodeJS.ErrnoException) => {
          if (thrown.code === 'EADDRINUSE') throw new Misuse(`port ${port} is in use: name another with --port`)
          throw thrown
        })
        log.info('ready', { port: server.port, name: directory.name, logs: directory.origins() })
        process.send?.({ port: server.port })
        log.info('stopping', { signal: await stopped })
        await server.close()
      })
    })

function readTls({ cert, key }: ServeOptions): { key: string; cert: string } | null {
  if (cert === undefined && key === undefined) return null
  if (cert === undefined || key === undefined) throw new Misuse('--cert and --key: both or neither')
  try {
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } catch (thrown) {
    throw new Misuse(`--cert, --key: ${(thrown as NodeJS.ErrnoException).code ?? 'cannot be read'}`)
  }
}
