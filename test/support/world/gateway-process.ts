import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '../../..')
const COMMAND = join(ROOT, 'dist/gateway/cli/main.js')

export interface GatewayProcess {
  readonly exchangePort: number
  readonly officePort: number
  readonly opsPort: number
  readonly pid: number
  /** Lines of the operations log so far. */
  log(): string
  /** SIGTERM: drains. Resolves to the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
  readonly exited: Promise<number | null>
}

/** Starts the built gateway as a process of its own, on free ports, and waits until it is ready, or only listens. */
export async function startGatewayProcess(
  environment: Record<string, string>,
  role: 'exchange' | 'office' | 'all' = 'all',
  until: 'ready' | 'listening' = 'ready',
): Promise<GatewayProcess> {
  const child = fork(COMMAND, ['serve', '--role', role], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', EXCHANGE_PORT: '0', OFFICE_PORT: '0', OPS_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const text: string[] = []
  child.stdout?.on('data', chunk => text.push(String(chunk)))
  child.stderr?.on('data', chunk => text.push(String(chunk)))
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const ports = await Promise.race([
    once(child, 'message').then(
      ([message]) => message as { exchangePort: number; officePort: number; opsPort: number },
    ),
    exited.then(code => {
      throw new Error(`the gateway ended with code ${code}:\n${text.join('')}`)
    }),
  ])
  if (until === 'ready') await untilReady(ports.opsPort)
  return {
    ...ports,
    pid: child.pid ?? 0,
    log: () => text.join(''),
    stop: () => signal(child, 'SIGTERM', exited),
    kill: async () => void (await signal(child, 'SIGKILL', exited)),
    exited,
  }
}

async function signal(
  child: ChildProcess,
  name: NodeJS.Signals,
  exited: Promise<number | null>,
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(name)
  return exited
}

async function untilReady(opsPort: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(`http://127.0.0.1:${opsPort}/readyz`).catch(() => null)
    if (response?.ok) return
    await sleep(50)
  }
  throw new Error('the gateway did not become ready')
}

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `lienthong` with these words and waits for its end. */
export function runCommand(words: readonly string[], environment: Record<string, string>): Promise<CommandResult> {
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [COMMAND, ...words],
      { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: '', ...environment }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    )
  })
}
