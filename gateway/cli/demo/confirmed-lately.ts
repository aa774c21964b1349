/** What the agreements of deploy/demo, and the examples of the documentation, say. */
const WRITTEN = 'securityConfirmedOn: 2026-10-01'

/**
 * The text of a configuration file with the security confirmations of the demo world given anew on the first day of this month (UTC):
 * a confirmation carries exchanges for 6 months, and a newcomer may come later. The day is part of the configuration: in another
 * month the demo starts with another revision.
 */
export const confirmedLately = (text: string, now: Date): string =>
  text.replaceAll(WRITTEN, `securityConfirmedOn: ${firstOfMonth(now)}`)

export const firstOfMonth = (now: Date): string => `${now.toISOString().slice(0, 'YYYY-MM'.length)}-01`
