/** What one exchange holds of the budget. */
export interface MemoryAccount {
  /** False: there is no room, and nothing was taken. */
  take(bytes: number): boolean
  /** Gives back all that was taken. */
  release(): void
}

/** Bytes of bodies that may be in memory at once over all exchanges: bodies are held whole, so this bounds the process. */
export class MemoryBudget {
  readonly #limit: number
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get used(): number {
    return this.#used
  }

  account(): MemoryAccount {
    let held = 0
    return {
      take: bytes => {
        if (this.#used + bytes > this.#limit) return false
        this.#used += bytes
        held += bytes
        return true
      },
      release: () => {
        this.#used -= held
        held = 0
      },
    }
  }
}
