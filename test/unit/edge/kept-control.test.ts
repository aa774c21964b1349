import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeptControlFile } from '../../../gateway/edge/kept-control.ts'
import { ControlMemory } from '../../../gateway/record/control-memory.ts'

const LEAF = Buffer.from('{"v":1,"kind":"lane","at":"2026-11-22T12:00:00.000000Z","opened":"a"}')
const ROOT = Buffer.alloc(32, 7)

let directory: string
let path: string
let file: KeptControlFile
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lienthong-kept-'))
  path = join(directory, 'control.json')
  file = new KeptControlFile(directory)
  const memory = new ControlMemory()
  memory.take(3, LEAF)
  file.write({ memory, root: ROOT })
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('KeptControlFile', () => {
  it('gives back what was written', () => {
    const kept = file.read()
    expect(kept?.memory.size).toBe(4)
    expect(kept?.memory.entries).toEqual([{ index: 3, leaf: Uint8Array.from(LEAF) }])
    expect(kept?.root).toEqual(ROOT)
  })

  it.each<[string, () => void]>([
    ['absent', () => rmSync(path)],
    ['empty', () => writeFileSync(path, '')],
    ['cut short', () => truncateSync(path, 100)],
    ['changed', () => writeFileSync(path, readFileSync(path, 'utf8').replace('"size":4', '"size":5'))],
    ['no file of ours', () => writeFileSync(path, 'x\n{}')],
  ])('is nothing where it is %s', (_what, harm) => {
    harm()
    expect(file.read()).toBeNull()
  })
})
