import type { IssuerFreshness } from './freshness.ts'

/** Seconds before a list is past its nextUpdate when that is worth a warning. */
const SOON_SECONDS = 3_600

/** How near an issuer's certificates are to being refused. */
type Stage = 'fresh' | 'soon' | 'grace' | 'half' | 'tenth' | 'unknown'
const STAGES: readonly Stage[] = ['fresh', 'soon', 'grace', 'half', 'tenth', 'unknown']

export interface StaleAlerts {
  warn(message: string, fields: Readonly<Record<string, unknown>>): void
  error(message: string, fields: Readonly<Record<string, unknown>>): void
}

/**
 * Says in the operations log when the lists of an issuer are about to be of no use: an hour before they are stale, when a grace begins,
 * with half and with a tenth of it left, and when it is over. Each once, until they are fresh again.
 */
export class AlertStale {
  readonly #log: StaleAlerts
  #graces: ReadonlyMap<string, number> = new Map()
  readonly #said = new Map<string, number>()

  constructor(log: StaleAlerts) {
    this.#log = log
  }

  /** Seconds of each issuer's whole grace, from now on. */
  follow(graces: ReadonlyMap<string, number>): void {
    this.#graces = graces
  }

  look(issuers: readonly IssuerFreshness[]): void {
    for (const issuer of issuers) {
      const stage = this.#stageOf(issuer)
      const rank = STAGES.indexOf(stage)
      const said = this.#said.get(issuer.issuer) ?? 0
      this.#said.set(issuer.issuer, rank)
      if (rank > said) this.#say(stage, issuer)
    }
  }

  #stageOf({ issuer, state, freshSeconds, graceSeconds }: IssuerFreshness): Stage {
    if (state === 'unknown') return 'unknown'
    if (state === 'fresh') return freshSeconds > SOON_SECONDS ? 'fresh' : 'soon'
    const whole = this.#graces.get(issuer) ?? 0
    if (graceSeconds * 10 <= whole) return 'tenth'
    return graceSeconds * 2 <= whole ? 'half' : 'grace'
  }

  #say(stage: Stage, { issuer, freshSeconds, graceSeconds }: IssuerFreshness): void {
    if (stage === 'unknown')
      this.#log.error('the certificates of an issuer are refused: no fresh revocation list is left', { issuer })
    else if (stage === 'soon') this.#log.warn('a revocation list is about to go stale', { issuer, freshSeconds })
    else
      this.#log.error('a revocation list is stale: its issuer is refused when the grace is over', {
        issuer,
        graceSeconds,
      })
  }
}
