import type { SchemaText } from '../configuration/objects.ts'
import type { Digest } from '../domain/digest.ts'
import { compileSchema, type Validator } from './compile-schema.ts'

/**
 * The validators of one process, compiled when first asked for and kept across revisions: a schema that a new revision still
 * has costs nothing again.
 */
export class Validators {
  readonly #byDigest = new Map<Digest, Validator>()

  /** Throws for a schema that does not compile: only approved schemas come here, and approval tried them. */
  get(schema: SchemaText): Validator {
    const known = this.#byDigest.get(schema.digest)
    if (known) return known
    const compiled = compileSchema(schema)
    if (!compiled.ok) throw new TypeError(`schema ${schema.digest}: ${compiled.error}`)
    this.#byDigest.set(schema.digest, compiled.value)
    return compiled.value
  }

  /** Drops all others: what no revision in use names. */
  retain(digests: ReadonlySet<Digest>): void {
    for (const digest of this.#byDigest.keys()) if (!digests.has(digest)) this.#byDigest.delete(digest)
  }

  get size(): number {
    return this.#byDigest.size
  }
}
