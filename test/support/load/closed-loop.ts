import { setTimeout as sleep } from 'node:timers/promises'
import type { LedgerEntry } from '../ledger/ledger.ts'
import { entryOf } from '../ledger/entry-of.ts'
import type { Call, Client } from '../world/client.ts'

export interface LoadCall {
  readonly client: Client
  /** As in the log: `G99.21/records`. */
  readonly system: string
  readonly call: Call
}

export interface Load {
  /** Everything that was started, in the order in which it ended. */
  readonly ledger: readonly LedgerEntry[]
  /** Lets what is under way end, starts nothing more. */
  stop(): Promise<void>
}

/** A caller that gets no answer waits a little, as a good one does; else a gateway that is down would only be hammered. */
const PAUSE_MILLIS = 100

/** So many callers, each with one call at a time, until stopped. */
export function startLoad(calls: readonly LoadCall[], callers: number): Load {
  const ledger: LedgerEntry[] = []
  let stopping = false
  let next = 0
  const caller = async (): Promise<void> => {
    while (!stopping) {
      const { client, system, call } = calls[next++ % calls.length]!
      const answered = await client.call(call).catch(() => null)
      ledger.push(entryOf(system, answered))
      if (answered === null || answered.status >= 500) await sleep(PAUSE_MILLIS)
    }
  }
  const running = Promise.all(Array.from({ length: callers }, caller))
  return {
    ledger,
    async stop() {
      stopping = true
      await running
    },
  }
}
