import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type LaneName, parseLaneName } from '../../domain/gateway-id.ts'
import type { HeadKeeper } from '../../log/lane-store.ts'

/** Two places, written in turn: a power cut that tears one leaves the other. A checkpoint is about 200 bytes. */
const SLOT_BYTES = 4096

interface OpenFile {
  readonly descriptor: number
  writes: number
}

/**
 * The newest signed head of each lane, one file a lane under DATA_DIR/heads/. Written into the page cache at every commit: it
 * survives the death of the process, and after a power cut it is at worst a little old (which only weakens what can be found).
 */
export class KeptHeads implements HeadKeeper {
  readonly #directory: string
  readonly #open = new Map<LaneName, OpenFile>()

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.#directory = directory
  }

  keep(lane: LaneName, checkpoint: string): void {
    const text = Buffer.from(`${checksum(checkpoint)}\n${checkpoint}`)
    if (text.length > SLOT_BYTES) throw new RangeError(`a checkpoint of ${text.length} bytes does not fit`)
    let file = this.#open.get(lane)
    if (!file) {
      file = { descriptor: openSync(join(this.#directory, lane), 'a+'), writes: 0 }
      closeSync(file.descriptor)
      file = { descriptor: openSync(join(this.#directory, lane), 'r+'), writes: this.#newestSlot(lane) + 1 }
      this.#open.set(lane, file)
    }
    const slot = Buffer.alloc(SLOT_BYTES)
    slot.set(text)
    writeSync(file.descriptor, slot, 0, SLOT_BYTES, (file.writes % 2) * SLOT_BYTES)
    file.writes++
  }

  /** The checkpoint of the larger size. A torn slot does not count. */
  read(lane: LaneName): string | null {
    const slots = this.#slots(lane)
    return slots[this.#newestSlot(lane)] || null
  }

  /** Every lane of which a head is kept here. */
  lanes(): readonly LaneName[] {
    return readdirSync(this.#directory).flatMap(name => {
      const lane = parseLaneName(name)
      return lane.ok ? [lane.value] : []
    })
  }

  /** Takes the head of a lane out of what counts, and keeps it in another directory: for people who look at what was lost. */
  setAside(lane: LaneName, directory: string): void {
    const open = this.#open.get(lane)
    if (open) closeSync(open.descriptor)
    this.#open.delete(lane)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    renameSync(join(this.#directory, lane), join(directory, lane))
  }

  close(): void {
    for (const { descriptor } of this.#open.values()) closeSync(descriptor)
    this.#open.clear()
  }

  #newestSlot(lane: LaneName): number {
    const [first = '', second = ''] = this.#slots(lane)
    return sizeIn(second) > sizeIn(first) ? 1 : 0
  }

  #slots(lane: LaneName): readonly string[] {
    let bytes: Buffer
    try {
      bytes = readFileSync(join(this.#directory, lane))
    } catch {
      return []
    }
    return [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)]
      .map(slot => slot.toString('utf8').replace(/\0+$/, ''))
      .map(slot => [slot.slice(0, slot.indexOf('\n')), slot.slice(slot.indexOf('\n') + 1)] as const)
      .map(([sum, text]) => (sum === checksum(text) ? text : ''))
  }
}

/** The size line of a checkpoint (C2SP tlog-checkpoint: the second), -1 where there is none. */
function sizeIn(checkpoint: string): number {
  const size = Number(checkpoint.split('\n')[1] ?? Number.NaN)
  return Number.isSafeInteger(size) ? size : -1
}

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex')
