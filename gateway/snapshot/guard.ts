import type { Configuration, GuardrailInput, GuardrailParty } from '../configuration/objects.ts'
import type { GuardrailId } from '../domain/guardrail-id.ts'
import type { Minute } from '../domain/instant.ts'
import { type SystemId, unitOf } from '../domain/system-id.ts'
import type { Policy } from '../policy/decide.ts'
import { makeGuardrailSet } from '../policy/guardrails/guardrail-set.ts'

/**
 * Verdicts in one of the two generations: two for each agreement, so that callers in turn do not drive each other out. A verdict takes
 * about 150 bytes: 60 MB where all of them come, with 100,000 agreements and more.
 */
const generationOf = ({ agreements }: Configuration): number => Math.min(200_000, Math.max(5000, 2 * agreements.length))

/** About 300 bytes each. */
const MOST_CLASSES = 10_000

type Verdict = GuardrailId | 'error' | null

/**
 * What the guardrails of a revision say of an exchange. An evaluation costs 0.1 ms and more, so verdicts are kept by all that
 * guardrails see: attributes and provider follow from the systems and the service within one revision. Not observable.
 */
export function guard(
  configuration: Configuration,
  generation = generationOf(configuration),
): Pick<Policy, 'forbiddenBy'> {
  const { guardrails, services, units } = configuration
  if (guardrails.length === 0) return { forbiddenBy: () => null }
  const set = makeGuardrailSet(guardrails, configuration)
  const providers = new Map(services.map(({ id, provider }) => [id, provider]))
  const attributes = new Map(units.map(unit => [unit.code, unit.attributes]))
  const party = (system: SystemId): GuardrailParty => ({ system, attributes: attributes.get(unitOf(system)) ?? [] })

  let young = new Map<string, Verdict>()
  let old = new Map<string, Verdict>()
  const keep = (key: string, verdict: Verdict): Verdict => {
    if (young.size >= generation) {
      old = young
      young = new Map()
    }
    young.set(key, verdict)
    return verdict
  }

  /** By class: few, whatever the number of systems; a new one costs an evaluation. */
  const classes = new Map<string, Verdict>()
  const judge = (input: GuardrailInput): Verdict => {
    const name = `${set.classOf(input)} ${bandOf(input.minute)}`
    const known = classes.get(name)
    if (known !== undefined) return known
    const verdict = set.judge(input)
    // What failed may have failed for want of memory.
    if (verdict === 'error') return verdict
    if (classes.size >= MOST_CLASSES) classes.clear()
    classes.set(name, verdict)
    return verdict
  }

  let lastMinute: Minute | null = null
  let lastBand = ''
  const bandOf = (minute: Minute): string => {
    if (minute !== lastMinute) [lastMinute, lastBand] = [minute, set.bandOf(minute)]
    return lastBand
  }

  return {
    forbiddenBy(facts) {
      const { consumer, service, operation, purpose, classification, minute } = facts
      // None of these texts holds a space.
      const key = `${consumer} ${service} ${operation} ${purpose} ${classification} ${bandOf(minute)}`
      const cached = young.get(key)
      if (cached !== undefined) return cached
      const former = old.get(key)
      if (former !== undefined) return keep(key, former)
      const provider = providers.get(service)
      if (provider === undefined) return 'error'
      const input = { operation, purpose, classification, service, minute }
      const verdict = judge({ ...input, consumer: party(consumer), provider: party(provider) })
      return verdict === 'error' ? verdict : keep(key, verdict)
    },
  }
}
