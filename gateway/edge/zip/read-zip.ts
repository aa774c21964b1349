import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { err, ok, type Result } from '../../domain/result.ts'
import {
  CENTRAL_RECORD,
  centralRecord,
  END_RECORD,
  endRecords,
  type EntryFacts,
  isEntryName,
  LOCAL_HEADER,
  localHeader,
  MOST_16,
  MOST_32,
  ZIP64_END,
} from './zip-format.ts'

/** An open archive. Its contents are attacker-controlled; its form was checked. */
export interface OpenZip {
  /** In the order in which they lie in the file. */
  readonly names: readonly string[]
  /** The bytes of one file, or why they are not what the directory says. Throws a RangeError for a name that is not there. */
  read(name: string): Promise<Result<Buffer>>
  close(): Promise<void>
}

/** Bytes of one file, of the directory, and files: what is beyond is refused before it is read. */
const MOST_FILE = 64 * 1024 * 1024
const MOST_DIRECTORY = 256 * 1024 * 1024
const MOST_FILES = 1_000_000

/**
 * Opens an archive that `writeZip` made: every byte of it is either of a file or what `zip-format.ts` makes of the files' names,
 * sizes and checksums. Anything else is refused, a valid archive of another maker included: stored only, so nothing in it can
 * grow. An error says what is wrong; rejects where the file cannot be read.
 */
export async function openZip(path: string): Promise<Result<OpenZip>> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const entries = await readDirectory(file, size)
    if (!entries.ok) {
      await file.close()
      return entries
    }
    return ok(opened(file, entries.value))
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

function opened(file: FileHandle, entries: readonly EntryFacts[]): OpenZip {
  const byName = new Map(entries.map(entry => [entry.name, entry]))
  return {
    names: entries.map(({ name }) => name),
    async read(name) {
      const entry = byName.get(name)
      if (!entry) throw new RangeError(`there is no ${name}`)
      const expected = localHeader(entry)
      const bytes = await readAt(file, entry.offset, expected.length + entry.size)
      const content = bytes.subarray(expected.length)
      if (!bytes.subarray(0, expected.length).equals(expected)) return err(`the header of ${name} is not its own`)
      return crc32(content) === entry.crc ? ok(content) : err(`${name} has another checksum`)
    },
    close: () => file.close(),
  }
}

async function readDirectory(file: FileHandle, fileSize: number): Promise<Result<readonly EntryFacts[]>> {
  const found = await findDirectory(file, fileSize)
  if (!found.ok) return found
  const { offset, size, tail } = found.value
  const directory = await readAt(file, offset, size)
  const entries: EntryFacts[] = []
  const names = new Set<string>()
  let at = 0
  let expectedOffset = 0
  while (at < size) {
    const entry = readRecord(directory, at, expectedOffset)
    if (!entry || names.has(entry.name)) return err(`the directory is damaged at entry ${entries.length}`)
    const record = centralRecord(entry)
    if (!directory.subarray(at, at + record.length).equals(record))
      return err(`the directory says of ${entry.name} what no pack says`)
    if (entry.size > MOST_FILE) return err(`${entry.name} is too long`)
    if (entries.length === MOST_FILES) return err('too many files')
    names.add(entry.name)
    entries.push(entry)
    at += record.length
    expectedOffset += LOCAL_HEADER + entry.name.length + entry.size
  }
  if (expectedOffset !== offset) return err('there is something between the files and the directory')
  return tail.equals(endRecords({ entries: entries.length, offset, size }))
    ? ok(entries)
    : err('the end of the archive is not what it should be')
}

/** Where the directory should be: nothing stands behind the end record, so it lies at one place only. */
async function findDirectory(
  file: FileHandle,
  fileSize: number,
): Promise<Result<{ offset: number; size: number; tail: Buffer }>> {
  if (fileSize < END_RECORD) return err('it is too short for an archive')
  const end = await readAt(file, fileSize - END_RECORD, END_RECORD)
  const isFar = end.readUInt16LE(10) === MOST_16 || end.readUInt32LE(12) === MOST_32 || end.readUInt32LE(16) === MOST_32
  const tailSize = END_RECORD + (isFar ? ZIP64_END : 0)
  if (fileSize < tailSize) return err('it is too short for an archive')
  const tail = await readAt(file, fileSize - tailSize, tailSize)
  const size = isFar ? Number(tail.readBigUInt64LE(40)) : end.readUInt32LE(12)
  const offset = isFar ? Number(tail.readBigUInt64LE(48)) : end.readUInt32LE(16)
  if (offset + size + tailSize !== fileSize) return err('it was cut, or does not end like an archive of packs')
  if (size > MOST_DIRECTORY) return err('its directory is too long')
  return ok({ offset, size, tail })
}

/** What a record says; only what can differ is read, the rest is compared. */
function readRecord(directory: Buffer, at: number, offset: number): EntryFacts | null {
  if (at + CENTRAL_RECORD > directory.length) return null
  const length = directory.readUInt16LE(at + 28)
  const name = directory.toString('latin1', at + CENTRAL_RECORD, at + CENTRAL_RECORD + length)
  if (!isEntryName(name)) return null
  return { name, crc: directory.readUInt32LE(at + 16), size: directory.readUInt32LE(at + 20), offset }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) throw new Error('the file ended while it was read')
    done += bytesRead
  }
  return bytes
}
