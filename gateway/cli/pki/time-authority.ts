import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { startAuthorityServer } from '../../edge/timestamp/authority-server.ts'
import { privateKeyPem, readPrivateKey } from '../../pki/keys.ts'
import { makeDevelopmentAuthority } from '../../pki/timestamp-authority.ts'
import { Misuse } from '../misuse.ts'
import { listenOr } from '../serve/listen.ts'
import { untilStopped } from '../serve/until-stopped.ts'
import { PRIVATE, PUBLIC, writeOnce } from './write-whole.ts'

const DAY_MILLIS = 86_400_000
const VALID_DAYS = 365

interface Flags {
  readonly dir: string
  readonly port: number
  readonly host: string
}

export const timeAuthorityCommand = (): Command =>
  new Command('time-authority')
    .description(
      'Serves time stamps (RFC 3161) for development, until SIGINT; makes key and certificates the first time',
    )
    .requiredOption('--dir <dir>', 'where its key and certificates are; made if missing')
    .option('--port <port>', 'where it listens; 0 takes a free one', readPort, 8318)
    .option('--host <address>', 'on which address', '127.0.0.1')
    .action(async ({ dir, port, host }: Flags) => {
      const authority = await openAuthority(dir)
      const server = await listenOr(
        () => startAuthorityServer({ authority, host, port, now: () => new Date() }),
        port,
        '--port',
      )
      console.log(`time stamps at http://${host}:${server.port}/`)
      console.log(`register them with the certificate ${join(dir, 'time-root.crt')} (docs/time.md)`)
      // A parent that waits for it learns the port.
      process.send?.({ port: server.port })
      await untilStopped(() => undefined)
      await server.close()
      if (process.connected) process.disconnect()
    })

async function openAuthority(dir: string) {
  const at = (name: string): string => join(dir, name)
  if (!existsSync(at('time.key'))) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const made = await makeDevelopmentAuthority(
      new Date(Date.now() - DAY_MILLIS),
      new Date(Date.now() + VALID_DAYS * DAY_MILLIS),
    )
    writeOnce(at('time-root.crt'), made.root, PUBLIC)
    writeOnce(at('time.crt'), made.certificate, PUBLIC)
    // Last: a crash before it leaves nothing that looks whole.
    writeOnce(at('time.key'), privateKeyPem(made.key), PRIVATE)
  }
  try {
    return {
      certificate: readFileSync(at('time.crt'), 'utf8'),
      key: readPrivateKey(readFileSync(at('time.key'), 'utf8')),
    }
  } catch {
    throw new Misuse(
      `--dir: ${dir} does not hold time.crt and time.key of a time authority: name another, or an empty one`,
    )
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is a number up to 65535')
  return port
}
