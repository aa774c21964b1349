import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, parseDigest } from '../domain/digest.ts'
import { revisionNumber } from '../domain/revision-number.ts'

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

/** Strict: a file that was damaged must not read as one that remembers nothing. */
function read(path: string): LocalState {
  const state = stateIn(readFileSync(path, 'utf8'))
  if (state === null) throw new Error(`${path} is damaged: restore it from its backup`)
  return state
}

function stateIn(text: string): LocalState | null {
  try {
    const { genesis, highest } = JSON.parse(text) as { genesis?: unknown; highest?: unknown }
    const whole = (genesis === null || isDigest(genesis)) && (highest === null || isHighest(highest))
    return whole ? ({ genesis, highest } as LocalState) : null
  } catch {
    return null
  }
}

const isDigest = (value: unknown): boolean => typeof value === 'string' && parseDigest(value).ok

function isHighest(value: unknown): boolean {
  const { number, digest } = (value ?? {}) as { number?: unknown; digest?: unknown }
  return typeof number === 'number' && revisionNumber(number).ok && isDigest(digest)
}
