import type { Setting } from './objects.ts'

/** What holds of every setting, told or not. */
export type Settings = { readonly [Id in Setting['id']]: Extract<Setting, { id: Id }> }

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What holds where nothing is said: the defaults of security level 3. */
export const DEFAULT_SETTINGS: Settings = {
  witnessing: { id: 'witnessing', required: 0, alertAfterMillis: 2 * MINUTE, stopAfterMillis: HOUR },
  timestamping: { id: 'timestamping', everyMillis: HOUR, alertAfterMillis: 6 * HOUR },
  retention: { id: 'retention', level: 3, months: 3 },
  'second-factor': { id: 'second-factor', approvals: 'accepted' },
  // At once: as many as a browser opens connections, and fewer than the office has to its database, so that nobody makes others wait.
  caps: { id: 'caps', systemPerSecond: 20_000, officerPerMinute: 600, officerConcurrent: 6 },
}

const known = new WeakMap<readonly Setting[], Settings>()

/** The settings of a configuration, defaults where it says nothing. The same object for the same list. */
export function effectiveSettings(settings: readonly Setting[]): Settings {
  const before = known.get(settings)
  if (before) return before
  const told = Object.fromEntries(settings.map(setting => [setting.id, setting]))
  const effective = { ...DEFAULT_SETTINGS, ...told }
  known.set(settings, effective)
  return effective
}
