// The smallest double needs 326 characters without an exponent. Bounds the work below, which is not linear.
const MAX_LITERAL = 400

const LITERAL = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

// Decimal digits and exponent as text: two spellings of one number (1.50, 15e-1) become one.
function normalise(literal: string): string {
  const [, whole = '', decimals = '', exponent = '0'] = LITERAL.exec(literal) ?? []
  const digits = (whole + decimals).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${significant}e${Number(exponent) - decimals.length + (digits.length - significant.length)}`
}

/**
 * Whether a double holds exactly the number that a JSON literal spells, so that every system on the way reads the same one
 * (RFC 8259 section 6). An integer literal must be within ±(2^53 - 1). Another one must neither overflow nor vanish, and its
 * significant digits must be those of the shortest decimal that reads back as the same double: 0.1 is held, 0.12345678901234567890 is not.
 * A literal over 400 characters is not held, whatever it spells.
 * @param literal a number of the JSON grammar
 */
export function isExactNumber(literal: string): boolean {
  if (literal.length > MAX_LITERAL) return false
  const value = Number(literal)
  if (/^-?\d+$/.test(literal)) return Number.isSafeInteger(value)
  return Number.isFinite(value) && normalise(literal) === normalise(String(value))
}
