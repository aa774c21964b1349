import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, parseDigest } from '../domain/digest.ts'

/** What this machine remembers by itself, so that a database put back cannot make it forget. */
export interface LocalState {
  /** Digest of revision 0. Null before the genesis. */
  readonly genesis: Digest | null
  /** The highest revision ever obeyed here, and its digest. */
  readonly highest: { readonly number: number; readonly digest: Digest } | null
}

const NOTHING: LocalState = { genesis: null, highest: null }

/** DATA_DIR/state.json, replaced whole. */
export class LocalStateFile {
  readonly path: string
  #state: LocalState

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.path = join(directory, 'state.json')
    this.#state = existsSync(this.path) ? read(this.path) : NOTHING
  }

  get state(): LocalState {
    return this.#state
  }

  /** A crash leaves the state before or the state after. */
  write(state: LocalState): void {
    writeFileSync(`${this.path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flush: true })
    renameSync(`${this.path}.new`, this.path)
    this.#state = state
  }
}

function read(path: string): LocalState {
  const { genesis, highest } = JSON.parse(readFileSync(path, 'utf8')) as Partial<LocalState>
  const digests = [genesis, highest?.digest].filter(digest => digest !== null && digest !== undefined)
  if (!digests.every(digest => parseDigest(digest).ok))
    throw new Error(`${path} is damaged: restore it from its backup`)
  return { genesis: genesis ?? null, highest: highest ?? null }
}
