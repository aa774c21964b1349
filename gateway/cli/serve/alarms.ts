import { type Alarm, type Condition, keyOf } from '../../review/alerts/condition.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'

/** How long something that happened counts as being so. */
const STRIKE_MILLIS = 60_000

/** Looked at every few seconds: everything of its kind that is wrong now. */
export type Watcher = () => readonly Condition[] | Promise<readonly Condition[]>

interface Held {
  readonly condition: Condition
  /** Milliseconds; null: until it is over. */
  readonly until: number | null
  /** It is over, but nobody has been told yet that it was so. */
  isOver: boolean
}

/**
 * What is wrong now, by the word of this process. It tells its own log at once, whatever becomes of the database; and it forgets
 * nothing before it was reported: what begins and ends while the database is away is told when it is back.
 */
export class Alarms implements Alarm {
  readonly #log: Pick<OperationsLog, 'info' | 'warn'>
  readonly #now: () => number
  readonly #held = new Map<string, Held>()
  readonly #watchers: Watcher[] = []
  #told = new Map<string, Condition>()
  /** Something began: to be looked at now. */
  onRaised: () => void = () => undefined
  /** Of these the log tells as of something usual: a development world has two officers, and its user did not choose so. */
  isUsual: (condition: Condition) => boolean = () => false

  constructor(log: Pick<OperationsLog, 'info' | 'warn'>, now: () => number = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher)
  }

  raise(condition: Condition): void {
    this.#hold({ condition, until: null, isOver: false })
  }

  strike(condition: Condition): void {
    this.#hold({ condition, until: this.#now() + STRIKE_MILLIS, isOver: false })
  }

  over(rule: string, subject: string): void {
    const held = this.#held.get(keyOf({ rule, subject }))
    if (held) held.isOver = true
  }

  /** All that is so, or was since the last report. `beside`: what this look found by counting. */
  async look(beside: readonly Condition[] = []): Promise<readonly Condition[]> {
    const watched = await Promise.all(this.#watchers.map(async watcher => watcher()))
    for (const held of this.#held.values()) if (held.until !== null && held.until <= this.#now()) held.isOver = true
    const all = [...[...this.#held.values()].map(({ condition }) => condition), ...watched.flat(), ...beside]
    const present = new Map(all.map(condition => [keyOf(condition), condition]))
    this.#tell(present)
    return [...present.values()]
  }

  /** What `look` gave has reached the others: what is over may be forgotten. */
  reported(): void {
    for (const [key, { isOver }] of this.#held) if (isOver) this.#held.delete(key)
  }

  #hold(held: Held): void {
    const key = keyOf(held.condition)
    const isNew = !this.#held.has(key)
    this.#held.set(key, held)
    if (isNew) this.onRaised()
  }

  #tell(present: Map<string, Condition>): void {
    for (const [key, condition] of present) {
      if (this.#told.has(key)) continue
      const { rule, subject, detail } = condition
      this.#log[this.isUsual(condition) ? 'info' : 'warn']('alert', { rule, subject, detail })
    }
    for (const [key, { rule, subject }] of this.#told)
      if (!present.has(key)) this.#log.info('an alert is over', { rule, subject })
    this.#told = present
  }
}
