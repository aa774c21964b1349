import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { instantOfMillis, millisOf } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import type { RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import { canonicalJson } from '../../../gateway/configuration/canonical-json.ts'
import {
  changeDigest,
  type ChangeSignature,
  type ChangeText,
  type SignedChange,
  type Verdict,
} from '../../../gateway/snapshot/change.ts'
import { makeGenesis, makeRevision, type StoredRevision } from '../../../gateway/snapshot/revision-text.ts'
import { signChange } from '../../../gateway/snapshot/sign-change.ts'
import {
  type RevisionRefusal,
  verifyGenesis,
  verifyNext as verifyNextAt,
  type VerifiedRevision,
} from '../../../gateway/snapshot/verify-revision.ts'
import {
  type Mischief,
  softwareAuthenticator,
  type SoftwareAuthenticator,
} from '../../support/office/software-authenticator.ts'
import { id, type Name, NOW, revisionWorld, type RevisionWorld, withContent } from './world.ts'

let world: RevisionWorld
let before: VerifiedRevision
let changed: ConfigurationDocument
beforeAll(async () => {
  world = await revisionWorld()
  before = must(verifyGenesis(world.genesis, world.genesis.digest))
  changed = renamed(world.document)
})

const ONE = 1 as RevisionNumber
const verifyNext = (stored: StoredRevision, prior: VerifiedRevision, at = NOW) => verifyNextAt(stored, prior, at)
const suspended = (document: ConfigurationDocument): ConfigurationDocument => ({
  ...document,
  systems: document.systems.map((system, i) => (i === 1 ? { ...system, suspended: true } : system)),
})
const renamed = (document: ConfigurationDocument): ConfigurationDocument => ({
  ...document,
  services: document.services.map((service, i) =>
    i === 0 ? { ...service, title: { en: 'Other', vi: 'Khác' } } : service,
  ),
})
const outcome = (result: ReturnType<typeof verifyNext>) => (result.ok ? 'verified' : result.error.reason)

describe('the genesis', () => {
  it('is obeyed when its digest is the pinned one', () => {
    expect(before).toMatchObject({ number: 0, digest: world.genesis.digest, officers: [] })
    expect(before.configuration.systems).toHaveLength(world.document.systems.length)
  })

  const texts: readonly (readonly [string, RevisionRefusal['reason'], () => StoredRevision])[] = [
    ['of another digest', 'genesis-not-pinned', () => makeGenesis(changed)],
    ['whose text was changed behind its digest', 'digest-differs', () => ({ ...world.genesis, content: '{}' })],
  ]
  it.each(texts)('%s is refused: %s', (_, reason, make) => {
    expect(outcome(verifyGenesis(make(), world.genesis.digest))).toBe(reason)
  })

  it.each<[string, RevisionRefusal['reason'], () => StoredRevision]>([
    [
      'with a predecessor',
      'chain-broken',
      () =>
        withContent(world.genesis, world.genesis.content.replace('"previous":null', `"previous":"${digestOf('x')}"`)),
    ],
    [
      'numbered 1',
      'chain-broken',
      () => withContent(world.genesis, world.genesis.content.replace('"number":0', '"number":1')),
    ],
    ['filed under number 1', 'chain-broken', () => ({ ...world.genesis, number: ONE })],
    ['that is no JSON', 'malformed', () => withContent(world.genesis, 'genesis')],
    ['that is null', 'malformed', () => withContent(world.genesis, 'null')],
    ['without a document', 'malformed', () => withContent(world.genesis, '{"number":0,"previous":null,"v":1}')],
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
    ['that does not hold together', 'invalid', () => makeGenesis({ ...world.document, units: [] })],
  ])('%s is refused although pinned: %s', (_, reason, make) => {
    const stored = make()
    expect(outcome(verifyGenesis(stored, stored.digest))).toBe(reason)
  })

  it('that does not hold together says what is wrong, and where', () => {
    const stored = makeGenesis({ ...world.document, units: [] })
    const verified = verifyGenesis(stored, stored.digest)
    expect(verified.ok ? [] : verified.error.errors).toContainEqual(expect.objectContaining({ file: 'revision 0' }))
  })
})

describe('the next revision', () => {
  it('is obeyed where one security officer proposed it and another approved', () => {
    const stored = world.next(before, changed, ['security-1', 'security-2'])
    const verified = must(verifyNext(stored, before))
    expect(verified).toMatchObject({ number: 1, officers: ['security-1', 'security-2'] })
    expect(verified.configuration.services[0]?.title.en).toBe('Other')
    expect(canonicalJson(verified.document)).toBe(canonicalJson(changed))
    expect(verified.chain).toEqual([world.genesis.digest, stored.digest])
  })

  it('may be followed by another, and not by itself', () => {
    const first = world.next(before, changed, ['security-1', 'security-2'])
    const verified = must(verifyNext(first, before))
    const second = world.next(verified, world.document, ['security-2', 'security-1'])
    expect(must(verifyNext(second, verified)).number).toBe(2)
    expect(outcome(verifyNext(first, verified))).toBe('chain-broken')
    expect(outcome(verifyNext(second, before))).toBe('chain-broken')
  })

  it('applies a change once: brought back behind its own rollback it fits again, and is refused', () => {
    const first = world.next(before, changed, ['security-1', 'security-2'])
    const one = must(verifyNext(first, before))
    const two = must(verifyNext(world.next(one, world.document, ['security-2', 'security-1']), one))
    const { change } = JSON.parse(first.content) as { change: SignedChange }
    expect(outcome(verifyNext(makeRevision(3 as RevisionNumber, two.digest, change), two))).toBe('not-approved')
  })

  it('recovers an idle officer on the word of two others, never on the officer’s own', () => {
    const recovered = (name: string): ConfigurationDocument => ({
      ...world.document,
      officers: world.document.officers.map(officer =>
        officer.id === name ? { ...officer, recoveredOn: '2026-11-22' } : officer,
      ),
    })
    const by = (name: string) =>
      outcome(verifyNext(world.next(before, recovered(name), ['security-1', 'security-2']), before))
    expect(by('auditor-1')).toBe('verified')
    expect(by('security-1')).toBe('not-approved')
    expect(by('security-2')).toBe('not-approved')
  })

  it('may start from an earlier revision, as long as what it edits is as its author saw it', () => {
    const first = must(verifyNext(world.next(before, changed, ['security-1', 'security-2']), before))
    const renamed = (name: string): ConfigurationDocument => ({
      ...world.document,
      units: world.document.units.map((unit, i) => (i === 0 ? { ...unit, name: { en: name, vi: name } } : unit)),
    })
    const follow = (text: ChangeText, prior: VerifiedRevision) =>
      verifyNext(
        makeRevision((prior.number + 1) as RevisionNumber, prior.digest, {
          text,
          signatures: world.sign(text, 'security-1', 'security-2'),
        }),
        prior,
      )
    const second = must(follow(world.text(before, renamed('One')), first))
    expect(second.configuration.services[0]?.title.en).toBe('Other')
    expect(second.configuration.units[0]?.name.en).toBe('One')
    // The unit is another than its author saw.
    expect(outcome(follow(world.text(before, renamed('Two')), second))).toBe('conflict')
  })

  it('is not obeyed before its time', () => {
    const text = world.text(before, changed, { applyAt: '2026-11-22T00:00:01Z' })
    const stored = revisionOf({ text, signatures: world.sign(text, 'security-1', 'security-2') })
    expect(outcome(verifyNext(stored, before, NOW))).toBe('not-yet')
    expect(outcome(verifyNext(stored, before, instantOfMillis(millisOf(NOW) + 1000)))).toBe('verified')
  })

  /** A document in which one officer is another than before. */
  const withOfficer = (name: string, changes: object): ConfigurationDocument => ({
    ...changed,
    officers: changed.officers.map(officer => (officer.id === name ? { ...officer, ...changes } : officer)),
  })
  const revisionOf = (change: SignedChange): StoredRevision => makeRevision(ONE, world.genesis.digest, change)
  const text = (changes: Partial<ChangeText> = {}): ChangeText => world.text(before, changed, changes)
  const signed = (...signers: Parameters<RevisionWorld['sign']> extends [unknown, ...infer R] ? R : never) =>
    revisionOf({ text: text(), signatures: world.sign(text(), ...signers) })
  const both = ['security-1', 'security-2'] as const

  it.each<[string, RevisionRefusal['reason'], () => StoredRevision]>([
    ['unsigned', 'not-approved', () => signed()],
    ['signed by one officer', 'not-approved', () => signed('security-1')],
    ['approved by its proposer', 'not-approved', () => signed('security-1', 'security-1')],
    ['approved twice by one officer', 'not-approved', () => signed('security-1', 'security-2', 'security-2')],
    ['approved by an auditor', 'not-approved', () => signed('security-1', 'auditor-1')],
    ['approved by an officer and an operator', 'not-approved', () => signed(...both, 'operator-1')],
    [
      'approved by somebody who wrote some of it',
      'not-approved',
      () => {
        const shared = text({ authors: [id('security-1'), id('security-2')] })
        return revisionOf({ text: shared, signatures: world.sign(shared, ...both) })
      },
    ],
    ...[[], ['security-2', 'security-1'], ['security-1', 'security-1'], ['Security'], 'security-1'].map(
      authors =>
        [
          `whose authors are ${JSON.stringify(authors)}`,
          'malformed',
          () => {
            const odd = text({ authors: authors as never })
            return revisionOf({ text: odd, signatures: world.sign(odd, ...both) })
          },
        ] as [string, RevisionRefusal['reason'], () => StoredRevision],
    ),
    ['proposed by an auditor', 'not-approved', () => signed('auditor-1', 'security-1')],
    [
      'proposed by two, approved by none',
      'not-approved',
      () =>
        revisionOf({
          text: text(),
          signatures: both.map(name => signChange(text(), 'propose', id(name), world.keys[name])),
        }),
    ],
    [
      'approved by two, proposed by none',
      'not-approved',
      () =>
        revisionOf({
          text: text(),
          signatures: both.map(name => signChange(text(), 'approve', id(name), world.keys[name])),
        }),
    ],
    [
      'whose proposal is shown as an approval',
      'not-approved',
      () => {
        const [one, two] = both.map(name => signChange(text(), 'propose', id(name), world.keys[name]))
        return revisionOf({ text: text(), signatures: [one as never, { ...two, verdict: 'approve' } as never] })
      },
    ],
    [
      'signed by somebody whom only the new revision knows',
      'not-approved',
      () => {
        const key = makeKey()
        const document = withOfficer('auditor-1', { roles: ['security-officer'], key: bindingOfKey(key) })
        const change = world.text(before, document)
        return revisionOf({
          text: change,
          signatures: [...world.sign(change, 'security-1'), signChange(change, 'approve', id('auditor-1'), key)],
        })
      },
    ],
    [
      'signed by an auditor whom the new revision makes a security officer',
      'not-approved',
      () => world.next(before, withOfficer('auditor-1', { roles: ['security-officer'] }), ['security-1', 'auditor-1']),
    ],
    ...(
      [
        ['title', { title: 'Another' }],
        ['reason', { reason: 'Another' }],
        ['schedule', { applyAt: '2026-01-01T00:00:00Z' }],
        ['id', { id: '01939c5e-7b1a-7cc3-9b1e-0123456789ac' as never }],
      ] as const
    ).map(
      ([what, changes]) =>
        [
          `with another ${what} than was signed`,
          'not-approved',
          () => revisionOf({ text: text(changes), signatures: world.sign(text(), ...both) }),
        ] as [string, RevisionRefusal['reason'], () => StoredRevision],
    ),
    [
      'with another edit than was signed',
      'not-approved',
      () =>
        revisionOf({ text: world.text(before, suspended(world.document)), signatures: world.sign(text(), ...both) }),
    ],
    [
      'made for another genesis',
      'not-approved',
      () => {
        const elsewhere = text({ base: { number: before.number, digest: digestOf('another genesis') } })
        return revisionOf({ text: elsewhere, signatures: world.sign(elsewhere, ...both) })
      },
    ],
    [
      'made for a revision to come',
      'not-approved',
      () => {
        const later = text({ base: { number: ONE, digest: world.genesis.digest } })
        return revisionOf({ text: later, signatures: world.sign(later, ...both) })
      },
    ],
    [
      'with a token that is none',
      'not-approved',
      () =>
        revisionOf({
          text: text(),
          signatures: [
            { verdict: 'propose', jws: '' },
            { verdict: 'approve', jws: 'x' },
          ],
        }),
    ],
    ['without edits', 'malformed', () => world.next(before, world.document, both)],
    [
      'with a member more in its text',
      'malformed',
      () => {
        const more = { ...text(), more: 1 }
        return revisionOf({ text: more, signatures: world.sign(more, ...both) })
      },
    ],
    [
      'that removes what is not there',
      'conflict',
      () => {
        const nothing = text({ edits: [{ kind: 'unit', id: 'G99.77', was: null, value: null }] })
        return revisionOf({ text: nothing, signatures: world.sign(nothing, ...both) })
      },
    ],
    [
      'behind another genesis',
      'chain-broken',
      () => makeRevision(ONE, digestOf('x'), { text: text(), signatures: world.sign(text(), ...both) }),
    ],
    [
      'with a number left out',
      'chain-broken',
      () =>
        makeRevision(2 as RevisionNumber, world.genesis.digest, {
          text: text(),
          signatures: world.sign(text(), ...both),
        }),
    ],
    ['filed under another number', 'chain-broken', () => ({ ...signed(...both), number: 2 as RevisionNumber })],
    ['whose digest differs', 'digest-differs', () => ({ ...signed(...both), digest: digestOf('x') })],
    [
      // The signatures hold over it, but its digest is another: two texts of one revision.
      'spelled in another way',
      'malformed',
      () => withContent(signed(...both), JSON.stringify(JSON.parse(signed(...both).content), null, 1)),
    ],
    ['that does not hold together', 'invalid', () => world.next(before, { ...changed, services: [] }, both)],
    [
      'that is a second genesis',
      'malformed',
      () => withContent(signed(...both), makeGenesis(changed).content.replace('"number":0', '"number":1')),
    ],
  ])('%s is refused: %s', (_, reason, make) => {
    expect(outcome(verifyNext(make(), before))).toBe(reason)
  })

  it('signed by an officer whom the revision before disabled is refused', () => {
    const disabled = withOfficer('security-2', { disabled: true })
    const verified = must(verifyNext(world.next(before, disabled, both), before))
    expect(outcome(verifyNext(world.next(verified, changed, both), verified))).toBe('not-approved')
  })

  it('may itself disable one of its signers', () => {
    const disabled = withOfficer('security-2', { disabled: true })
    expect(outcome(verifyNext(world.next(before, disabled, both), before))).toBe('verified')
  })
})

describe('a change that was signed in a browser', () => {
  const ORIGIN = 'https://localhost:8444'
  const first = softwareAuthenticator(ORIGIN)
  const second = softwareAuthenticator(ORIGIN)
  let registered: VerifiedRevision
  beforeAll(() => {
    const held = new Map([
      ['security-1', first],
      ['security-2', second],
    ])
    const officers = world.document.officers.map(officer => {
      const own = held.get(officer.id)
      return own ? { ...officer, authenticators: [{ id: own.id, publicKey: own.publicKey }] } : officer
    })
    const stored = world.next(before, { ...world.document, officers }, ['security-1', 'security-2'])
    registered = must(verifyNext(stored, before))
  })

  const word = (
    text: ChangeText,
    verdict: Verdict,
    name: Name,
    by: SoftwareAuthenticator,
    mischief: Mischief = {},
  ): ChangeSignature => ({
    verdict,
    webauthn: {
      officer: id(name),
      ...by.assert(Buffer.from(changeDigest(text, verdict), 'hex').toString('base64url'), mischief),
    },
  })
  const revisionOf = (text: ChangeText, signatures: readonly ChangeSignature[]): StoredRevision =>
    makeRevision((registered.number + 1) as RevisionNumber, registered.digest, { text, signatures })
  const textOf = (title = 'A change'): ChangeText => world.text(registered, renamed(registered.document), { title })

  it('is all that counts of an officer with a second factor', () => {
    const officers = registered.document.officers.map(officer =>
      officer.id === 'security-1' ? { ...officer, secondFactor: 'required' as const } : officer,
    )
    const next = world.next(registered, { ...registered.document, officers }, ['security-1', 'security-2'])
    const strict = must(verifyNext(next, registered))
    const text = world.text(strict, renamed(strict.document), { title: 'A change' })
    const made = (signatures: readonly ChangeSignature[]): StoredRevision =>
      makeRevision((strict.number + 1) as RevisionNumber, strict.digest, { text, signatures })
    const byKeys = world.sign(text, 'security-1', 'security-2')
    expect(outcome(verifyNext(made(byKeys), strict))).toBe('not-approved')
    const approved = world.sign(text, 'security-2', 'security-1')[1] as ChangeSignature
    const proposed = world.sign(text, 'security-2', 'security-1')[0] as ChangeSignature
    expect(outcome(verifyNext(made([proposed, approved]), strict))).toBe('not-approved')
    const own = word(text, 'propose', 'security-1', first)
    expect(outcome(verifyNext(made([own, ...byKeys.slice(1)]), strict))).toBe('verified')
  })

  it('is obeyed: both in a browser, or one by each means', () => {
    const text = textOf()
    const inBrowser = [word(text, 'propose', 'security-1', first), word(text, 'approve', 'security-2', second)]
    expect(verifyNext(revisionOf(text, inBrowser), registered)).toMatchObject({
      ok: true,
      value: { officers: ['security-1', 'security-2'] },
    })
    const [, jws] = world.sign(text, 'security-1', 'security-2')
    expect(outcome(verifyNext(revisionOf(text, [...inBrowser.slice(0, 1), ...(jws ? [jws] : [])]), registered))).toBe(
      'verified',
    )
  })

  it.each<[string, (text: ChangeText) => ChangeSignature]>([
    ['at another origin', text => word(text, 'approve', 'security-2', second, { origin: 'https://evil.example' })],
    ['for another relying party', text => word(text, 'approve', 'security-2', second, { rpId: 'evil.example' })],
    ['without user verification', text => word(text, 'approve', 'security-2', second, { flags: 1 })],
    ["with another officer's authenticator", text => word(text, 'approve', 'security-2', first)],
    ["by the proposer under another's name", text => ({ ...word(text, 'approve', 'security-1', first) })],
    ['for another change', () => word(textOf('Another'), 'approve', 'security-2', second)],
    ['as a proposal', text => ({ ...word(text, 'propose', 'security-2', second), verdict: 'approve' })],
  ])('and approved %s is not', (_, approval) => {
    const text = textOf()
    const signatures = [word(text, 'propose', 'security-1', first), approval(text)]
    expect(outcome(verifyNext(revisionOf(text, signatures), registered))).toBe('not-approved')
  })

  it.each<[string, (signature: object) => object]>([
    ['both kinds of signature in one', signature => ({ ...signature, jws: 'a' })],
    ['an assertion that lacks a member', signature => ({ ...signature, webauthn: { officer: 'security-2' } })],
    ['neither kind', () => ({ verdict: 'approve' })],
  ])('%s is malformed', (_, change) => {
    const text = textOf()
    const signatures = [
      word(text, 'propose', 'security-1', first),
      change(word(text, 'approve', 'security-2', second)) as ChangeSignature,
    ]
    expect(outcome(verifyNext(revisionOf(text, signatures), registered))).toBe('malformed')
  })
})

describe('where the setting second-factor asks for authenticators', () => {
  const ORIGIN = 'https://localhost:8444'
  const held = { 'security-1': softwareAuthenticator(ORIGIN), 'security-2': softwareAuthenticator(ORIGIN) }
  const withAuthenticators = (...names: readonly (keyof typeof held)[]): ConfigurationDocument => ({
    ...world.document,
    officers: world.document.officers.map(officer => {
      const name = names.find(own => own === officer.id)
      return name ? { ...officer, authenticators: [{ id: held[name].id, publicKey: held[name].publicKey }] } : officer
    }),
  })
  const strict = (document: ConfigurationDocument): ConfigurationDocument => ({
    ...document,
    settings: [{ id: 'second-factor', approvals: 'required' }],
  })
  const both = ['security-1', 'security-2'] as const
  const byKeys = (document: ConfigurationDocument) => verifyNext(world.next(before, document, both), before)

  const required = (): VerifiedRevision => must(byKeys(strict(withAuthenticators(...both))))
  const tried = (text: ChangeText, prior: VerifiedRevision, approval: ChangeSignature) => {
    const [proposal] = world.sign(text, 'security-1')
    const signatures = [...(proposal ? [proposal] : []), approval]
    return verifyNext(makeRevision((prior.number + 1) as RevisionNumber, prior.digest, { text, signatures }), prior)
  }
  const assertion = (text: ChangeText): ChangeSignature => ({
    verdict: 'approve',
    webauthn: {
      officer: id('security-2'),
      ...held['security-2'].assert(Buffer.from(changeDigest(text, 'approve'), 'hex').toString('base64url')),
    },
  })

  it('an approval by the key of a certificate is none, one by an authenticator is', () => {
    const prior = required()
    const text = world.text(prior, renamed(prior.document))
    const [, jws] = world.sign(text, ...both)
    const refused = tried(text, prior, jws as ChangeSignature)
    expect(refused).toMatchObject({
      ok: false,
      error: { reason: 'not-approved', detail: expect.stringContaining('only an authenticator') },
    })
    expect(outcome(tried(text, prior, assertion(text)))).toBe('verified')
  })

  it('taking the setting back takes an authenticator as well, and never one officer alone', () => {
    const prior = required()
    for (const settings of [[], [{ id: 'second-factor', approvals: 'accepted' }]] as const) {
      const text = world.text(prior, { ...prior.document, settings })
      const [proposal, jws] = world.sign(text, ...both)
      expect(outcome(tried(text, prior, jws as ChangeSignature))).toBe('not-approved')
      const alone = makeRevision(2 as RevisionNumber, prior.digest, { text, signatures: proposal ? [proposal] : [] })
      expect(outcome(verifyNext(alone, prior))).toBe('not-approved')
      expect(outcome(tried(text, prior, assertion(text)))).toBe('verified')
    }
  })

  it('what only takes away still needs one officer, who has no authenticator at hand at night', () => {
    const prior = required()
    const text = world.text(prior, suspended(prior.document))
    const signatures = world.sign(text, 'security-1')
    expect(outcome(verifyNext(makeRevision(2 as RevisionNumber, prior.digest, { text, signatures }), prior))).toBe(
      'verified',
    )
  })

  it('nobody can lock everybody out: two security officers have authenticators first, and keep them', () => {
    expect(outcome(byKeys(strict(withAuthenticators('security-1'))))).toBe('invalid')
    expect(outcome(byKeys(strict(world.document)))).toBe('invalid')
    const { office: _, ...genesis } = world.document.genesis
    const elsewhere = makeGenesis({ ...strict(withAuthenticators(...both)), genesis })
    expect(outcome(verifyGenesis(elsewhere, elsewhere.digest))).toBe('invalid')
  })
})

describe('one officer alone', () => {
  const AN_HOUR = { from: '2026-11-22T21:00:00+07:00', until: '2026-11-22T22:00:00+07:00', reason: 'A flood' }
  const edited = (list: 'systems' | 'services' | 'agreements' | 'officers', n: number, changes: object) => ({
    ...world.document,
    [list]: world.document[list].map((object, i) => (i === n ? { ...object, ...changes } : object)),
  })
  const alone = (document: ConfigurationDocument) =>
    outcome(verifyNext(world.next(before, document, ['security-1']), before))

  it.each<[string, () => ConfigurationDocument, string]>([
    ['may suspend a system', () => edited('systems', 1, { suspended: true }), 'verified'],
    ['may suspend an agreement', () => edited('agreements', 0, { suspended: true }), 'verified'],
    ['may suspend a service', () => edited('services', 0, { suspended: true }), 'verified'],
    [
      'may end a key',
      () =>
        edited('systems', 1, {
          bindings: world.document.systems[1]?.bindings.map(key => ({ ...key, until: '2026-11-22T00:00:00Z' })),
        }),
      'verified',
    ],
    ['may take signing keys away', () => edited('systems', 1, { signingKeys: [] }), 'verified'],
    [
      'may not add a field to what it suspends',
      () => edited('agreements', 0, { suspended: true, ceiling: 'restricted' }),
      'not-approved',
    ],
    [
      'may not add a key to what it suspends',
      () =>
        edited('systems', 1, {
          suspended: true,
          bindings: [...(world.document.systems[1]?.bindings ?? []), { key: 'a'.repeat(64) }],
        }),
      'not-approved',
    ],
    ['may not disable another officer', () => edited('officers', 0, { disabled: true }), 'not-approved'],
    [
      'may not shorten an agreement',
      () => edited('agreements', 0, { valid: { from: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' } }),
      'not-approved',
    ],
    // Break-glass: two.
    [
      'may not wake a dormant agreement',
      () => edited('agreements', 0, { dormant: true, activation: AN_HOUR }),
      'not-approved',
    ],
    [
      'may not wake a dormant agreement that it suspends',
      () => edited('agreements', 0, { dormant: true, activation: AN_HOUR, suspended: true }),
      'not-approved',
    ],
    [
      'may not remove an agreement',
      () => ({ ...world.document, agreements: world.document.agreements.slice(1) }),
      'not-approved',
    ],
  ])('%s', (_, document, expected) => {
    expect(alone(document())).toBe(expected)
  })

  it('may not wake an agreement that is there and dormant; two may', () => {
    const dormant = edited('agreements', 0, { dormant: true })
    const first = must(verifyNext(world.next(before, dormant, ['security-1', 'security-2']), before))
    const awake = edited('agreements', 0, { dormant: true, activation: AN_HOUR })
    expect(outcome(verifyNext(world.next(first, awake, ['security-1']), first))).toBe('not-approved')
    expect(outcome(verifyNext(world.next(first, awake, ['security-1', 'security-2']), first))).toBe('verified')
  })

  it('may not lift a suspension', () => {
    const first = must(
      verifyNext(world.next(before, edited('systems', 1, { suspended: true }), ['security-1']), before),
    )
    expect(outcome(verifyNext(world.next(first, world.document, ['security-1']), first))).toBe('not-approved')
    expect(outcome(verifyNext(world.next(first, world.document, ['security-1', 'security-2']), first))).toBe('verified')
  })

  it('who is an operator or auditor may not even do that', () => {
    for (const name of ['operator-1', 'auditor-1'] as const)
      expect(outcome(verifyNext(world.next(before, edited('systems', 1, { suspended: true }), [name]), before))).toBe(
        'not-approved',
      )
  })
})

describe('a unit administrator', () => {
  let own: VerifiedRevision
  beforeAll(() => {
    const officers = world.document.officers.map(officer =>
      officer.id === 'operator-1' ? { ...officer, roles: ['unit-administrator' as const], units: ['G99.22'] } : officer,
    )
    own = must(verifyNext(world.next(before, { ...world.document, officers }, ['security-1', 'security-2']), before))
  })
  const proposed = (
    change: (document: ConfigurationDocument) => ConfigurationDocument,
    ...by: readonly ('operator-1' | 'security-1')[]
  ) => outcome(verifyNext(world.next(own, change(own.document), by), own))
  const edit =
    (list: 'systems' | 'services' | 'agreements' | 'units', id: string, changes: object) =>
    (document: ConfigurationDocument): ConfigurationDocument => ({
      ...document,
      [list]: document[list].map(object =>
        ((object as { id?: string; code?: string }).id ?? (object as { code?: string }).code) === id
          ? { ...object, ...changes }
          : object,
      ),
    })

  it.each<[string, (document: ConfigurationDocument) => ConfigurationDocument, string, string]>([
    [
      'its own system',
      edit('systems', 'G99.22/logistics', { endpoint: 'https://localhost:9555' }),
      'not-approved',
      'verified',
    ],
    [
      'an agreement of its own',
      edit('agreements', 'logistics-categories', { ceiling: 'public' }),
      'not-approved',
      'invalid',
    ],
    [
      'an agreement about its own service',
      edit('agreements', 'training-inventory', { suspended: true }),
      'not-approved',
      'verified',
    ],
    [
      'its own service, suspended',
      edit('services', 'G99.22/inventory/v1', { suspended: true }),
      'verified',
      'verified',
    ],
    ['its own service', edit('services', 'G99.22/inventory/v1', { owner: 'Somebody' }), 'not-approved', 'verified'],
    [
      'its own service at the provider of another',
      edit('services', 'G99.22/inventory/v1', { provider: 'G99.10/data-centre' }),
      'not-approved',
      'not-approved',
    ],
    ['the system of another', edit('systems', 'G99.21/records', { suspended: true }), 'not-approved', 'not-approved'],
    [
      'the agreement of another',
      edit('agreements', 'records-records', { suspended: true }),
      'not-approved',
      'not-approved',
    ],
    [
      'an agreement of another, made its own',
      edit('agreements', 'records-categories', { consumer: 'G99.22/logistics' }),
      'not-approved',
      'not-approved',
    ],
    ['a unit', edit('units', 'G99.22', { attributes: ['external'] }), 'not-approved', 'not-approved'],
  ])('proposes %s: alone %s, approved %s', (_, change, alone, approved) => {
    expect([proposed(change, 'operator-1'), proposed(change, 'operator-1', 'security-1')]).toEqual([alone, approved])
  })

  it('approves nothing', () => {
    expect(
      proposed(edit('systems', 'G99.22/logistics', { endpoint: 'https://localhost:9555' }), 'security-1', 'operator-1'),
    ).toBe('not-approved')
  })
})
