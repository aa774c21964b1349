import { mkdirSync, readdirSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SignedCrl } from './read-crls.ts'

/**
 * The newest list of each authority, kept in a directory of this machine: so that an older one cannot be replayed behind a restart,
 * and a restart does not need the distribution point.
 */
export class KeptCrls {
  readonly #directory: string
  #writing: Promise<void> = Promise.resolve()

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.#directory = directory
  }

  /** Paths of what is kept. */
  paths(): readonly string[] {
    return readdirSync(this.#directory)
      .filter(name => name.endsWith('.crl'))
      .sort()
      .map(name => join(this.#directory, name))
  }

  /**
   * Keeps a list in the place of the one before, behind those that are being written. A crash leaves the one before: until the next
   * list is kept, that one can be replayed.
   */
  keep({ signer, der }: SignedCrl): Promise<void> {
    const path = join(this.#directory, `${signer}.crl`)
    const write = async (): Promise<void> => {
      await writeFile(`${path}.new`, der, { mode: 0o600, flush: true })
      await rename(`${path}.new`, path)
    }
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => undefined)
    return written
  }

  read(path: string): Promise<Uint8Array> {
    return readFile(path)
  }

  /** Resolves when nothing is being written any more. */
  settled(): Promise<void> {
    return this.#writing
  }
}
