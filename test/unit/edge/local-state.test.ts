import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { LocalStateFile } from '../../../gateway/edge/local-state.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const GENESIS = digestOf('genesis')
const highest = { number: 7, digest: digestOf('revision 7') }

describe('the local state', () => {
  it('is empty before the first start', () => {
    expect(new LocalStateFile(join(folder, 'new')).state).toEqual({ genesis: null, highest: null })
  })

  it.each([[{ genesis: GENESIS, highest: null }], [{ genesis: GENESIS, highest }], [{ genesis: null, highest: null }]])(
    'is remembered by the next process: %j',
    state => {
      const file = new LocalStateFile(folder)
      file.write(state)
      expect(file.state).toEqual(state)
      expect(new LocalStateFile(folder).state).toEqual(state)
    },
  )

  it('is the state before where a crash left half a write', () => {
    new LocalStateFile(folder).write({ genesis: GENESIS, highest })
    writeFileSync(join(folder, 'state.json.new'), '{"gen')
    expect(new LocalStateFile(folder).state).toEqual({ genesis: GENESIS, highest })
  })

  it('is the owner’s alone', () => {
    const file = new LocalStateFile(folder)
    file.write({ genesis: GENESIS, highest })
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
  })

  it.each([
    // Whatever was damaged must not read as "nothing was ever obeyed here".
    ['an empty file', ''],
    ['half a file', '{"genesis":'],
    ['null', 'null'],
    ['a list', '[]'],
    ['an object without members', '{}'],
    ['no highest', JSON.stringify({ genesis: GENESIS })],
    ['no genesis', JSON.stringify({ highest })],
    ['a digest that is none', JSON.stringify({ genesis: 'abc', highest: null })],
    ['a highest without digest', JSON.stringify({ genesis: GENESIS, highest: { number: 7 } })],
    ['a highest without number', JSON.stringify({ genesis: GENESIS, highest: { digest: GENESIS } })],
    ['a number that is text', JSON.stringify({ genesis: GENESIS, highest: { ...highest, number: '7' } })],
    ['a number below 0', JSON.stringify({ genesis: GENESIS, highest: { ...highest, number: -1 } })],
    ['a digest in a list', JSON.stringify({ genesis: [GENESIS], highest: null })],
  ])('that is %s stops the start and names the file', (_, text) => {
    writeFileSync(join(folder, 'state.json'), text)
    expect(() => new LocalStateFile(folder)).toThrow(`${join(folder, 'state.json')} is damaged`)
  })
})
