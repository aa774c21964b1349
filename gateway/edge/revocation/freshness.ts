import type { Binding } from '../../domain/binding.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Freshness } from './crl-index.ts'
import type { IssuerPlan } from './plan.ts'

/** Until when the lists that an issuer's chains need can be relied on. */
export interface IssuerFreshness {
  readonly issuer: string
  /** `grace`: a list is past its nextUpdate and serves on for a while. `unknown`: the issuer's certificates are refused. */
  readonly state: 'fresh' | 'grace' | 'unknown'
  /** When the first of its lists is past its nextUpdate; null: one is missing, or none is needed. */
  readonly until: Instant | null
  /** Whole seconds; 0: past. */
  readonly freshSeconds: number
  /** Whole seconds that the grace will last or still lasts; 0: there is none, or it is over. */
  readonly graceSeconds: number
}

/** A year: what is said of an issuer that needs no list. */
const NO_LIST_SECONDS = 31_536_000

export function freshnessOf(
  { name, lists, graceMicros }: IssuerPlan,
  of: (authority: Binding) => Freshness | null,
  at: Instant,
): IssuerFreshness {
  const found = lists.map(of)
  if (found.includes(null)) return { issuer: name, state: 'unknown', until: null, freshSeconds: 0, graceSeconds: 0 }
  const held = found.filter(freshness => freshness !== null)
  const until = held.length === 0 ? null : (Math.min(...held.map(list => list.until)) as Instant)
  if (until === null)
    return { issuer: name, state: 'fresh', until, freshSeconds: NO_LIST_SECONDS, graceSeconds: graceMicros / 1e6 }
  const graceEnd = Math.min(...held.map(list => list.until + (list.wasFresh ? graceMicros : 0)))
  const freshSeconds = secondsBetween(at, until)
  const left = secondsBetween(Math.max(at, until), graceEnd)
  const state = at < until ? 'fresh' : at < graceEnd ? 'grace' : 'unknown'
  return { issuer: name, state, until, freshSeconds, graceSeconds: left }
}

const secondsBetween = (from: number, until: number): number => Math.max(0, Math.ceil((until - from) / 1e6))
