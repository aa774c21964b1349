/** What is looked at, in this order. */
export const CHECKS = [
  'container',
  'control-lane',
  'control-records',
  'signature',
  'files',
  'lanes',
  'records',
  'revisions',
  'message-signatures',
  'witnesses',
  'timestamp',
  'payload',
] as const

export type CheckName = (typeof CHECKS)[number]

/** `not-checked`: there is nothing to check, or not the key to check it with; the detail says which. */
export interface Check {
  readonly name: CheckName
  readonly result: 'good' | 'wrong' | 'not-checked'
  readonly detail: string
}

/** Findings of one check that are told apart; the rest is counted. */
const MOST_FINDINGS = 20

/** Gathers what is found. A check with a finding is wrong whatever else is said of it. */
export class PackReport {
  readonly #wrong = new Map<CheckName, { details: string[]; count: number }>()
  readonly #said = new Map<CheckName, Check>()

  wrong(name: CheckName, detail: string): void {
    const found = this.#wrong.get(name) ?? { details: [], count: 0 }
    found.count++
    if (found.details.length < MOST_FINDINGS) found.details.push(detail)
    this.#wrong.set(name, found)
  }

  good(name: CheckName, detail: string): void {
    this.#said.set(name, { name, result: 'good', detail })
  }

  notChecked(name: CheckName, detail: string): void {
    this.#said.set(name, { name, result: 'not-checked', detail })
  }

  get isGood(): boolean {
    return this.#wrong.size === 0
  }

  /** Every check, in order. */
  checks(): readonly Check[] {
    return CHECKS.map(name => {
      const found = this.#wrong.get(name)
      if (!found)
        return this.#said.get(name) ?? { name, result: 'not-checked', detail: 'what comes before it is wrong' }
      const more = found.count > found.details.length ? `; and ${found.count - found.details.length} more` : ''
      return { name, result: 'wrong', detail: found.details.join('; ') + more }
    })
  }
}
