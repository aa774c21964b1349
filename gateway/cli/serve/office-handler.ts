import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Binding } from '../../domain/binding.ts'
import { type Instant, secondOf } from '../../domain/instant.ts'
import { err, must, ok } from '../../domain/result.ts'
import { revisionNumber } from '../../domain/revision-number.ts'
import type { OfficePeer } from '../../edge/office/office-listener.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { creationStore } from '../../edge/postgres/creations.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readRevisions } from '../../edge/postgres/revisions.ts'
import { identifyOfficer, officerProblemOf, type OfficerRegistry } from '../../identity/identify-officer.ts'
import type { Revocations } from '../../identity/identify.ts'
import { officeApp } from '../../office/office-app.ts'
import type { OfficePorts } from '../../office/ports.ts'
import type { Count } from '../../record/counted-record.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { OfficeDesk } from './office-desk.ts'

export interface OfficeParts extends OfficeDesk {
  readonly database: Database
  readonly revocations: Revocations
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
    const registry = registryOf(newest)
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

  const app = officeApp({
    identify,
    desk: parts.deskWith,
    newChangeId: parts.newChangeId,
    changes: store,
    creations: creationStore(database),
    revisions,
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
    app(request, response)
  }
}

/** Officers are few, and their requests too: no index is worth its upkeep. */
const registryOf = ({ configuration: { officers, issuers } }: VerifiedRevision): OfficerRegistry => ({
  officerByKey: (key: Binding) => officers.find(officer => officer.key === key) ?? null,
  issuerByKey: (key: Binding) => issuers.find(issuer => issuer.key === key) ?? null,
})
