import type { IBreaker } from 'cockatiel'

/**
 * Opens a circuit after this many failures without an acceptable answer between. That an answer came is no success yet: whether
 * it fits its description is known later (`end`), and a provider that answers rubbish every time has to be paused too.
 */
export class FailuresInARow implements IBreaker {
  state = 0
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  success(): void {
    // Said by `end` alone.
  }

  failure(): boolean {
    return ++this.state >= this.#most
  }

  /** An answer was acceptable. */
  end(): void {
    this.state = 0
  }
}
