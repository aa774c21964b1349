import { isIP } from 'node:net'
import cliProgress from 'cli-progress'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from './demo-world.ts'
import {
  type DevelopmentResult,
  makeDevelopmentCertificates,
  PKCS12_PASSWORD,
} from './make-development-certificates.ts'

interface Flags {
  readonly out: string
  readonly rsa?: true
  readonly host: readonly string[]
  readonly json?: true
}

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i

/**
 * Makes the certificates of the demo world. `args` are the words after the command's name.
 * Resolves to the exit code: 0 good, 1 the folder cannot be written, 2 misused.
 */
export async function run(args: readonly string[], now: Date): Promise<number> {
  const command = new Command('certs-dev')
    .description(
      'Makes throwaway development certificates of the demo world, or what of them is missing or expires soon.',
    )
    .option('--out <dir>', 'where to', 'certs-dev/out')
    .option('--rsa', 'new keys are RSA 2048 (P-256 unless told; keys that exist are kept)')
    .option('--host <name>', 'another DNS name or IP address of the gateway; may be repeated', addHost, [])
    .option('--json', 'print the result as JSON')
    .exitOverride()
  try {
    command.parse([...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  const flags = command.opts<Flags>()
  try {
    await make(flags, now)
    return 0
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    console.error(`certificates in ${flags.out} could not be written: ${message}`)
    return 1
  }
}

async function make(flags: Flags, now: Date): Promise<void> {
  const bar =
    flags.json || !process.stderr.isTTY ? null : new cliProgress.SingleBar({ format: '{bar} {value}/{total} {name}' })
  bar?.start(1, 0, { name: '' })
  try {
    const result = await makeDevelopmentCertificates({
      out: flags.out,
      systems: DEMO_SYSTEMS,
      officers: DEMO_OFFICERS,
      gatewayId: DEMO_GATEWAY,
      hosts: flags.host,
      keyType: flags.rsa ? 'rsa' : 'p256',
      now,
      onProgress: (name, done, total) => {
        bar?.setTotal(total)
        bar?.update(done, { name })
      },
    })
    bar?.stop()
    console.log(flags.json ? JSON.stringify({ out: flags.out, ...result }) : describe(flags.out, result))
  } finally {
    bar?.stop()
  }
}

function describe(out: string, { made, renewed, kept }: DevelopmentResult): string {
  const line = (what: string, names: readonly string[]) => (names.length > 0 ? [`${what}: ${names.join(', ')}`] : [])
  return [
    `development certificates in ${out} (PKCS#12 password: ${PKCS12_PASSWORD})`,
    ...line('made', made),
    ...line('renewed', renewed),
    ...line('kept', kept),
  ].join('\n')
}

function addHost(host: string, before: readonly string[]): readonly string[] {
  if (isIP(host) === 0 && !HOST.test(host)) throw new InvalidArgumentError('not a host name or IP address.')
  return [...before, host]
}
