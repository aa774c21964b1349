import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Instant, secondOf } from '../../domain/instant.ts'
import { err, must, ok } from '../../domain/result.ts'
import { revisionNumber } from '../../domain/revision-number.ts'
import type { LiveSnapshots } from '../../edge/live-snapshots.ts'
import type { OfficePeer } from '../../edge/office/office-listener.ts'
import { OfficerLimits } from '../../edge/office/officer-limits.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { alertStore } from '../../edge/postgres/alerts.ts'
import { creationStore } from '../../edge/postgres/creations.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readRevisions } from '../../edge/postgres/revisions.ts'
import { usageReader } from '../../edge/postgres/usage-reader.ts'
import { challengeStore, sessionStore } from '../../edge/postgres/sessions.ts'
import { identifyOfficer, officerProblemOf } from '../../identity/identify-officer.ts'
import type { Revocations } from '../../identity/identify.ts'
import { officeApp } from '../../office/office-app.ts'
import type { OfficePorts } from '../../office/ports.ts'
import { isLogPath } from '../../portal/log-app.ts'
import type { Count } from '../../record/counted-record.ts'
import type { PackMaker } from '../../review/pack/ports.ts'
import type { OfficeDesk } from './office-desk.ts'
import { officeLog } from './office-log.ts'
import type { ReplayDuty } from './replay-duty.ts'
import { snapshotsOf } from './snapshots-of.ts'
import { settingsNow } from './watch-alerts.ts'
import { officerRegistry } from './officer-registry.ts'

export interface OfficeParts extends OfficeDesk {
  readonly database: Database
  readonly revocations: Revocations
  readonly snapshots: Pick<LiveSnapshots, 'current'>
  readonly replays: Pick<ReplayDuty, 'store' | 'wake'>
  readonly packs: PackMaker
  readonly now: () => Instant
  /** Calls with a certificate that is no officer's. */
  readonly count: (count: Count) => void
  readonly log: OperationsLog
}

/** The office API over the connections of the office listener. Who calls is asked per request, under the newest revision. */
export function officeHandler(parts: OfficeParts) {
  const { database, revisions, store, revocations, now, log } = parts
  const peers = new WeakMap<IncomingMessage, OfficePeer>()

  const identify: OfficePorts['identify'] = async request => {
    const peer = peers.get(request)
    const newest = await revisions.newest()
    if (!peer || !newest) return err('policy-unavailable')
    const registry = officerRegistry(newest.configuration)
    let officer = identifyOfficer(peer.peer, registry, revocations, now())
    const learning = !officer.ok && officer.error === 'revocation-unknown' ? revocations.learn?.(peer.peer) : null
    if (learning) {
      await learning
      officer = identifyOfficer(peer.peer, registry, revocations, now())
    }
    if (officer.ok) return ok({ officer: officer.value, newest })
    const problem = officerProblemOf[officer.error]
    parts.count({
      kind: 'tls-failure',
      consumer: null,
      problem,
      source: peer.source,
      second: secondOf(now()),
      times: 1,
      certificate: peer.peer.fingerprint,
      detail: officer.error,
    })
    return err(problem)
  }

  const sessions = sessionStore(database)
  const ofLog = officeLog({ identify, changes: store, sessions, database, now, log })
  const app = officeApp({
    identify,
    desk: parts.deskWith,
    newChangeId: parts.newChangeId,
    changes: store,
    alerts: alertStore(database),
    creations: creationStore(database),
    sessions,
    challenges: challengeStore(database),
    limits: new OfficerLimits(() => settingsNow(parts.snapshots).caps),
    countHeld: (request, officer) => {
      const peer = peers.get(request)
      parts.count({
        kind: 'refusals',
        consumer: null,
        problem: 'officer-rate-exceeded',
        source: peer?.source ?? '',
        second: secondOf(now()),
        times: 1,
        certificate: peer?.peer.fingerprint ?? null,
        detail: officer,
      })
    },
    revisions,
    snapshotOf: snapshotsOf(parts.snapshots),
    replays: parts.replays.store,
    onReplayAsked: () => parts.replays.wake(),
    usage: usageReader(database),
    packs: parts.packs,
    readRevisions: async (from, to) =>
      (await readRevisions(database, from, to, to - from + 1)).map(revision => ({
        ...revision,
        number: must(revisionNumber(revision.number)),
      })),
    now,
    onFault: thrown => log.error('the office met a fault', describe(thrown)),
  })
  return (peer: OfficePeer, request: IncomingMessage, response: ServerResponse): void => {
    peers.set(request, peer)
    ;(isLogPath(request.url ?? '') ? ofLog : app)(request, response)
  }
}
