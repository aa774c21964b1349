import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Instant } from '../../domain/instant.ts'
import { err, ok } from '../../domain/result.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { exchangeReader } from '../../edge/postgres/exchange-reader.ts'
import { identityOf } from '../../exchange/identify.ts'
import type { Connection } from '../../exchange/known.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import { problemOf, type Revocations } from '../../identity/identify.ts'
import { isPortalPath, portalApp } from '../../portal/portal-app.ts'
import type { Follower } from './follower.ts'

export interface PortalParts {
  readonly snapshots: Snapshots
  readonly revocations: Revocations
  readonly clock: { now(): Instant }
  readonly evidenceKey: KeyObject
  readonly database: Database
  readonly follower: Follower
  readonly log: OperationsLog
}

/** Hangs the portal into the exchange listener: the same connections, the same identity checks. */
export function portalHandler({ snapshots, revocations, clock, evidenceKey, database, follower, log }: PortalParts) {
  const connections = new WeakMap<IncomingMessage, Connection>()
  const app = portalApp({
    identify(request) {
      const snapshot = snapshots.current()
      const connection = connections.get(request)
      if (!snapshot || !connection) return err('policy-unavailable')
      const identity = identityOf(connection, snapshot, revocations, clock.now())
      return identity.ok ? ok({ system: identity.value.id, snapshot }) : err(problemOf[identity.error])
    },
    reader: exchangeReader(database, () => follower.now()),
    evidenceKey,
    onFault: thrown => log.error('the portal met a fault', describe(thrown)),
  })
  return {
    owns: isPortalPath,
    handle(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
      connections.set(request, connection)
      app(request, response)
    },
  }
}
