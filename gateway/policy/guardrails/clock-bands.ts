/** The comparisons of Cedar's tree of a policy (its JSON format), by the names of their nodes. */
const COMPARISONS = ['<', '<=', '>', '>=', '==', '!='] as const
const MEMBER = 'minuteOfDay'

type Node = Readonly<Record<string, unknown>>

/**
 * The minutes of the day at which what guardrails say of `context.minuteOfDay` can change, rising, where all that they do with it is to
 * compare it with numbers: between two of them every minute is the same to all of these policies. Null: they do something else with it,
 * and each minute may be another. `trees`: the policies' own.
 */
export function clockCuts(trees: readonly unknown[]): readonly number[] | null {
  const cuts = new Set<number>()
  let compared = 0
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, child] of Object.entries(value)) {
      const literal = isComparison(name) ? comparedWith(child as Node) : null
      if (literal !== null) {
        compared++
        // Whichever way it is compared, it changes at the number or right behind it.
        cuts.add(literal).add(literal + 1)
      }
      look(child)
    }
  }
  trees.forEach(look)
  // Each place that names it has to be one of these.
  const named = JSON.stringify(trees).split(JSON.stringify(MEMBER)).length - 1
  return named === compared ? [...cuts].sort((a, b) => a - b) : null
}

/** Which of the bands between these cuts a minute of the day lies in. */
export function bandBetween(cuts: readonly number[], minuteOfDay: number): number {
  let band = 0
  for (const cut of cuts) if (minuteOfDay >= cut) band++
  return band
}

const isComparison = (name: string): boolean => (COMPARISONS as readonly string[]).includes(name)

/** The number that one side is where the other is the minute of the day; null: it is no such comparison. */
function comparedWith({ left, right }: Node): number | null {
  if (isMinuteOfDay(left)) return literalOf(right)
  return isMinuteOfDay(right) ? literalOf(left) : null
}

const isMinuteOfDay = (value: unknown): boolean =>
  JSON.stringify(value) === JSON.stringify({ '.': { left: { Var: 'context' }, attr: MEMBER } })

function literalOf(value: unknown): number | null {
  const literal = (value as Node | null)?.Value
  return typeof literal === 'number' && Number.isSafeInteger(literal) ? literal : null
}
