import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Instant } from '../../domain/instant.ts'
import { err, ok } from '../../domain/result.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { exchangeReader } from '../../edge/postgres/exchange-reader.ts'
import { identityOf, learnedIdentityOf } from '../../exchange/identify.ts'
import type { Connection } from '../../exchange/known.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import { problemOf, type Revocations } from '../../identity/identify.ts'
import { isPortalPath, portalApp } from '../../portal/portal-app.ts'
import type { TokenOptions } from '../../portal/token-endpoint.ts'

export interface PortalParts {
  readonly snapshots: Snapshots
  readonly revocations: Revocations
  readonly clock: { now(): Instant }
  readonly evidenceKey: KeyObject
  readonly database: Database
  /** Brings the search index up to now. */
  readonly follow: () => Promise<void>
  readonly log: OperationsLog
  readonly tokens: TokenOptions
}

/** Hangs the portal into the exchange listener: the same connections, the same identity checks. */
export function portalHandler(parts: PortalParts) {
  const { snapshots, revocations, clock, evidenceKey, database, follow, log, tokens } = parts
  const connections = new WeakMap<IncomingMessage, Connection>()
  const app = portalApp({
    identify(request) {
      const snapshot = snapshots.current()
      const connection = connections.get(request)
      if (!snapshot || !connection) return err('policy-unavailable')
      const identity = identityOf(connection, snapshot, revocations, clock.now())
      const certificate = connection.peer.fingerprint
      return identity.ok ? ok({ system: identity.value.id, certificate, snapshot }) : err(problemOf[identity.error])
    },
    reader: exchangeReader(database, follow),
    evidenceKey,
    tokens,
    onFault: thrown => log.error('the portal met a fault', describe(thrown)),
  })
  return {
    owns: isPortalPath,
    handle(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
      connections.set(request, connection)
      const snapshot = snapshots.current()
      const serve = (): void => void app(request, response)
      if (snapshot === null) return serve()
      const arrived = { connection, at: clock.now() }
      void learnedIdentityOf(arrived, snapshot, { revocations, clock }).then(serve)
    },
  }
}
