import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What this machine remembers of witnesses' refusals, so that a database put back cannot make it forget. */
export interface Remembered {
  /** Texts of conflicts. */
  readonly conflicts: readonly string[]
  /** Texts of recoveries whose signatures held here. */
  readonly recoveries: readonly string[]
}

const NOTHING: Remembered = { conflicts: [], recoveries: [] }

/** DATA_DIR/witnesses.json, replaced whole. Several processes of a machine may add to it. */
export class WitnessMemory {
  readonly #path: string
  #known: Remembered

  /** Throws where the file is damaged: it must not read as one that remembers nothing. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.#path = join(directory, 'witnesses.json')
    this.#known = this.#read()
  }

  get known(): Remembered {
    return this.#known
  }

  /** Durable once it returns; a crash leaves the file before or the one after. */
  add({ conflicts, recoveries }: Remembered): void {
    const known = this.#known
    const isNew = [
      conflicts.some(text => !known.conflicts.includes(text)),
      recoveries.some(text => !known.recoveries.includes(text)),
    ]
    if (!isNew.includes(true)) return
    const stored = this.#read()
    const next: Remembered = {
      conflicts: union(union(stored.conflicts, known.conflicts), conflicts),
      recoveries: union(union(stored.recoveries, known.recoveries), recoveries),
    }
    writeFileSync(`${this.#path}.${process.pid}.new`, `${JSON.stringify(next, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    })
    renameSync(`${this.#path}.${process.pid}.new`, this.#path)
    this.#known = next
  }

  #read(): Remembered {
    if (!existsSync(this.#path)) return NOTHING
    const { conflicts, recoveries } = parsed(readFileSync(this.#path, 'utf8'))
    if (!isTexts(conflicts) || !isTexts(recoveries))
      throw new Error(`${this.#path} is damaged: restore it from its backup`)
    return { conflicts, recoveries }
  }
}

const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])]

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(text => typeof text === 'string')

function parsed(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) as Record<string, unknown> | null) ?? {}
  } catch {
    return {}
  }
}
