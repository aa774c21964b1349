import { afterEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeptCrls } from '../../../../gateway/edge/revocation/kept-crls.ts'
import { readCrls, type SignedCrl } from '../../../../gateway/edge/revocation/read-crls.ts'
import { must } from '../../../../gateway/domain/result.ts'
import { chain } from '../../pki/world.ts'
import { list, spki } from './world.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

describe('the lists that outlive a restart', () => {
  it('are the last of each authority, byte for byte, and can be read as they are', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lienthong-crls-'))
    directories.push(directory)
    const { issuing, root } = await chain('p256', 'p256')
    const keys = [issuing, root].map(spki)
    const read = (pem: string): SignedCrl => must(readCrls(Buffer.from(pem), keys)[0] ?? { ok: false, error: 'none' })
    const newest = read(list(issuing, ['0a'], { number: 2 }))
    const kept = new KeptCrls(directory)
    // Not waited for one by one: they must not overtake each other.
    void kept.keep(read(list(issuing, [], { number: 1 })))
    void kept.keep(newest)
    void kept.keep(read(list(root, [])))
    await kept.settled()
    const again = new KeptCrls(directory)
    const lists = await Promise.all(again.paths().map(async path => readCrls(await again.read(path), keys)))
    expect(lists).toHaveLength(2)
    expect(lists.flat().map(reading => reading.ok && reading.value.digest)).toContain(newest.digest)
    expect(readdirSync(directory).filter(name => !name.endsWith('.crl'))).toEqual([])
  })
})
