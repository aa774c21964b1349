import { err, ok, type Result } from '../domain/result.ts'
import { parseUnitCode } from '../domain/unit-code.ts'
import { zoneLookup } from './calendar.ts'
import { checkCeilings } from './check-ceilings.ts'
import { checkDevelopmentIssuers } from './check-development-issuers.ts'
import { checkDuplicates } from './check-duplicates.ts'
import { checkGrants } from './check-grants.ts'
import { checkKeys } from './check-keys.ts'
import { checkOverlaps } from './check-overlaps.ts'
import { checkProviders } from './check-providers.ts'
import { checkReferences } from './check-references.ts'
import { checkDocument } from './check-structure.ts'
import type { ConfigurationDocument } from './document.ts'
import { findUnplain } from './find-unplain.ts'
import { frozenCopy } from './frozen-copy.ts'
import { type Finding, type Locate, placed } from './locate.ts'
import type { Configuration, ConfigurationError, Service } from './objects.ts'
import { parseAgreement } from './parse-agreement.ts'
import { parseIssuer } from './parse-issuer.ts'
import { parseOfficer, parsePurposeEntry, parseUnit } from './parse-organisations.ts'
import { parseService } from './parse-service.ts'
import { parseSystem } from './parse-system.ts'
import { type Entry, quote, type Report, take } from './report.ts'

/**
 * Makes the objects of a configuration from its plain value, which is attacker-controlled: stored text may be tampered with.
 * What it returns is frozen and holds together. Pure: no clock; the order of an object's members does not matter.
 * Errors: all of them at once, in two rounds, because what has the wrong shape cannot be cross-checked: first the shape
 * (plain JSON, JSON Schema), then everything else.
 */
export function parseConfiguration(document: unknown, locate: Locate): Result<Configuration, ConfigurationError[]> {
  const unplain = findUnplain(document)
  const shape = unplain.length > 0 ? unplain : checkDocument(document)
  if (shape.length > 0) return err(placed(shape, locate))

  const findings: Finding[] = []
  const configuration = parseObjects(document as ConfigurationDocument, (pointer, reason) =>
    findings.push({ pointer, reason }),
  )
  return findings.length > 0 ? err(placed(findings, locate)) : ok(frozenCopy(configuration))
}

/** The objects that could be made; those that could not were reported, so that what comes back is only used where none was. */
function parseObjects(document: ConfigurationDocument, report: Report): Configuration {
  const { mode, zone } = document.genesis
  const knowsZone = zoneLookup()
  const operator = take(parseUnitCode(document.genesis.operator), '/genesis/operator', report)
  if (!knowsZone(zone)) report('/genesis/zone', `${quote(zone)} is not an IANA time zone like Asia/Ho_Chi_Minh`)

  const units = parseEach(document.units, '/units', parseUnit, report)
  const systems = parseEach(document.systems, '/systems', parseSystem, report)
  const issuers = parseEach(document.issuers, '/issuers', parseIssuer, report)
  const purposes = parseEach(document.purposes, '/purposes', parsePurposeEntry, report)
  const officers = parseEach(document.officers, '/officers', parseOfficer, report)
  const services = parseEach(document.services, '/services', parseService, report)
  const servicesById = new Map<string, Service>(services.map(({ value }) => [value.id, value]))
  const context = { services: servicesById, knowsZone }
  const agreements = parseEach(
    document.agreements,
    '/agreements',
    (agreement, pointer) => parseAgreement(agreement, pointer, context, report),
    report,
  )

  checkDuplicates(document, report)
  checkReferences(document, report)
  checkDevelopmentIssuers(document, report)
  checkProviders(document, report)
  checkKeys({ systems, officers, issuers }, report)
  checkCeilings(agreements, servicesById, report)
  checkGrants(agreements, servicesById, report)
  checkOverlaps(agreements, report)

  return {
    mode,
    operator: operator as Configuration['operator'],
    zone,
    units: valuesOf(units),
    systems: valuesOf(systems),
    issuers: valuesOf(issuers),
    purposes: valuesOf(purposes),
    officers: valuesOf(officers),
    services: valuesOf(services),
    agreements: valuesOf(agreements),
  }
}

const valuesOf = <T>(entries: readonly Entry<T>[]): readonly T[] => entries.map(({ value }) => value)

function parseEach<D, T>(
  list: readonly D[],
  pointer: string,
  parse: (item: D, pointer: string, report: Report) => T | undefined,
  report: Report,
): readonly Entry<T>[] {
  return list.flatMap((item, index) => {
    const at = `${pointer}/${index}`
    const value = parse(item, at, report)
    return value === undefined ? [] : [{ pointer: at, value }]
  })
}
