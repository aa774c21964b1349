/**
 * Cedar keeps each policy set that it has parsed under a name, and frees none. So there are two names: for the revision that is
 * obeyed, and for the next one or a candidate. Who has lost his place parses again; that costs time and changes no answer.
 */
const NAMES = ['guardrails-1', 'guardrails-2'] as const

const holders: (object | null)[] = NAMES.map(() => null)
let latest = 0

/** The name under which the holder's set is parsed; null where `parse` refuses it. */
export function slotFor(holder: object, parse: (name: string) => boolean): string | null {
  const present = holders.indexOf(holder)
  const at = present >= 0 ? present : 1 - latest
  const name = NAMES[at] ?? NAMES[0]
  if (present < 0) {
    // Whatever becomes of it: the former set is no longer to be relied on.
    holders[at] = null
    if (!parse(name)) return null
    holders[at] = holder
  }
  latest = at
  return name
}
