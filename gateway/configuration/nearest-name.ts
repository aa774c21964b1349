/** The candidate that `name` is most probably a slip of (at most two edits, or one in short names); null where none is near. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  const allowed = name.length > 4 ? 2 : 1
  const ranked = candidates
    .filter(candidate => Math.abs(candidate.length - name.length) <= allowed)
    .map(candidate => ({ candidate, distance: distanceBetween(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate ?? null
}

/** Levenshtein distance, row by row. Callers have bounded the difference of lengths; names are short. */
function distanceBetween(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substituted = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
