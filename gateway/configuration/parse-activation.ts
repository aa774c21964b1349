import type { Minute } from '../domain/instant.ts'
import { parseWindow } from './calendar.ts'
import type { AgreementDocument } from './document.ts'
import type { Activation } from './objects.ts'
import type { Report } from './report.ts'

/** An emergency that lasts longer is decided on anew, by two. */
export const LONGEST_ACTIVATION_MINUTES = 60

/**
 * The activation of a dormant agreement (break-glass); null: it has none; undefined after reporting what is wrong with it. `valid` is
 * the window of the agreement, outside of which nothing wakes it.
 */
export function parseActivation(
  { activation, dormant = false }: AgreementDocument,
  valid: { readonly from: Minute | null; readonly until: Minute | null } | undefined,
  pointer: string,
  report: Report,
): Activation | null | undefined {
  if (activation === undefined) return null
  const window = parseWindow(activation, pointer, report)
  if (!window || window.from === null || window.until === null) return undefined
  const { from, until } = window
  if (!dormant) report(pointer, 'only an agreement that says dormant: true is activated')
  else if (until - from > LONGEST_ACTIVATION_MINUTES)
    report(
      `${pointer}/until`,
      `an activation lasts at most ${LONGEST_ACTIVATION_MINUTES} minutes; decide on another one then`,
    )
  else if (valid && ((valid.from !== null && from < valid.from) || (valid.until !== null && until > valid.until)))
    report(pointer, 'lies outside the days on which the agreement is valid')
  else return { from, until, reason: activation.reason }
  return undefined
}
