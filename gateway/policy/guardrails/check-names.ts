import type { Finding } from '../../configuration/locate.ts'
import type { Configuration } from '../../configuration/objects.ts'
import { pointerTo, treeOf } from './check-policies.ts'

/** The types of which an object of the configuration has to be there. */
type Named = 'Unit' | 'System' | 'Service' | 'Operation' | 'Purpose'

/**
 * Everything that a guardrail names is there: a rule about a unit that does not exist forbids nothing, quietly. The policies have
 * passed checkPolicies.
 */
export function checkNames(configuration: Configuration): readonly Finding[] {
  const known = namesIn(configuration)
  return configuration.guardrails.flatMap(({ policy }, index) =>
    [...new Set(entitiesIn(treeOf(policy)).flatMap(entity => whyUnknown(entity, known)))].map(reason => ({
      pointer: pointerTo(index),
      reason,
    })),
  )
}

interface Entity {
  readonly type: string
  readonly id: string
}

function whyUnknown({ type, id }: Entity, known: Readonly<Record<Named, ReadonlySet<string>>>): readonly string[] {
  if (!Object.hasOwn(known, type)) return []
  return known[type as Named].has(id) ? [] : [`there is no ${type.toLowerCase()} ${JSON.stringify(id.slice(0, 110))}`]
}

function namesIn({ units, systems, services, purposes }: Configuration): Readonly<Record<Named, ReadonlySet<string>>> {
  return {
    // A guardrail may speak of a whole branch of which only the units below are listed.
    Unit: new Set(units.flatMap(({ code }) => andAbove(code))),
    System: new Set(systems.map(({ id }) => id)),
    Service: new Set(services.map(({ id }) => id)),
    Operation: new Set(services.flatMap(({ operations }) => operations.map(({ name }) => name))),
    Purpose: new Set(purposes.map(({ code }) => code)),
  }
}

/** `G99.21.H01` and the units above it: `G99.21`, `G99`. */
export function andAbove(code: string): readonly string[] {
  const levels = code.split('.')
  return levels.map((_, index) => levels.slice(0, levels.length - index).join('.'))
}

/** Every entity that a tree of Cedar's JSON names: in its head `{entity}`, `{entities}`, in conditions `{__entity}`. */
function entitiesIn(tree: unknown): readonly Entity[] {
  if (typeof tree !== 'object' || tree === null) return []
  const { type, id } = tree as Readonly<Record<string, unknown>>
  if (typeof type === 'string' && typeof id === 'string') return [{ type, id }]
  return Object.values(tree).flatMap(entitiesIn)
}
