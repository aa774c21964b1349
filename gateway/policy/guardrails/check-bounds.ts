/**
 * Cedar reads, checks and evaluates by recursion, on a stack of 1 MiB inside its WebAssembly. A text that overflows it leaves the
 * module broken for the rest of the process (measured: 200 brackets in each other, 500 additions in a row). So a text is measured
 * before Cedar sees it. Brackets and signs are counted all over it, also in comments and strings, so that neither can hide any.
 */
const MOST_BRACKETS = 48
/** Whatever makes one expression hang on another: with the brackets it bounds how deep the tree of a policy can get. */
const MOST_LINKS = 96
const LINK = /&&|\|\||::|[.+*!<>=-]+|\b(?:if|in|is|has|like|when|unless)\b/g
/** Characters; the JSON Schema says the same. */
const LONGEST = 4096

/** Why a policy may not be handed to Cedar; null: it may. Attacker-controlled. */
export function checkBounds(policy: string): string | null {
  if (policy.length > LONGEST) return `is longer than ${LONGEST} characters`
  const brackets = policy.match(/[([{]/g)?.length ?? 0
  if (brackets > MOST_BRACKETS) return `has more than ${MOST_BRACKETS} opening brackets: ${SPLIT}`
  const links = policy.match(LINK)?.length ?? 0
  return links > MOST_LINKS ? `has more than ${MOST_LINKS} operators: ${SPLIT}` : null
}

const SPLIT = 'make several guardrails of it'
