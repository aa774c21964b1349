import { err, ok, type Result } from '../domain/result.ts'
import { parseServiceId } from '../domain/service-id.ts'
import { parseSystemId } from '../domain/system-id.ts'
import { canonicalJson } from './canonical-json.ts'
import { parseWindow } from './calendar.ts'
import type { MaintenanceDocument, ServiceDocument } from './document.ts'
import type { Maintenance, Service } from './objects.ts'
import { parseOpenapi } from './parse-openapi.ts'
import { parseBasePath } from './path-template.ts'
import { complete, type Report, take } from './report.ts'

/** 10 minutes: a caller that waits longer wants a queue, not an exchange. */
const MAX_DEADLINE_MILLIS = 600_000

/** A service with its operations; undefined after reporting what is wrong with it. */
export function parseService(service: ServiceDocument, pointer: string, report: Report): Service | undefined {
  const id = take(parseServiceId(service.id), `${pointer}/id`, report)
  const provider = take(parseSystemId(service.provider), `${pointer}/provider`, report)
  const basePath = take(parseBasePath(service.basePath ?? ''), `${pointer}/basePath`, report)
  const deadlineMillis = take(parseDeadline(service.deadline), `${pointer}/deadline`, report)
  const operations = parseOpenapi(service.openapi)
  if (!operations.ok)
    for (const finding of operations.error) report(`${pointer}/openapi${finding.pointer}`, finding.reason)
  const maintenance = parseMaintenance(service.maintenance ?? [], `${pointer}/maintenance`, report)
  if (!id || !provider || basePath === undefined || !deadlineMillis || !operations.ok || !maintenance) return undefined
  const { title, owner, legalBasis, sourceOfTruth, updateCycle } = service
  const openapi = canonicalJson(service.openapi)
  const described = { title, owner, legalBasis, sourceOfTruth, updateCycle, openapi }
  return {
    id,
    provider,
    basePath,
    deadlineMillis,
    assertion: service.assertion ?? false,
    suspended: service.suspended ?? false,
    maintenance,
    operations: operations.value,
    ...described,
  }
}

function parseMaintenance(
  windows: readonly MaintenanceDocument[],
  pointer: string,
  report: Report,
): readonly Maintenance[] | undefined {
  return complete(
    windows.map(({ note, ...window }, index) => {
      const parsed = parseWindow(window, `${pointer}/${index}`, report)
      return parsed && parsed.from !== null && parsed.until !== null
        ? { from: parsed.from, until: parsed.until, note }
        : undefined
    }),
  )
}

/** Reads `PT2M`, `PT10S` or `PT0.5S` as milliseconds. */
function parseDeadline(text: string): Result<number> {
  const [, amount, unit] = /^PT([0-9.]+)([MS])$/.exec(text) ?? []
  const millis = Math.round(Number(amount) * (unit === 'M' ? 60_000 : 1000))
  return millis >= 1 && millis <= MAX_DEADLINE_MILLIS
    ? ok(millis)
    : err('a deadline is above zero and at most 10 minutes, like PT10S')
}
