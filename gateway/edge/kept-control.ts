import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ControlMemory, type PlacedLeaf } from '../record/control-memory.ts'

/** What this machine has verified of the control lane, as far as `size`. */
export interface KeptControl {
  readonly memory: ControlMemory
  /** Of the lane at the size of the memory, 32 bytes. */
  readonly root: Uint8Array
}

const VERSION = 1

/**
 * DATA_DIR/control.json: spares a start the reading of the whole control lane, and is worth as much as the kept heads beside it. Lost,
 * damaged or torn by a power cut, it is made again from the lane.
 */
export class KeptControlFile {
  readonly #path: string

  constructor(directory: string) {
    this.#path = join(directory, 'control.json')
  }

  /** Null where there is none that is whole. */
  read(): KeptControl | null {
    try {
      const text = readFileSync(this.#path, 'utf8')
      const body = text.slice(text.indexOf('\n') + 1)
      if (text.slice(0, text.indexOf('\n')) !== checksum(body)) return null
      const { v, size, root, entries } = JSON.parse(body) as Body
      if (v !== VERSION) return null
      const leaves = entries.map(([index, leaf]): PlacedLeaf => ({ index, leaf: Buffer.from(leaf, 'base64') }))
      return { memory: new ControlMemory(size, leaves), root: Buffer.from(root, 'hex') }
    } catch {
      return null
    }
  }

  /** A crash leaves the one before, or this one. */
  write({ memory, root }: KeptControl): void {
    const entries = memory.entries.map(({ index, leaf }) => [index, Buffer.from(leaf).toString('base64')] as const)
    const body = JSON.stringify({ v: VERSION, size: memory.size, root: Buffer.from(root).toString('hex'), entries })
    writeFileSync(`${this.#path}.new`, `${checksum(body)}\n${body}`, { mode: 0o600 })
    renameSync(`${this.#path}.new`, this.#path)
  }
}

interface Body {
  readonly v: number
  readonly size: number
  readonly root: string
  readonly entries: readonly (readonly [number, string])[]
}

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex')
