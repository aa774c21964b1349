import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from '../../edge/metrics.ts'
import { type Health, opsApp } from '../../edge/ops/ops-app.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import type { ExchangePlane } from './exchange-plane.ts'

/** Ops is plain HTTP: loopback, whatever HOST says. */
const LOOPBACK = '127.0.0.1'

interface Observed {
  /** Null: a process without one. */
  readonly plane: Pick<ExchangePlane, 'providers' | 'memory'> | null
  readonly snapshots: Snapshots
}

const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const

export async function serveOps(
  port: number,
  health: Health,
  metrics: Metrics,
  { plane, snapshots }: Observed,
): Promise<{ port: number; close(): Promise<void> }> {
  const states = () => plane?.providers.states() ?? []
  metrics.gauge('lienthong_revision', 'Revision obeyed; -1 without one', () => snapshots.current()?.revision ?? -1)
  metrics.gauge('lienthong_ready', '1 where exchanges can cross', () =>
    health.parts().every(part => part.ready) ? 1 : 0,
  )
  metrics.gauge('lienthong_body_bytes', 'Bytes of bodies in memory', () => plane?.memory.used ?? 0)
  metrics.gauge('lienthong_resident_bytes', 'Resident memory of this process', () => process.memoryUsage.rss())
  metrics.labelled('lienthong_provider_breaker', '0 closed, 1 half open, 2 open', 'provider', () =>
    states().map(({ provider, state }) => [provider, BREAKER[state]]),
  )
  metrics.labelled('lienthong_provider_running', 'Exchanges under way at a provider', 'provider', () =>
    states().map(({ provider, running }) => [provider, running]),
  )
  const server = createServer(opsApp(health, metrics.registry))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, LOOPBACK, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
