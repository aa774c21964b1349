import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Officer } from '../../gateway/configuration/objects.ts'
import { digestOf } from '../../gateway/domain/digest.ts'
import { parseOfficerId } from '../../gateway/domain/officer-id.ts'
import { must } from '../../gateway/domain/result.ts'
import { checkApproval, signApproval } from '../../gateway/identity/approval.ts'
import { readPeerCertificate } from '../../gateway/identity/peer-certificate.ts'
import { bindingOfKey, makeKey } from '../../gateway/pki/keys.ts'
import { realChain } from '../unit/identity/world.ts'

describe('an approval', () => {
  it('with any character changed, taken out or put in does not hold', () => {
    const key = makeKey('p256')
    const id = must(parseOfficerId('security-1'))
    const officers: Officer[] = [
      {
        id,
        name: 'a',
        roles: [],
        units: [],
        key: bindingOfKey(key),
        disabled: false,
        recoveredOn: null,
        secondFactor: false,
        authenticators: [],
      },
    ]
    const digest = digestOf('a')
    const token = signApproval(id, digest, key)
    const signed = (text: string) =>
      text
        .split('.')
        .map(part => Buffer.from(part, 'base64url').toString('hex'))
        .join('.')
    expect(checkApproval(token, digest, officers).ok).toBe(true)
    const edit = fc.record({
      at: fc.nat({ max: token.length - 1 }),
      cut: fc.integer({ min: 0, max: 1 }),
      put: fc.constantFrom('', 'A', 'B', '_', '.', '=', ' ', '\n'),
    })
    fc.assert(
      fc.property(edit, ({ at, cut, put }) => {
        const changed = token.slice(0, at) + put + token.slice(at + cut)
        // Two spellings of the same bytes say the same: the stored text of the revision tells them apart.
        if (signed(changed) === signed(token)) return
        expect(checkApproval(changed, digest, officers).ok).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('readPeerCertificate', () => {
  it('never throws, whatever bytes a peer sends', async () => {
    const { ders } = await realChain()
    const [leaf = new Uint8Array()] = ders
    const bytes = fc.record({ at: fc.nat({ max: leaf.length - 1 }), value: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(bytes, ({ at, value }) => {
        const changed = Uint8Array.from(leaf)
        changed[at] = value
        const read = readPeerCertificate([changed, ...ders.slice(1)])
        if (read.ok) expect(Number.isFinite(read.value.validFrom) && Number.isFinite(read.value.validUntil)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
