import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { must } from '../../../gateway/domain/result.ts'
import { GENESIS, type RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { signApproval } from '../../../gateway/identity/approval.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import { approvalDigest, makeRevision, type StoredRevision } from '../../../gateway/snapshot/revision-text.ts'
import {
  type RevisionRefusal,
  verifyGenesis,
  verifyNext,
  type VerifiedRevision,
} from '../../../gateway/snapshot/verify-revision.ts'
import { id, revisionWorld, type RevisionWorld, withContent } from './world.ts'

let world: RevisionWorld
let before: VerifiedRevision
let changed: ConfigurationDocument
beforeAll(async () => {
  world = await revisionWorld()
  before = must(verifyGenesis(world.genesis, world.genesis.digest))
  changed = suspended(world.document)
})

const ONE = 1 as RevisionNumber
const suspended = (document: ConfigurationDocument): ConfigurationDocument => ({
  ...document,
  systems: document.systems.map((system, i) => (i === 1 ? { ...system, suspended: true } : system)),
})
const outcome = (result: ReturnType<typeof verifyNext>) => (result.ok ? 'verified' : result.error.reason)

describe('the genesis', () => {
  it('is obeyed when its digest is the pinned one', () => {
    expect(before).toMatchObject({ number: 0, digest: world.genesis.digest, officers: [] })
    expect(before.configuration.systems).toHaveLength(world.document.systems.length)
  })

  const texts: readonly (readonly [string, RevisionRefusal['reason'], () => StoredRevision])[] = [
    ['of another digest', 'genesis-not-pinned', () => makeRevision(GENESIS, null, changed, [])],
    ['whose text was changed behind its digest', 'digest-differs', () => ({ ...world.genesis, content: '{}' })],
  ]
  it.each(texts)('%s is refused: %s', (_, reason, make) => {
    expect(outcome(verifyGenesis(make(), world.genesis.digest))).toBe(reason)
  })

  it.each<[string, RevisionRefusal['reason'], () => StoredRevision]>([
    ['with a predecessor', 'chain-broken', () => makeRevision(GENESIS, digestOf('x'), world.document, [])],
    ['numbered 1', 'chain-broken', () => makeRevision(ONE, null, world.document, [])],
    ['that is no JSON', 'malformed', () => withContent(world.genesis, 'genesis')],
    ['that is null', 'malformed', () => withContent(world.genesis, 'null')],
    [
      'without a document',
      'malformed',
      () => withContent(world.genesis, '{"approvals":[],"number":0,"previous":null,"v":1}'),
    ],
    ['of version 2', 'malformed', () => withContent(world.genesis, world.genesis.content.replace('"v":1', '"v":2'))],
    ['with a space in it', 'malformed', () => withContent(world.genesis, `${world.genesis.content} `)],
    [
      'with one more member',
      'malformed',
      () => withContent(world.genesis, world.genesis.content.replace('"v":1', '"v":1,"w":1')),
    ],
    [
      'with a member twice',
      'malformed',
      () => withContent(world.genesis, world.genesis.content.replace('"v":1', '"v":1,"v":1')),
    ],
    [
      'with half a surrogate pair',
      'malformed',
      () => withContent(world.genesis, world.genesis.content.replace('"number":0', '"number":0,"x":"\\ud800"')),
    ],
    [
      'nested too deeply',
      'malformed',
      () =>
        withContent(
          world.genesis,
          world.genesis.content.replace('"number":0', `"number":0,"x":${'['.repeat(20_000)}${']'.repeat(20_000)}`),
        ),
    ],
    ['that does not hold together', 'invalid', () => makeRevision(GENESIS, null, { ...world.document, units: [] }, [])],
  ])('%s is refused although pinned: %s', (_, reason, make) => {
    const stored = make()
    expect(outcome(verifyGenesis(stored, stored.digest))).toBe(reason)
  })

  it('that does not hold together says what is wrong, and where', () => {
    const stored = makeRevision(GENESIS, null, { ...world.document, units: [] }, [])
    const verified = verifyGenesis(stored, stored.digest)
    expect(verified.ok ? [] : verified.error.errors).toContainEqual(expect.objectContaining({ file: 'revision 0' }))
  })
})

describe('the next revision', () => {
  it('is obeyed with the signatures of two security officers', () => {
    const stored = world.next(world.genesis, changed, ['security-1', 'security-2'])
    expect(must(verifyNext(stored, before))).toMatchObject({ number: 1, officers: ['security-1', 'security-2'] })
    expect(must(verifyNext(stored, before)).configuration.systems[1]?.suspended).toBe(true)
  })

  it('may be followed by another, and not by itself', () => {
    const first = world.next(world.genesis, changed, ['security-1', 'security-2'])
    const verified = must(verifyNext(first, before))
    const second = world.next(first, world.document, ['security-2', 'security-1'])
    expect(must(verifyNext(second, verified)).number).toBe(2)
    expect(outcome(verifyNext(first, verified))).toBe('chain-broken')
    expect(outcome(verifyNext(second, before))).toBe('chain-broken')
  })

  /** A document in which one officer is another than before. */
  const withOfficer = (name: string, changes: object): ConfigurationDocument => ({
    ...changed,
    officers: changed.officers.map(officer => (officer.id === name ? { ...officer, ...changes } : officer)),
  })
  const signed = (
    document: ConfigurationDocument,
    tokens: (digest: ReturnType<typeof digestOf>) => readonly string[],
  ) => makeRevision(ONE, world.genesis.digest, document, tokens(approvalDigest(ONE, world.genesis.digest, document)))

  it.each<[string, RevisionRefusal['reason'], () => StoredRevision]>([
    ['unsigned', 'not-approved', () => world.next(world.genesis, changed, [])],
    ['signed by one officer', 'not-approved', () => world.next(world.genesis, changed, ['security-1'])],
    [
      'signed by one officer twice',
      'not-approved',
      () => world.next(world.genesis, changed, ['security-1', 'security-1']),
    ],
    [
      'signed by an officer and an auditor',
      'not-approved',
      () => world.next(world.genesis, changed, ['security-1', 'auditor-1']),
    ],
    [
      'signed by two officers and an operator',
      'not-approved',
      () => world.next(world.genesis, changed, ['security-1', 'security-2', 'operator-1']),
    ],
    [
      'signed by somebody whom only the new revision knows',
      'not-approved',
      () => {
        const key = makeKey()
        const document = withOfficer('auditor-1', { roles: ['security-officer'], key: bindingOfKey(key) })
        return signed(document, digest => [
          signApproval(id('security-1'), digest, world.keys['security-1']),
          signApproval(id('auditor-1'), digest, key),
        ])
      },
    ],
    [
      'signed by an auditor whom the new revision makes a security officer',
      'not-approved',
      () =>
        world.next(world.genesis, withOfficer('auditor-1', { roles: ['security-officer'] }), [
          'security-1',
          'auditor-1',
        ]),
    ],
    [
      'signed over another text',
      'not-approved',
      () => {
        const other = approvalDigest(ONE, world.genesis.digest, world.document)
        return signed(changed, () => [
          signApproval(id('security-1'), other, world.keys['security-1']),
          signApproval(id('security-2'), other, world.keys['security-2']),
        ])
      },
    ],
    [
      'signed over the same text in another place of the chain',
      'not-approved',
      () => {
        const elsewhere = approvalDigest(ONE, digestOf('another genesis'), changed)
        return signed(changed, () => [
          signApproval(id('security-1'), elsewhere, world.keys['security-1']),
          signApproval(id('security-2'), elsewhere, world.keys['security-2']),
        ])
      },
    ],
    ['with a token that is none', 'not-approved', () => signed(changed, () => ['', 'x'])],
    [
      'behind another genesis',
      'chain-broken',
      () => world.next({ ...world.genesis, digest: digestOf('x') }, changed, ['security-1', 'security-2']),
    ],
    [
      'with a number left out',
      'chain-broken',
      () => world.next({ ...world.genesis, number: ONE }, changed, ['security-1', 'security-2']),
    ],
    [
      'filed under another number',
      'chain-broken',
      () => ({ ...world.next(world.genesis, changed, ['security-1', 'security-2']), number: 2 as RevisionNumber }),
    ],
    [
      'whose digest differs',
      'digest-differs',
      () => ({ ...world.next(world.genesis, changed, ['security-1', 'security-2']), digest: digestOf('x') }),
    ],
    [
      // The signatures hold over it, but its digest is another: two texts of one revision.
      'spelled in another way',
      'malformed',
      () => {
        const stored = world.next(world.genesis, changed, ['security-1', 'security-2'])
        return withContent(stored, JSON.stringify(JSON.parse(stored.content), null, 1))
      },
    ],
    [
      'that does not hold together',
      'invalid',
      () => world.next(world.genesis, { ...changed, services: [] }, ['security-1', 'security-2']),
    ],
    [
      'that would leave the zone of the genesis',
      'invalid',
      () =>
        world.next(world.genesis, { ...changed, genesis: { ...changed.genesis, zone: 'UTC' } }, [
          'security-1',
          'security-2',
        ]),
    ],
    [
      'that would turn the operator',
      'invalid',
      () =>
        world.next(world.genesis, { ...changed, genesis: { ...changed.genesis, operator: 'G99.21' } }, [
          'security-1',
          'security-2',
        ]),
    ],
    [
      'without a genesis part',
      'invalid',
      () => world.next(world.genesis, { ...changed, genesis: undefined } as never, ['security-1', 'security-2']),
    ],
  ])('%s is refused: %s', (_, reason, make) => {
    expect(outcome(verifyNext(make(), before))).toBe(reason)
  })

  it('signed by an officer whom the revision before disabled is refused', () => {
    const disabled = withOfficer('security-2', { disabled: true })
    const first = world.next(world.genesis, disabled, ['security-1', 'security-2'])
    const verified = must(verifyNext(first, before))
    expect(outcome(verifyNext(world.next(first, changed, ['security-1', 'security-2']), verified))).toBe('not-approved')
  })

  it('may itself disable one of its signers', () => {
    const disabled = withOfficer('security-2', { disabled: true })
    expect(outcome(verifyNext(world.next(world.genesis, disabled, ['security-1', 'security-2']), before))).toBe(
      'verified',
    )
  })
})
