import type { Express } from 'express'
import { admitOfficer } from '../../control/desk/admit-officer.ts'
import type { Instant } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { logSource } from '../../edge/postgres/log-source.ts'
import { readerCap } from '../../edge/reader-cap.ts'
import { checkSession } from '../../office/check-session.ts'
import type { Caller, OfficePorts } from '../../office/ports.ts'
import { problemOfDesk } from '../../office/problem-of-desk.ts'
import { type LogOptions, type LogRefusal, logApp } from '../../portal/log-app.ts'

/** Reads of the log that one officer may make in a second: the copy of a large lane takes minutes. */
const READS_PER_SECOND = 100

export interface OfficeLogParts {
  readonly identify: OfficePorts['identify']
  readonly changes: OfficePorts['changes']
  readonly sessions: OfficePorts['sessions']
  readonly database: Database
  readonly now: () => Instant
  readonly log: OperationsLog
}

/**
 * The log on the office listener: what systems see of it for every officer; for auditors the records too, each reading of them
 * recorded in the control lane before it is answered.
 */
export function officeLog({ identify, changes, sessions, database, now, log }: OfficeLogParts): Express {
  const held = readerCap(READS_PER_SECOND)

  const admit: LogOptions['admit'] = async (request, access) => {
    const caller = await identify(request)
    if (!caller.ok) return err({ code: caller.error })
    const { officer } = caller.value
    const at = now()
    const admitted = await mayCome(caller.value, at)
    if (!admitted.ok) return admitted
    const header = (name: string): string | undefined => request.headersDistinct[name]?.join(', ')
    const asked = { method: request.method ?? '', operation: null, header }
    const session = await checkSession(asked, caller.value, at, { sessions, changes })
    if (!session.ok) return err({ code: session.error.code })
    const retryAfter = await held(officer.id)
    if (retryAfter !== null) return err({ code: 'officer-rate-exceeded', retryAfter })
    if (access === 'hashes') return ok(null)
    if (!officer.roles.includes('auditor')) return err({ code: 'not-entitled' })
    await changes.note({ kind: 'read', reader: officer.id, via: 'office', what: access.entries, actedAt: at })
    return ok(null)
  }

  async function mayCome({ officer, newest }: Caller, at: Instant): Promise<Result<null, LogRefusal>> {
    const { officers } = newest.configuration
    const admitted = await admitOfficer(officer.id, officers, id => changes.seenAt(id, at), at)
    if (!admitted.ok) return err({ code: problemOfDesk(admitted.error).code })
    await changes.touch(officer.id, at)
    return ok(null)
  }

  return logApp({
    source: logSource(database),
    admit,
    onFault: thrown => log.error('the office met a fault with the log', describe(thrown)),
  })
}
