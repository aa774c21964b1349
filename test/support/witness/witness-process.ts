import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { runCommand } from '../world/gateway-process.ts'

const ROOT = join(import.meta.dirname, '../../..')
const COMMAND = join(ROOT, 'dist/gateway/cli/main.js')

/** A witness as its unit runs it: the built command, in a directory and a process of its own. */
export interface WitnessProcess {
  readonly name: string
  readonly directory: string
  readonly verifierKey: string
  /** The same from start to start. */
  readonly port: number
  readonly url: string
  log(): string
  start(): Promise<void>
  /** SIGTERM unless told. */
  stop(signal?: NodeJS.Signals): Promise<void>
  command(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }>
}

export interface WitnessProcessOptions {
  readonly directory: string
  readonly name: string
  /** Files of its TLS certificate; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly environment?: Record<string, string>
}

/** Makes a witness and serves it on a free port. */
export async function startWitness({
  directory,
  name,
  tls,
  environment = {},
}: WitnessProcessOptions): Promise<WitnessProcess> {
  const command = (...words: string[]) => runCommand(['witness', ...words, '--dir', directory], environment)
  const made = await command('init', '--name', name, '--json')
  if (made.code !== 0) throw new Error(made.stderr)
  const { verifierKey } = JSON.parse(made.stdout) as { verifierKey: string }
  let child: ChildProcess | null = null
  let port = 0
  const text: string[] = []
  const witness = {
    name,
    directory,
    verifierKey,
    get port() {
      return port
    },
    get url() {
      return `${tls ? 'https' : 'http'}://localhost:${port}`
    },
    log: () => text.join(''),
    async start() {
      const words = ['witness', 'serve', '--dir', directory, '--port', String(port), '--host', 'localhost']
      if (tls) words.push('--cert', tls.cert, '--key', tls.key)
      const started = fork(COMMAND, words, {
        cwd: ROOT,
        env: { ...process.env, NODE_OPTIONS: '', ...environment },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
      child = started
      started.stdout?.on('data', chunk => text.push(String(chunk)))
      started.stderr?.on('data', chunk => text.push(String(chunk)))
      const ready = await Promise.race([
        once(started, 'message').then(([message]) => message as { port: number }),
        once(started, 'exit').then(([code]) => {
          throw new Error(`the witness ended with code ${String(code)}:\n${text.join('')}`)
        }),
      ])
      port = ready.port
    },
    async stop(signal: NodeJS.Signals = 'SIGTERM') {
      const running = child
      child = null
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const exited = once(running, 'exit')
      running.kill(signal)
      await exited
    },
    command,
  }
  await witness.start()
  return witness
}
