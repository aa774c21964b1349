import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeWhole } from '../../../gateway/cli/audit/write-whole.ts'

describe('a file that is whole or not there', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-whole-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const path = (): string => join(directory, 'pack.asice')
  const never = new AbortController().signal
  async function* pieces(between: () => void): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one ')
    between()
    yield Buffer.from('two')
  }

  it('has its name only when it is written', async () => {
    const size = await writeWhole(
      path(),
      pieces(() => expect(readdirSync(directory)).toEqual(['pack.asice.part'])),
      never,
    )
    expect([size, readFileSync(path(), 'utf8')]).toEqual([7, 'one two'])
    expect(readdirSync(directory)).toEqual(['pack.asice'])
  })

  it('is not there, and nothing else, where it was interrupted', async () => {
    const stop = new AbortController()
    expect(
      await writeWhole(
        path(),
        pieces(() => stop.abort()),
        stop.signal,
      ),
    ).toBeNull()
    expect(readdirSync(directory)).toEqual([])
  })

  it('is not there where making it failed', async () => {
    const failing = pieces(() => {
      throw new Error('the store went away')
    })
    await expect(writeWhole(path(), failing, never)).rejects.toThrow('the store went away')
    expect(readdirSync(directory)).toEqual([])
  })

  it('does not take the place of another, nor of one that is being written', async () => {
    writeFileSync(`${path()}.part`, 'another export')
    await expect(writeWhole(path(), pieces(Boolean), never)).rejects.toThrow(/is left of another export/)
    writeFileSync(path(), 'mine')
    await expect(writeWhole(path(), pieces(Boolean), never)).rejects.toThrow(/is there already/)
    expect(readFileSync(path(), 'utf8')).toBe('mine')
    expect(readFileSync(`${path()}.part`, 'utf8')).toBe('another export')
  })
})
