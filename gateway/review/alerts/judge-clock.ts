import type { Condition } from './condition.ts'

/** REQUIREMENTS TM-1 (NIST SP 800-53r5 AU-8): over 1 s alerts, over 10 s stops signing. */
export const ALERT_SECONDS = 1
export const STOP_SECONDS = 10

/** Two looks at a clock, and what the other side said in between; milliseconds since 1970. */
export interface ClockLook {
  readonly asked: number
  readonly answered: number
  /** What the other clock showed at some moment in between. */
  readonly theirs: number
  /** The other side tells no finer than this: 1,000 for whole seconds. */
  readonly grainMillis?: number
}

/**
 * Seconds by which our clock is ahead of theirs, below 0 behind. What the way there and back, and a coarse answer, could explain is
 * taken for no difference: it is between half of that more and half of that less.
 */
export function driftOf({ asked, answered, theirs, grainMillis = 0 }: ClockLook): number {
  const middle = (asked + answered) / 2
  const difference = middle - (theirs + grainMillis / 2)
  const room = (answered - asked) / 2 + grainMillis / 2
  const sure = Math.max(0, Math.abs(difference) - room)
  return (Math.sign(difference) * sure) / 1000 || 0
}

/** A clock that another one was compared with. */
export interface Drift {
  /** `database`, `process NAME` or `authority NAME`. */
  readonly against: string
  readonly seconds: number
}

/** Which differences are worth an alert, as conditions of this process. */
export const judgeDrifts = (drifts: readonly Drift[], who: string): readonly Condition[] =>
  drifts
    .filter(({ seconds }) => Math.abs(seconds) > ALERT_SECONDS)
    .map(({ against, seconds }) => ({
      rule: 'clock-drift',
      subject: `${who}, ${against}`,
      detail: `the clock of ${who} is more than ${Math.abs(seconds) > STOP_SECONDS ? STOP_SECONDS : ALERT_SECONDS} s ${seconds > 0 ? 'ahead of' : 'behind'} that of ${against}`,
    }))

/** Whether nothing may be signed at the time that our clock shows. Only the database decides: authorities may be wrong alone. */
export const isUnreliable = (databaseDrift: number | null): boolean =>
  databaseDrift !== null && Math.abs(databaseDrift) > STOP_SECONDS
