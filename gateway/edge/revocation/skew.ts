/** A minute: how far the clock of an authority may be ahead of ours before what it signed counts as not valid yet. */
export const SKEW_MICROS = 60_000_000
