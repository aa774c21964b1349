/** One value of DER: `start` is its first byte, `from` and `end` bound its content. */
export interface DerValue {
  readonly tag: number
  readonly start: number
  readonly from: number
  readonly end: number
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** What is wrong with bytes that should be DER. Thrown inside a parser and caught where it began. */
export class DerError extends Error {}

/** 4 octets of length reach beyond anything that is read here. */
const MAX_LENGTH_OCTETS = 4

/**
 * Walks over DER (X.690 section 10) without building a tree: a revocation list of 100,000 entries costs one pass.
 * Strict: definite and shortest lengths, one-byte tags, nothing beyond the end. Attacker-controlled: the bytes come from outside.
 */
export class DerReader {
  readonly bytes: Uint8Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.bytes = bytes
    this.#at = from
    this.#end = end
  }

  get more(): boolean {
    return this.#at < this.#end
  }

  /** The tag of the next value; -1 at the end. */
  get peek(): number {
    return this.more ? (this.bytes[this.#at] ?? -1) : -1
  }

  /** The next value, which has to carry this tag where one is named. Throws DerError. */
  next(tag?: number): DerValue {
    const start = this.#at
    if (this.#end - start < 2) throw new DerError('ends too early')
    const found = this.bytes[start] ?? 0
    if ((found & 0x1f) === 0x1f) throw new DerError('a tag of several bytes')
    if (tag !== undefined && found !== tag) throw new DerError(`tag ${found} in the place of ${tag}`)
    const first = this.bytes[start + 1] ?? 0
    const from = start + 2 + (first < 0x80 ? 0 : first & 0x7f)
    const end = from + (first < 0x80 ? first : this.#longLength(start + 2, first & 0x7f))
    if (end > this.#end) throw new DerError('a length beyond the end')
    this.#at = end
    return { tag: found, start, from, end }
  }

  #longLength(from: number, octets: number): number {
    if (octets === 0 || octets > MAX_LENGTH_OCTETS || from + octets > this.#end)
      throw new DerError('a length that is not definite')
    let length = 0
    for (let i = from; i < from + octets; i++) length = length * 256 + (this.bytes[i] ?? 0)
    if (length < 0x80 || (this.bytes[from] ?? 0) === 0) throw new DerError('a length that is not the shortest')
    return length
  }

  /** A reader of what lies inside a value. */
  inside({ from, end }: DerValue): DerReader {
    return new DerReader(this.bytes, from, end)
  }

  content({ from, end }: DerValue): Uint8Array {
    return this.bytes.subarray(from, end)
  }

  /** The value with its tag and length. */
  whole({ start, end }: DerValue): Uint8Array {
    return this.bytes.subarray(start, end)
  }

  /** Throws DerError where something is left. */
  finish(): void {
    if (this.more) throw new DerError('bytes behind the end')
  }
}

/** The content of a BIT STRING that holds whole bytes. */
export function bytesOfBits(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new DerError('a bit string of broken bytes')
  return content.subarray(1)
}

/** Whole milliseconds of a UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 has them: to the second, in UTC. */
export function millisOfTime(reader: DerReader, value: DerValue): number {
  const text = Buffer.from(reader.content(value)).toString('latin1')
  const short = value.tag === TAG.utcTime
  if (!short && value.tag !== TAG.generalizedTime) throw new DerError('no time')
  const match = (short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(
    text,
  )
  if (match === null) throw new DerError('a time that cannot be read')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  // RFC 5280 section 4.1.2.5.1: 50 and above is the last century.
  const full = short ? year + (year >= 50 ? 1900 : 2000) : year
  const millis = Date.UTC(full, month - 1, day, hour, minute, second)
  const isSame = new Date(millis)
    .toISOString()
    .startsWith(`${String(full).padStart(4, '0')}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}`)
  if (!isSame) throw new DerError('no time of the calendar')
  return millis
}

/** Dotted form of an OBJECT IDENTIFIER's content (X.690 section 8.19). */
export function dotted(content: Uint8Array): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw new DerError('an object identifier too large')
    if (byte < 0x80) {
      arcs.push(arc)
      arc = 0
    }
  }
  const [first = 0, ...rest] = arcs
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join('.')
}
