import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Instant } from '../../domain/instant.ts'
import { err, ok } from '../../domain/result.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { logSource } from '../../edge/postgres/log-source.ts'
import { readerCap } from '../../edge/reader-cap.ts'
import { exchangeReader } from '../../edge/postgres/exchange-reader.ts'
import { identityOf, learnedIdentityOf } from '../../exchange/identify.ts'
import type { Connection } from '../../exchange/known.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import { problemOf, type Revocations } from '../../identity/identify.ts'
import { isLogPath, logApp } from '../../portal/log-app.ts'
import { isPortalPath, portalApp, type PortalOptions } from '../../portal/portal-app.ts'
import type { PackMaker } from '../../review/pack/ports.ts'
import type { TokenOptions } from '../../portal/token-endpoint.ts'

/** Packs that one system may ask for in a second: each takes some hundred reads of the store. */
const PACKS_PER_SECOND = 5
/** Reads of the log that one system may make in a second: 256 records a tile, so a large lane is read in minutes. */
const LOG_READS_PER_SECOND = 100

export interface PortalParts {
  readonly snapshots: Snapshots
  readonly revocations: Revocations
  readonly clock: { now(): Instant }
  readonly evidenceKey: KeyObject
  readonly database: Database
  /** Brings the search index up to now. */
  readonly follow: () => Promise<void>
  readonly packs: PackMaker
  readonly log: OperationsLog
  readonly tokens: TokenOptions
}

/** Hangs the portal into the exchange listener: the same connections, the same identity checks. */
export function portalHandler(parts: PortalParts) {
  const { snapshots, revocations, clock, evidenceKey, database, follow, log, tokens } = parts
  const connections = new WeakMap<IncomingMessage, Connection>()
  const identify: PortalOptions['identify'] = request => {
    const snapshot = snapshots.current()
    const connection = connections.get(request)
    if (!snapshot || !connection) return err('policy-unavailable')
    const identity = identityOf(connection, snapshot, revocations, clock.now())
    const certificate = connection.peer.fingerprint
    return identity.ok ? ok({ system: identity.value.id, certificate, snapshot }) : err(problemOf[identity.error])
  }
  const onFault = (thrown: unknown): void => log.error('the portal met a fault', describe(thrown))
  const held = readerCap(LOG_READS_PER_SECOND)
  const ofLog = logApp({
    source: logSource(database),
    async admit(request, access) {
      const who = identify(request)
      if (!who.ok) return err({ code: who.error })
      const retryAfter = await held(who.value.system)
      if (retryAfter !== null) return err({ code: 'system-rate-exceeded', retryAfter })
      // Records tell of other systems: hashes are enough to prove one's own.
      return access === 'hashes' ? ok(null) : err({ code: 'not-permitted' })
    },
    onFault,
  })
  const app = portalApp({
    identify,
    packs: parts.packs,
    heldFromPacks: readerCap(PACKS_PER_SECOND),
    reader: exchangeReader(database, follow),
    evidenceKey,
    tokens,
    onFault,
  })
  return {
    owns: (target: string): boolean => isPortalPath(target) || isLogPath(target),
    handle(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
      connections.set(request, connection)
      const snapshot = snapshots.current()
      const serve = (): void => void (isLogPath(request.url ?? '') ? ofLog : app)(request, response)
      if (snapshot === null) return serve()
      const arrived = { connection, at: clock.now() }
      void learnedIdentityOf(arrived, snapshot, { revocations, clock }).then(serve)
    },
  }
}
