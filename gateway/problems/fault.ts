import type { ProblemCode } from './catalogue.ts'

/**
 * Something that broke. What the caller learns (`code`) and what the operator learns (`cause`, `message`) are separate fields:
 * nobody has to edit messages against leaks.
 */
export class Fault extends Error {
  readonly code: ProblemCode

  constructor(code: ProblemCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'Fault'
    this.code = code
  }
}

/** The code that any thrown value becomes; what nobody foresaw is `internal`, without its text. */
export const codeOf = (thrown: unknown): ProblemCode => (thrown instanceof Fault ? thrown.code : 'internal')
