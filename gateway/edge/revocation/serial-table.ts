/** RFC 5280 section 4.1.2.2: a serial number has at most 20 octets. */
const MAX_OCTETS = 20
/** One octet says how long the number is (plus one; 0: the slot is free), then the number. */
const SLOT = MAX_OCTETS + 1

/**
 * Serial numbers in one block of memory, by open addressing: a worker hands it over without copying, a lookup costs the same
 * among none and among 100,000, and the garbage collector sees one object.
 */
export interface SerialTable {
  readonly count: number
  /** A power of two of slots, at most half of them taken. */
  readonly slots: Uint8Array<ArrayBuffer>
}

/** Null where one has more than 20 octets. `serials` are big-endian; leading zeros do not count. */
export function makeSerialTable(serials: readonly Uint8Array[]): SerialTable | null {
  let capacity = 8
  while (capacity < serials.length * 2) capacity *= 2
  const slots = new Uint8Array(capacity * SLOT)
  let count = 0
  for (const serial of serials) {
    const bare = withoutZeros(serial)
    if (bare.length > MAX_OCTETS) return null
    const at = find(slots, bare)
    if (slots[at] === 0) {
      slots[at] = bare.length + 1
      slots.set(bare, at + 1)
      count++
    }
  }
  return { count, slots }
}

/** Whether a serial number (hex, as node:crypto shows it) is in the table; null: it is none that a list can name. */
export function hasSerial({ slots }: SerialTable, serial: string): boolean | null {
  const bytes = Buffer.from(serial.length % 2 === 0 ? serial : `0${serial}`, 'hex')
  const bare = withoutZeros(bytes)
  // Buffer.from stops at the first character that is no hex digit.
  if (bytes.length * 2 < serial.length || bare.length > MAX_OCTETS) return null
  return slots[find(slots, bare)] !== 0
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  let from = 0
  while (bytes[from] === 0) from++
  return from === 0 ? bytes : bytes.subarray(from)
}

/** Where the number stands, or the free slot where it would. */
function find(slots: Uint8Array, bare: Uint8Array): number {
  const mask = slots.length / SLOT - 1
  for (let slot = hash(bare) & mask; ; slot = (slot + 1) & mask) {
    const at = slot * SLOT
    if (slots[at] === 0 || isAt(slots, at, bare)) return at
  }
}

function isAt(slots: Uint8Array, at: number, bare: Uint8Array): boolean {
  if (slots[at] !== bare.length + 1) return false
  for (let i = 0; i < bare.length; i++) if (slots[at + 1 + i] !== bare[i]) return false
  return true
}

/** FNV-1a, 32 bits: spreads serial numbers that count upwards as well as random ones. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193)
  // The low bits of FNV depend on the low bits of the input only.
  return (value ^ (value >>> 15)) >>> 0
}
