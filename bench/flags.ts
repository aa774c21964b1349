/** A flag that is a whole number between two others. Throws a RangeError that names it. */
export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${flag}: a whole number from ${least} to ${most}`)
  return value
}
