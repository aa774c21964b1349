import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { Seen } from '../ledger/ledger.ts'

const MAIN = new URL('./provider-main.js', import.meta.url)

export interface ProviderProcess {
  /** As in the file names of certificates. */
  readonly name: string
  start(): Promise<void>
  /** SIGKILL. What it saw stays in its file. */
  kill(): Promise<void>
  /** Everything that any process of it has seen, in order. */
  seen(): readonly Seen[]
}

/** A provider that can be killed and started again at the same port. Does not start it yet. */
export function providerProcess(options: {
  readonly certsDir: string
  readonly port: number
  readonly seenFile: string
  readonly name: string
}): ProviderProcess {
  const { certsDir, port, seenFile, name } = options
  let child: ChildProcess | null = null
  return {
    name,
    async start() {
      const environment = { SEEN_FILE: seenFile, CERTS_DIR: certsDir, PROVIDER: name, PORT: String(port) }
      child = fork(MAIN, [], { env: { ...process.env, NODE_OPTIONS: '', ...environment } })
      await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(([code]) => Promise.reject(new Error(`the provider ended with ${String(code)}`))),
      ])
    },
    async kill() {
      const killed = child
      child = null
      if (killed === null || killed.exitCode !== null || killed.signalCode !== null) return
      const exited = once(killed, 'exit')
      killed.kill('SIGKILL')
      await exited
    },
    seen: () => (existsSync(seenFile) ? readSeen(readFileSync(seenFile, 'utf8')) : []),
  }
}

/** A line cut short by a kill belongs to a request that was seen all the same: its id comes first. */
const readSeen = (text: string): readonly Seen[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [exchange = '', receipt] = line.split('\t')
      return { headers: { 'exchange-id': exchange, 'exchange-receipt': receipt } }
    })
