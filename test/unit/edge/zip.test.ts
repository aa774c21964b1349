import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPromise } from 'yauzl'
import { ZipFile } from 'yazl'
import { openZip } from '../../../gateway/edge/zip/read-zip.ts'
import { writeZip, type ZipFile as File } from '../../../gateway/edge/zip/write-zip.ts'
import { centralRecord, endRecords } from '../../../gateway/edge/zip/zip-format.ts'
import { collected } from '../../support/packs/pack-world.ts'

const files: readonly File[] = [
  { name: 'mimetype', bytes: Buffer.from('application/vnd.etsi.asic-e+zip') },
  { name: 'empty', bytes: Buffer.alloc(0) },
  { name: 'records/000001.json', bytes: Buffer.from('{"v":1,"kind":"response"}') },
]

describe('an archive', () => {
  let directory: string
  let path: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-zip-'))
    path = join(directory, 'archive.zip')
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const written = async (of: Iterable<File> = files): Promise<Buffer> => Buffer.concat(await collected(writeZip(of)))
  const opened = async (bytes: Uint8Array): Promise<string | Record<string, string>> => {
    writeFileSync(path, bytes)
    const zip = await openZip(path)
    if (!zip.ok) return zip.error
    try {
      const contents: Record<string, string> = {}
      for (const name of zip.value.names) {
        const read = await zip.value.read(name)
        if (!read.ok) return read.error
        contents[name] = read.value.toString()
      }
      return contents
    } finally {
      await zip.value.close()
    }
  }

  it('is read as it was written, in order', async () => {
    const contents = await opened(await written())
    expect(Object.entries(contents)).toEqual(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]))
  })

  it('is what other programs read', async () => {
    writeFileSync(path, await written())
    expect(execFileSync('python3', ['-m', 'zipfile', '-t', path], { encoding: 'utf8' })).toContain('Done testing')
    const zip = await openPromise(path)
    const names: string[] = []
    for await (const entry of zip.eachEntry()) names.push(entry.fileName)
    expect(names).toEqual(files.map(({ name }) => name))
  })

  it('is refused with any bit changed, cut anywhere, or with a byte more', async () => {
    const bytes = await written()
    for (let at = 0; at < bytes.length; at++) {
      const edited = Buffer.from(bytes)
      edited[at] = (edited[at] ?? 0) ^ (1 << (at % 8))
      expect([at, typeof (await opened(edited))]).toEqual([at, 'string'])
      if (at % 7 === 0) expect([at, typeof (await opened(bytes.subarray(0, at)))]).toEqual([at, 'string'])
    }
    expect(typeof (await opened(Buffer.concat([bytes, Buffer.of(0)])))).toBe('string')
  })

  it('of another maker is refused, valid as it may be', async () => {
    const other = new ZipFile()
    other.addBuffer(Buffer.from('{}'), 'pack.json', { compress: false })
    other.end()
    expect(await opened(Buffer.concat((await collected(other.outputStream)) as Buffer[]))).toMatch(/says of pack.json/)
  })

  it.each(['../outside', '/absolute', 'a//b', 'a/./b', 'a/', '.hidden', 'a\\b', 'a b', '', 'ä', 'a'.repeat(101)])(
    'holds no file named %j, written or read',
    async name => {
      await expect(written([{ name, bytes: Buffer.alloc(0) }])).rejects.toThrow(TypeError)
    },
  )

  it('holds no name twice', async () => {
    await expect(written([...files, ...files])).rejects.toThrow('is already')
  })

  it('of more files than 65,534 is one of zip64, which others read too', async () => {
    const many = Array.from({ length: 66_000 }, (_, n) => ({ name: `f/${n}`, bytes: Buffer.of(n & 255) }))
    writeFileSync(path, await written(many))
    const zip = await openZip(path)
    if (!zip.ok) throw new Error(zip.error)
    expect(zip.value.names.length).toBe(many.length)
    expect(await zip.value.read('f/65999')).toEqual({ ok: true, value: Buffer.of(65_999 & 255) })
    await zip.value.close()
    const count = 'import sys,zipfile;print(len(zipfile.ZipFile(sys.argv[1]).namelist()))'
    expect(execFileSync('python3', ['-c', count, path], { encoding: 'utf8' }).trim()).toBe('66000')
  })

  it('of more than 4 GiB says so in records of zip64', () => {
    const offset = 5 * 2 ** 32
    const record = centralRecord({ name: 'a', crc: 1, size: 2, offset })
    // APPNOTE 4.4.16 and 4.5.3: the offset is all ones, and stands in the extra field.
    expect([record.readUInt32LE(42), record.readUInt16LE(47), record.readBigUInt64LE(51)]).toEqual([
      0xffffffff,
      1,
      BigInt(offset),
    ])
    const end = endRecords({ entries: 3, offset, size: 100 })
    expect([end.length, end.readUInt32LE(0), end.readBigUInt64LE(48)]).toEqual([98, 0x06064b50, BigInt(offset)])
  })
})
