/** Something that is wrong now, by the word of one process. One with the same rule and subject is the same one. */
export interface Condition {
  /** The code of a built-in alert, or the id of an alert rule. */
  readonly rule: string
  /** What it is about: a system, an agreement, a lane, an authority. */
  readonly subject: string
  /** For people, in words of ours; no text of a caller. */
  readonly detail: string
  /** Who made it so, and therefore does not review it. */
  readonly officers?: readonly string[]
}

export const keyOf = ({ rule, subject }: Pick<Condition, 'rule' | 'subject'>): string => `${rule} ${subject}`

/** How the parts of a process tell of what is wrong. Never throws, never waits: telling costs the teller nothing. */
export interface Alarm {
  /** It is so from now on, until `over`. */
  raise(condition: Condition): void
  over(rule: string, subject: string): void
  /** It happened: it counts as being so for a minute from now. */
  strike(condition: Condition): void
}
