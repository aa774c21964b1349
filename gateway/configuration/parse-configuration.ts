import { err, ok, type Result } from '../domain/result.ts'
import { parseUnitCode } from '../domain/unit-code.ts'
import { zoneLookup } from './calendar.ts'
import { confirmations } from './confirmations.ts'
import { checkCeilings } from './check-ceilings.ts'
import { checkDevelopmentIssuers } from './check-development-issuers.ts'
import { checkDuplicates } from './check-duplicates.ts'
import { checkGrants } from './check-grants.ts'
import { checkKeys } from './check-keys.ts'
import { checkOffice } from './check-office.ts'
import { checkOversight } from './check-oversight.ts'
import { checkOverlaps } from './check-overlaps.ts'
import { checkProviders } from './check-providers.ts'
import { checkReferences } from './check-references.ts'
import { checkSecondFactor } from './check-second-factor.ts'
import { checkDocument } from './check-structure.ts'
import type { ConfigurationDocument } from './document.ts'
import { findUnplain } from './find-unplain.ts'
import { frozenCopy } from './frozen-copy.ts'
import { type KeptObjects, keptObjects, NOTHING_KEPT, onlyFresh, type ParsedBefore } from './kept-objects.ts'
import { type Finding, type Locate, placed } from './locate.ts'
import type { Configuration, ConfigurationError, Service } from './objects.ts'
import type { ListName } from './object-kinds.ts'
import { parseAgreement } from './parse-agreement.ts'
import { parseGuardrail } from './parse-guardrail.ts'
import { parseWorkingHours } from './parse-hours.ts'
import { parseIssuer } from './parse-issuer.ts'
import { parseAlertRule, parseSetting, parseTimeAuthority, parseWitness } from './parse-oversight.ts'
import { parseOfficer, parsePurposeEntry, parseUnit } from './parse-organisations.ts'
import { parseService } from './parse-service.ts'
import { parseSystem } from './parse-system.ts'
import { entries, type Entry, type Parsed, quote, type Report, take } from './report.ts'

/**
 * Makes the objects of a configuration from its plain value, which is attacker-controlled: stored text may be tampered with.
 * What it returns is frozen and holds together. Pure: no clock; the order of an object's members does not matter.
 * Errors: all of them at once, in two rounds, because what has the wrong shape cannot be cross-checked: first the shape
 * (plain JSON, JSON Schema), then everything else.
 * `before`: a document that was parsed, and what came of it. Objects that both documents share are not looked at again, only how
 * they fit to the others; the result is the same as without it.
 */
export function parseConfiguration(
  document: unknown,
  locate: Locate,
  before: ParsedBefore | null = null,
): Result<Configuration, ConfigurationError[]> {
  const fresh = before === null ? document : onlyFresh(document, before)
  // Places are told of the whole document.
  if (findInShape(fresh).length > 0) return err(placed(findInShape(document), locate))

  const whole = document as ConfigurationDocument
  const kept = before === null ? NOTHING_KEPT : keptObjects(whole, before)
  const findings: Finding[] = []
  const configuration = parseObjects(whole, kept, (pointer, reason) => findings.push({ pointer, reason }))
  return findings.length > 0 ? err(placed(findings, locate)) : ok(frozen(configuration, kept))
}

function findInShape(document: unknown): readonly Finding[] {
  const unplain = findUnplain(document)
  return unplain.length > 0 ? unplain : checkDocument(document)
}

function frozen(configuration: Configuration, kept: KeptObjects): Configuration {
  const { units, systems, issuers, purposes, officers, services, agreements, guardrails, ...others } = configuration
  const { witnesses, timeAuthorities, settings, alertRules, ...rest } = others
  return Object.freeze({
    ...frozenCopy(rest),
    units: kept.frozen('units', units),
    systems: kept.frozen('systems', systems),
    issuers: kept.frozen('issuers', issuers),
    purposes: kept.frozen('purposes', purposes),
    officers: kept.frozen('officers', officers),
    services: kept.frozen('services', services),
    agreements: kept.frozen('agreements', agreements),
    guardrails: kept.frozen('guardrails', guardrails),
    witnesses: kept.frozen('witnesses', witnesses),
    timeAuthorities: kept.frozen('timeAuthorities', timeAuthorities),
    settings: kept.frozen('settings', settings),
    alertRules: kept.frozen('alertRules', alertRules),
  })
}

/** The objects that could be made; those that could not were reported, so that what comes back is only used where none was. */
function parseObjects(document: ConfigurationDocument, kept: KeptObjects, report: Report): Configuration {
  const { mode, zone } = document.genesis
  const knowsZone = zoneLookup()
  const operator = take(parseUnitCode(document.genesis.operator), '/genesis/operator', report)
  if (!knowsZone(zone)) report('/genesis/zone', `${quote(zone)} is not an IANA time zone like Asia/Ho_Chi_Minh`)

  const each = <L extends ListName>(
    list: L,
    parse: (object: ObjectIn<L>, pointer: string, report: Report) => Configuration[L][number] | undefined,
  ): Parsed<Configuration[L][number]> => {
    const objects = (document[list] ?? []) as readonly ObjectIn<L>[]
    const fresh: Entry<Configuration[L][number]>[] = []
    const missing: number[] = []
    const { head, tail } = kept.around(list)
    const middle = objects.slice(head.length, objects.length - tail.length).flatMap((object, position) => {
      const index = head.length + position
      const before = kept.of(list, index)
      if (before !== undefined) return [before]
      const pointer = `/${list}/${index}`
      const value = parse(object, pointer, report)
      if (value === undefined) {
        missing.push(index)
        return []
      }
      fresh.push({ pointer, value })
      return [value]
    })
    // Each that could not be made lets those behind it move up by one.
    const pointerOf = (position: number): string =>
      `/${list}/${missing.reduce((index, gap) => (gap <= index ? index + 1 : index), position)}`
    return { values: [...head, ...middle, ...tail], fresh, pointerOf }
  }
  const units = each('units', parseUnit)
  const systems = each('systems', parseSystem)
  const issuers = each('issuers', parseIssuer)
  const purposes = each('purposes', parsePurposeEntry)
  const officers = each('officers', parseOfficer)
  const services = each('services', parseService)
  const servicesById = new Map<string, Service>(services.values.map(service => [service.id, service]))
  const context = { services: servicesById, knowsZone, confirmedUntil: confirmations(knowsZone(zone) ? zone : 'UTC') }
  const agreements = each('agreements', (agreement, pointer) => parseAgreement(agreement, pointer, context, report))

  const guardrails = each('guardrails', parseGuardrail)
  const witnesses = each('witnesses', parseWitness)
  const timeAuthorities = each('timeAuthorities', parseTimeAuthority)
  const settings = each('settings', parseSetting)
  const alertRules = each('alertRules', parseAlertRule)
  const workingHours = parseWorkingHours(document.genesis, knowsZone, report)

  checkDuplicates(document, report)
  checkReferences(document, kept, report)
  checkDevelopmentIssuers(document, report)
  checkProviders(document, report)
  checkOffice(document, report)
  checkSecondFactor(document, report)
  checkOversight(document, report)
  if (!kept.same('systems', 'officers', 'issuers')) {
    checkKeys({ systems: entries(systems), officers: entries(officers), issuers: entries(issuers) }, report)
  }
  // What was kept of agreements was kept with its service, so that these hold of it.
  checkCeilings(agreements.fresh, servicesById, report)
  checkGrants(agreements.fresh, servicesById, report)
  checkOverlaps(agreements, report)

  return {
    mode,
    operator: operator as Configuration['operator'],
    zone,
    workingHours: workingHours as Configuration['workingHours'],
    units: units.values,
    systems: systems.values,
    issuers: issuers.values,
    purposes: purposes.values,
    officers: officers.values,
    services: services.values,
    agreements: agreements.values,
    guardrails: guardrails.values,
    witnesses: witnesses.values,
    timeAuthorities: timeAuthorities.values,
    settings: settings.values,
    alertRules: alertRules.values,
  }
}

type ObjectIn<L extends ListName> = NonNullable<ConfigurationDocument[L]>[number]
