import type { GuardrailInput, GuardrailParty } from '../../configuration/objects.ts'
import { unitOf } from '../../domain/system-id.ts'
import { andAbove } from './check-names.ts'

/**
 * Texts that are the same for inputs which these policies cannot tell apart. Cedar compares entities and asks what stands above them; it
 * cannot look into their names. So one that no policy names is like every other one: of it only its unit's attributes count, which of
 * the named units stand above it, and how consumer and provider stand to each other. `trees`: the policies' trees as JSON text; a name
 * that occurs there in whatever role counts as named. The time is another matter (clock-bands.ts).
 */
export function classifier(trees: string): (input: GuardrailInput) => string {
  const known = new Map<string, boolean>()
  const isNamed = (name: string): boolean => {
    const present = known.get(name)
    if (present !== undefined) return present
    const named = trees.includes(JSON.stringify(name))
    known.set(name, named)
    return named
  }
  const nameOf = (name: string): string => (isNamed(name) ? name : '*')
  const partyOf = ({ system, attributes }: GuardrailParty): unknown => {
    const units = andAbove(unitOf(system))
    return [nameOf(system), nameOf(units[0] ?? ''), units.filter(isNamed), [...attributes].sort()]
  }
  return ({ consumer, provider, service, operation, purpose, classification }) =>
    JSON.stringify([
      partyOf(consumer),
      partyOf(provider),
      relation(consumer, provider),
      nameOf(service),
      nameOf(operation),
      nameOf(purpose),
      classification,
    ])
}

/** Whether they are one system, of one unit, or one's unit stands above the other's. */
function relation({ system: a }: GuardrailParty, { system: b }: GuardrailParty): string {
  const [unitA, unitB] = [unitOf(a), unitOf(b)]
  if (a === b) return 'same'
  if (unitA === unitB) return 'unit'
  if (andAbove(unitA).includes(unitB)) return 'below'
  return andAbove(unitB).includes(unitA) ? 'above' : '-'
}
