import type { Settings } from '../settings.ts'

/** What one look found; `detail` says how to mend it where something is wrong. */
export interface Result {
  readonly state: 'good' | 'warning' | 'wrong'
  readonly what: string
  readonly detail: string
}

export type Check = (settings: Settings) => Promise<readonly Result[]>
