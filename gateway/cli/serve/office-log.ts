import type { Express } from 'express'
import type { IncomingMessage } from 'node:http'
import { admitOfficer } from '../../control/desk/admit-officer.ts'
import type { Instant } from '../../domain/instant.ts'
import { err, ok } from '../../domain/result.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { logSource } from '../../edge/postgres/log-source.ts'
import { readerCap } from '../../edge/reader-cap.ts'
import { checkSession } from '../../office/check-session.ts'
import type { Caller, OfficePorts } from '../../office/ports.ts'
import { problemOfDesk } from '../../office/problem-of-desk.ts'
import { type LogOptions, logApp } from '../../portal/log-app.ts'
import type { ProblemCode } from '../../problems/catalogue.ts'

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
 * recorded in the control lane before it is answered, and each refusal.
 */
export function officeLog({ identify, changes, sessions, database, now, log }: OfficeLogParts): Express {
  const held = readerCap(READS_PER_SECOND)

  const admit: LogOptions['admit'] = async (request, access) => {
    const caller = await identify(request)
    if (!caller.ok) return err({ code: caller.error })
    const { officer } = caller.value
    const at = now()
    // First: each refusal behind it is recorded.
    const retryAfter = await held(officer.id)
    if (retryAfter !== null) return err({ code: 'officer-rate-exceeded', retryAfter })
    const refusal = await refusalOf(request, access, caller.value, at)
    if (refusal !== null) {
      const refused = { change: null, outcome: 'refused', reason: refusal, was: null, is: null, actedAt: at } as const
      await changes.note({ event: 'readLog', officer: officer.id, via: 'office', ...refused })
      return err({ code: refusal })
    }
    if (access !== 'hashes')
      await changes.note({ kind: 'read', reader: officer.id, via: 'office', what: access.entries, actedAt: at })
    return ok(null)
  }

  async function refusalOf(
    request: IncomingMessage,
    access: 'hashes' | { readonly entries: string },
    caller: Caller,
    at: Instant,
  ): Promise<ProblemCode | null> {
    const { officer, newest } = caller
    const { officers } = newest.configuration
    const admitted = await admitOfficer(officer.id, officers, id => changes.seenAt(id, at), at)
    if (!admitted.ok) return problemOfDesk(admitted.error).code
    await changes.touch(officer.id, at)
    const header = (name: string): string | undefined => request.headersDistinct[name]?.join(', ')
    const asked = { method: request.method ?? '', operation: null, header }
    const session = await checkSession(asked, caller, at, { sessions, changes })
    if (!session.ok) return session.error.code
    return access === 'hashes' || officer.roles.includes('auditor') ? null : 'not-entitled'
  }

  return logApp({
    source: logSource(database),
    admit,
    onFault: thrown => log.error('the office met a fault with the log', describe(thrown)),
  })
}
