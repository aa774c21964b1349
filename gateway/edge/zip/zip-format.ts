/**
 * The one form of ZIP that evidence packs have (APPNOTE.TXT 6.3.10, sections 4.3 and 4.5): every entry stored, without data
 * descriptor, comment, extra field or time of its own. So there is exactly one archive of given contents, a reader can demand it
 * byte for byte, and nothing in a pack is outside what its signature covers.
 */

/** Of an entry, everything that its headers say. */
export interface EntryFacts {
  readonly name: string
  readonly crc: number
  readonly size: number
  /** Where its local header begins. */
  readonly offset: number
}

export const LOCAL_HEADER = 30
export const CENTRAL_RECORD = 46
export const END_RECORD = 22
/** Zip64 end of central directory and its locator, which come before the end record. */
export const ZIP64_END = 56 + 20

const LOCAL_SIGNATURE = 0x04034b50
const CENTRAL_SIGNATURE = 0x02014b50
const END_SIGNATURE = 0x06054b50
const ZIP64_END_SIGNATURE = 0x06064b50
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50

/** 4.4.3: 1.0 for stored files, 4.5 where a record is of zip64. */
const PLAIN = 10
const ZIP64 = 45
/** 1980-01-01, the first day that the format knows. */
const DAY = 0x0021

export const MOST_16 = 0xffff
export const MOST_32 = 0xffffffff
const ZIP64_EXTRA = 12

/** Letters, digits and `. _ - /`; relative, no empty or dotted step: it unpacks into its own directory and nowhere else. */
export const isEntryName = (name: string): boolean =>
  name.length <= 100 && /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(name)

export function localHeader({ name, crc, size }: Omit<EntryFacts, 'offset'>): Buffer {
  const header = Buffer.alloc(LOCAL_HEADER + name.length)
  header.writeUInt32LE(LOCAL_SIGNATURE, 0)
  header.writeUInt16LE(PLAIN, 4)
  header.writeUInt16LE(DAY, 12)
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(size, 18)
  header.writeUInt32LE(size, 22)
  header.writeUInt16LE(name.length, 26)
  header.write(name, LOCAL_HEADER, 'latin1')
  return header
}

export function centralRecord({ name, crc, size, offset }: EntryFacts): Buffer {
  const isFar = offset >= MOST_32
  const record = Buffer.alloc(CENTRAL_RECORD + name.length + (isFar ? ZIP64_EXTRA : 0))
  record.writeUInt32LE(CENTRAL_SIGNATURE, 0)
  record.writeUInt16LE(isFar ? ZIP64 : PLAIN, 4)
  record.writeUInt16LE(isFar ? ZIP64 : PLAIN, 6)
  record.writeUInt16LE(DAY, 14)
  record.writeUInt32LE(crc, 16)
  record.writeUInt32LE(size, 20)
  record.writeUInt32LE(size, 24)
  record.writeUInt16LE(name.length, 28)
  record.writeUInt16LE(isFar ? ZIP64_EXTRA : 0, 30)
  record.writeUInt32LE(isFar ? MOST_32 : offset, 42)
  record.write(name, CENTRAL_RECORD, 'latin1')
  if (isFar) {
    const extra = CENTRAL_RECORD + name.length
    record.writeUInt16LE(1, extra)
    record.writeUInt16LE(8, extra + 2)
    record.writeBigUInt64LE(BigInt(offset), extra + 4)
  }
  return record
}

export interface DirectoryFacts {
  readonly entries: number
  readonly offset: number
  readonly size: number
}

/** What stands behind the central directory, up to the end of the file. */
export function endRecords({ entries, offset, size }: DirectoryFacts): Buffer {
  const end = Buffer.alloc(END_RECORD)
  end.writeUInt32LE(END_SIGNATURE, 0)
  end.writeUInt16LE(Math.min(entries, MOST_16), 8)
  end.writeUInt16LE(Math.min(entries, MOST_16), 10)
  end.writeUInt32LE(Math.min(size, MOST_32), 12)
  end.writeUInt32LE(Math.min(offset, MOST_32), 16)
  if (!needsZip64({ entries, offset, size })) return end
  const far = Buffer.alloc(ZIP64_END)
  far.writeUInt32LE(ZIP64_END_SIGNATURE, 0)
  // 4.3.14.1: the size of the record without its first twelve bytes.
  far.writeBigUInt64LE(44n, 4)
  far.writeUInt16LE(ZIP64, 12)
  far.writeUInt16LE(ZIP64, 14)
  far.writeBigUInt64LE(BigInt(entries), 24)
  far.writeBigUInt64LE(BigInt(entries), 32)
  far.writeBigUInt64LE(BigInt(size), 40)
  far.writeBigUInt64LE(BigInt(offset), 48)
  far.writeUInt32LE(ZIP64_LOCATOR_SIGNATURE, 56)
  far.writeBigUInt64LE(BigInt(offset + size), 64)
  far.writeUInt32LE(1, 72)
  return Buffer.concat([far, end])
}

export const needsZip64 = ({ entries, offset, size }: DirectoryFacts): boolean =>
  entries >= MOST_16 || offset >= MOST_32 || size >= MOST_32
