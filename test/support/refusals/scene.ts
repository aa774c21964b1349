import type { ConnectionOptions } from 'node:tls'
import { type LoggedRecord, readLog } from '../ledger/read-log.ts'
import type { Answered, Call, Client } from '../world/client.ts'
import { startWorld, type World, type WorldOptions } from '../world/world.ts'
import { openRaw, type RawConnection } from './raw-connection.ts'

/** A world with what the rows need of it. */
export interface Scene {
  readonly world: World
  /** One plain call over a kept connection. */
  call(call: Call, system?: string): Promise<Answered>
  raw(system?: string | null, options?: ConnectionOptions): Promise<RawConnection>
  /** Records of one exchange, in order. */
  recordsOf(exchange: string): Promise<readonly LoggedRecord[]>
  records(): Promise<readonly LoggedRecord[]>
  /** Remembers the exchanges until now; what it returns gives the records of all later ones. */
  watchRecords(): Promise<() => Promise<readonly LoggedRecord[]>>
  /** Connections and requests refused before an exchange began, by code. */
  refusedConnections(code: string): Promise<number>
  close(): Promise<void>
}

export const RECORDS = 'G99.21.records'

export async function setScene(options: WorldOptions): Promise<Scene> {
  const world = await startWorld(options)
  const clients = new Map<string, Client>()
  const open = new Set<RawConnection>()
  const scene: Scene = {
    world,
    call(call, system = RECORDS) {
      const client = clients.get(system) ?? world.client(system)
      clients.set(system, client)
      return client.call(call)
    },
    async raw(system = RECORDS, connection) {
      const raw = await openRaw(world.certsDir, world.gateway.exchangePort, system, connection)
      open.add(raw)
      return raw
    },
    records: () => readLog(world.database.adminUrl),
    recordsOf: async exchange => (await scene.records()).filter(record => record.exchange === exchange),
    async watchRecords() {
      const known = new Set((await scene.records()).map(({ exchange }) => exchange).concat(null))
      return async () => (await scene.records()).filter(({ exchange }) => !known.has(exchange))
    },
    async refusedConnections(code) {
      const metrics = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/metrics`)).text()
      const [, count] =
        new RegExp(`^lienthong_refused_connections_total{code="${code}"} (\\d+)$`, 'm').exec(metrics) ?? []
      return Number(count ?? 0)
    },
    async close() {
      for (const { socket } of open) socket.destroy()
      await world.close()
    },
  }
  return scene
}

/** Waits for what comes within a moment. Rejects with the last thing seen. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  good: (value: T) => boolean,
  millis = 5_000,
): Promise<T> {
  const end = Date.now() + millis
  for (;;) {
    const value = await look()
    if (good(value)) return value
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)?.slice(0, 300)} after ${millis} ms`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
