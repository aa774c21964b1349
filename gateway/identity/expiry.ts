import type { Instant } from '../domain/instant.ts'

/** Days before its end at which a certificate is spoken of; 0 is the end itself. */
export const WARNING_DAYS = [0, 1, 7, 14, 30] as const
export type WarningDays = (typeof WARNING_DAYS)[number]

const DAY_MICROS = 86_400_000_000

/** Whole days until an end, rounded up: 1 on the last day; 0 and less behind it. */
export const daysUntil = (until: Instant, at: Instant): number => Math.ceil((until - at) / DAY_MICROS)

/** The nearest warning that a certificate has reached at this time; null where more than 30 days are left. Pure. */
export const warningAt = (until: Instant, at: Instant): WarningDays | null =>
  WARNING_DAYS.find(days => until - at <= days * DAY_MICROS) ?? null

/**
 * The warning that became due between two looks, once each: null where none did. A first look (`before` is null) gives the nearest
 * one, and a look after a long time gives the nearest of those passed meanwhile: the others would say less.
 */
export function warningBetween(until: Instant, before: Instant | null, at: Instant): WarningDays | null {
  const due = warningAt(until, at)
  return before !== null && warningAt(until, before) === due ? null : due
}
