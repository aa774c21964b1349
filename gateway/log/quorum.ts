/** One witness's newest cosignature, its signature checked. */
export interface WitnessWord {
  readonly witness: string
  /** Seconds since 1970, by the witness's clock. */
  readonly time: number
  readonly size: number
}

export interface QuorumPolicy {
  /** How many have to agree; 0: none. */
  readonly required: number
  /** Of these at least one; null: whichever. */
  readonly outside: ReadonlySet<string> | null
}

export interface Quorum {
  /** Each of them has seen the log at this time or later: seconds since 1970. */
  readonly time: number
  /** Each of them vouches for the first so many leaves. */
  readonly size: number
}

/**
 * The latest time at which enough witnesses had seen the log as it is, from the newest word of each; null: there are not enough.
 * Words of different sizes count together: each says that its tree continues all that this witness has seen.
 */
export function findQuorum(words: readonly WitnessWord[], { required, outside }: QuorumPolicy): Quorum | null {
  const newestFirst = words.toSorted((a, b) => b.time - a.time)
  const chosen: WitnessWord[] = []
  for (const word of newestFirst) {
    // The last place is kept for one from outside until there is one.
    const needsOutside = outside !== null && !chosen.some(({ witness }) => outside.has(witness))
    if (chosen.length >= required - 1 && needsOutside && !outside.has(word.witness)) continue
    chosen.push(word)
    if (chosen.length >= Math.max(required, 1) && (outside === null || chosen.some(w => outside.has(w.witness)))) break
  }
  const hasOutside = outside === null || chosen.some(({ witness }) => outside.has(witness))
  if (chosen.length < Math.max(required, 1) || !hasOutside) return null
  return { time: Math.min(...chosen.map(({ time }) => time)), size: Math.min(...chosen.map(({ size }) => size)) }
}
