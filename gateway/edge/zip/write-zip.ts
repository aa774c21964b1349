import { crc32 } from 'node:zlib'
import { centralRecord, endRecords, type EntryFacts, isEntryName, localHeader } from './zip-format.ts'

export interface ZipFile {
  /** See isEntryName. */
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * The archive of some files, in their order, piece by piece: one file and the list of names are in memory at a time. Throws a
 * TypeError for a name that is none or comes twice.
 */
export async function* writeZip(files: AsyncIterable<ZipFile> | Iterable<ZipFile>): AsyncGenerator<Uint8Array> {
  const entries: EntryFacts[] = []
  const names = new Set<string>()
  let offset = 0
  for await (const { name, bytes } of files) {
    if (!isEntryName(name) || names.has(name)) throw new TypeError(`${name} cannot be in an archive, or is already`)
    names.add(name)
    const entry = { name, crc: crc32(bytes), size: bytes.length, offset }
    const header = localHeader(entry)
    entries.push(entry)
    offset += header.length + bytes.length
    yield header
    yield bytes
  }
  let size = 0
  for (let from = 0; from < entries.length; from += RECORDS_AT_ONCE) {
    const records = Buffer.concat(entries.slice(from, from + RECORDS_AT_ONCE).map(centralRecord))
    size += records.length
    yield records
  }
  yield endRecords({ entries: entries.length, offset, size })
}

const RECORDS_AT_ONCE = 1_000
