import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { connectionTo, type Database } from './database.ts'
import { newestRevision } from './revisions.ts'

/** Polling is what counts when a notification is lost; the notification only makes it quicker. */
const POLL_MILLIS = 1_000

export interface Listening {
  stop(): Promise<void>
}

/**
 * Calls `onNumber` with a revision's number whenever one was stored or the newest has risen, at first with the present one: at once by
 * NOTIFY, within a second by polling. `onFault` hears each failed attempt; the listening goes on.
 */
export function listenRevisions(
  database: Database,
  onNumber: (number: number) => void,
  onFault: (error: Error) => void = () => undefined,
): Listening {
  const stopping = new AbortController()
  let newest = -1
  let client: Client | null = null
  const heard = (number: number) => {
    if (stopping.signal.aborted || number <= newest) return
    newest = number
    onNumber(number)
  }

  const listen = async () => {
    const made = new Client(connectionTo(database.url, 'lienthong revisions'))
    const drop = () => {
      if (client === made) client = null
    }
    made.on('error', drop)
    made.on('end', drop)
    made.on('notification', ({ payload = '' }) => {
      if (!/^\d{1,9}$/.test(payload) || stopping.signal.aborted) return
      // Told each time: a number that was taken back may come again with another revision.
      newest = Math.max(newest, Number(payload))
      onNumber(Number(payload))
    })
    client = made
    try {
      await made.connect()
      await made.query('LISTEN lienthong_revision')
    } catch (error) {
      drop()
      void made.end().catch(() => undefined)
      throw error
    }
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        if (client === null) await listen()
        heard(await newestRevision(database))
      } catch (error) {
        if (!stopping.signal.aborted) onFault(error as Error)
      }
      await sleep(POLL_MILLIS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    await client?.end().catch(() => undefined)
  }

  const running = run()
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}
