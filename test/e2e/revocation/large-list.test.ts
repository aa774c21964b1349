import { beforeAll, describe, expect, it } from '@jest/globals'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { instantOfMillis, type Instant } from '../../../gateway/domain/instant.ts'
import { CrlIndex } from '../../../gateway/edge/revocation/crl-index.ts'
import { readCrlsAside } from '../../../gateway/edge/revocation/read-crls-aside.ts'
import { bindingOfKey, spkiOf } from '../../../gateway/pki/keys.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'
import { newAuthority } from '../../support/refusals/certificates.ts'
import { listOf } from '../../support/revocation/own-issuer.ts'

const ENTRIES = 100_000
/** The aim is 100 ms; a machine that runs other tests beside this one may stand still for longer. */
const GENEROUS_STALL_MILLIS = 1_000
/** Distinct serial numbers of 16 octets. */
const serialOf = (n: number): string =>
  (0x4000_0000 + n).toString(16) + (n * 2_654_435_761).toString(16).padStart(24, '0')
const worker = pathToFileURL(join(import.meta.dirname, '../../../dist/gateway/edge/revocation/read-crls-worker.js'))
const now = (): Instant => instantOfMillis(Date.now())
const tell = (text: string): void => void process.stderr.write(`  ${text}\n`)

describe('a list of 100,000 entries', () => {
  let authority: Authority
  let lists: ReadonlyMap<number, Uint8Array>
  const newIndex = () => new CrlIndex({ read: readCrlsAside(worker), now })
  const keys = () => [new Uint8Array(spkiOf(authority.key))]

  beforeAll(async () => {
    authority = await newAuthority('Large')
    lists = new Map(
      [0, 1_000, ENTRIES].map(count => {
        const revoked = Array.from({ length: count }, (_, n) => serialOf(n))
        return [count, Buffer.from(listOf(authority, { number: count + 1, revoked }))]
      }),
    )
  })

  it('is read aside: the event loop goes on', async () => {
    const index = newIndex()
    let last = performance.now()
    let stall = 0
    const beat = setInterval(() => {
      const at = performance.now()
      stall = Math.max(stall, at - last)
      last = at
    }, 5)
    const began = performance.now()
    const report = await index.load(lists.get(ENTRIES) as Uint8Array, keys())
    await new Promise(resolve => setTimeout(resolve, 20))
    clearInterval(beat)
    tell(
      `${ENTRIES} entries in ${Math.round(last - began)} ms, the event loop stood still for ${Math.round(stall)} ms at most`,
    )
    expect(report).toEqual({ loaded: 1, problems: [] })
    const status = (n: number) => index.statusOf(bindingOfKey(authority.key), serialOf(n), now())
    expect([status(0), status(ENTRIES - 1), status(ENTRIES)]).toEqual(['revoked', 'revoked', 'good'])
    expect(stall).toBeLessThan(GENEROUS_STALL_MILLIS)
  })

  it('costs a lookup no more than an empty one', async () => {
    const nanos = new Map<number, number>()
    for (const [count, bytes] of lists) {
      const index = newIndex()
      await index.load(bytes, keys())
      nanos.set(count, lookupNanos(index))
    }
    tell([...nanos].map(([count, each]) => `${count} entries: ${Math.round(each)} ns a lookup`).join('; '))
    // Flat but for what the caches of the processor do; a search through the list would be thousands of times slower.
    expect(nanos.get(ENTRIES) ?? 0).toBeLessThan((nanos.get(0) ?? 0) * 20)
  })

  /** Of serial numbers that are not in the list, the usual case. The best of several rounds. */
  function lookupNanos(index: CrlIndex): number {
    const key = bindingOfKey(authority.key)
    const asked = Array.from({ length: 1_000 }, (_, n) => serialOf(ENTRIES + n * 7))
    const at = now()
    let best = Infinity
    for (let round = 0; round < 30; round++) {
      const began = performance.now()
      for (const serial of asked) if (index.statusOf(key, serial, at) !== 'good') throw new Error('not good')
      best = Math.min(best, ((performance.now() - began) * 1e6) / asked.length)
    }
    return best
  }
})
