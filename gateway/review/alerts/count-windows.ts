import type { AlertRule } from '../../configuration/objects.ts'

/** What happened to one party since the last look. */
export interface Happened {
  readonly event: AlertRule['event']
  /** A system; of TLS failures an address. */
  readonly subject: string
  /** Null: of no service. */
  readonly service: string | null
  readonly amount: number
}

/** A rule, a party, and how much it was within the rule's time. */
export interface Counted {
  readonly rule: string
  readonly subject: string
  readonly amount: number
}

/** A window is this many steps: as late as one of them may a count fall out of it. */
const STEPS = 60
/** Parties told apart under one rule; addresses are attacker-controlled. The rest is counted as one. */
const MOST_SUBJECTS = 2_000
export const OTHERS = 'others'

/** How much of what each rule counts has happened to each party within its time, in this process. */
export class CountWindows {
  /** By rule: by party: by step. */
  readonly #counts = new Map<string, Map<string, Map<number, number>>>()

  /** Adds what happened and forgets what is too old. `now` in milliseconds of a clock that does not step. */
  take(rules: readonly AlertRule[], happened: readonly Happened[], now: number): void {
    const known = new Set(rules.map(windowKey))
    for (const key of this.#counts.keys()) if (!known.has(key)) this.#counts.delete(key)
    for (const rule of rules) {
      const step = Math.max(1, Math.floor(rule.withinMillis / STEPS))
      const present = Math.floor(now / step)
      for (const { event, subject, service, amount } of happened)
        if (event === rule.event && (rule.service === null || rule.service === service))
          this.#add(windowKey(rule), subject, present, amount)
      this.#forget(windowKey(rule), present - STEPS)
    }
  }

  counted(rules: readonly AlertRule[]): readonly Counted[] {
    return rules.flatMap(rule =>
      [...(this.#counts.get(windowKey(rule)) ?? [])].map(([subject, steps]) => ({
        rule: rule.id,
        subject,
        amount: [...steps.values()].reduce((sum, amount) => sum + amount, 0),
      })),
    )
  }

  #add(key: string, party: string, step: number, amount: number): void {
    const subjects = this.#counts.get(key) ?? new Map<string, Map<number, number>>()
    this.#counts.set(key, subjects)
    const subject = subjects.has(party) || subjects.size < MOST_SUBJECTS ? party : OTHERS
    const steps = subjects.get(subject) ?? new Map<number, number>()
    subjects.set(subject, steps)
    steps.set(step, (steps.get(step) ?? 0) + amount)
  }

  #forget(key: string, until: number): void {
    const subjects = this.#counts.get(key)
    for (const [subject, steps] of subjects ?? []) {
      for (const step of steps.keys()) if (step <= until) steps.delete(step)
      if (steps.size === 0) subjects?.delete(subject)
    }
  }
}

/** A rule that was changed counts anew. */
const windowKey = ({ id, event, service, withinMillis }: AlertRule): string =>
  `${id} ${event} ${service ?? ''} ${withinMillis}`
