import { beforeAll, describe, expect, it } from '@jest/globals'
import type { KeyObject } from 'node:crypto'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { must } from '../../../gateway/domain/result.ts'
import type { RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { signApproval } from '../../../gateway/identity/approval.ts'
import { DEVELOPMENT_ORGANIZATION } from '../../../gateway/pki/development.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../gateway/pki/make-authority.ts'
import { changeDigest } from '../../../gateway/snapshot/change.ts'
import { findUnfitForProduction, judgeGenesis } from '../../../gateway/snapshot/judge-genesis.ts'
import { makeGenesis, makeRevision } from '../../../gateway/snapshot/revision-text.ts'
import { signGenesis } from '../../../gateway/snapshot/sign-genesis.ts'
import { verifyGenesis, verifyNext } from '../../../gateway/snapshot/verify-revision.ts'
import { id, NOW, revisionWorld, type RevisionWorld } from './world.ts'

let world: RevisionWorld
let production: ConfigurationDocument
/** Of an authority such as `npm run certs` makes. */
let throwAway: string
const third = makeKey()
beforeAll(async () => {
  world = await revisionWorld()
  const authority = await makeAuthority({
    subject: { commonName: 'root', organization: DEVELOPMENT_ORGANIZATION },
    key: makeKey(),
    issuer: null,
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2031-01-01'),
  })
  throwAway = authority.certificate
  production = {
    ...world.document,
    genesis: { ...world.document.genesis, mode: 'production' },
    issuers: world.document.issuers.map(({ development: _, ...issuer }) => issuer),
    officers: [
      ...world.document.officers,
      { id: 'security-3', name: 'c', roles: ['security-officer'], key: bindingOfKey(third) },
    ],
  }
})

type Signer = 'security-1' | 'security-2' | 'security-3' | 'auditor-1' | 'operator-1'
const keyOf = (name: Signer): KeyObject => (name === 'security-3' ? third : world.keys[name])
const ALL = ['security-1', 'security-2', 'security-3'] as const

const signed = (document: ConfigurationDocument, ...names: readonly Signer[]) => {
  const genesis = makeGenesis(document)
  return { ...genesis, signatures: names.map(name => signGenesis(genesis.digest, id(name), keyOf(name))) }
}
const verdictOn = (genesis: ReturnType<typeof signed>) => {
  const verified = verifyGenesis(genesis, genesis.digest)
  return verified.ok ? 'verified' : `${verified.error.reason}: ${verified.error.detail}`
}

describe('a production genesis', () => {
  it('is obeyed where all its security officers signed; they are who made it', () => {
    const genesis = signed(production, 'security-3', 'security-1', 'security-2')
    expect(must(verifyGenesis(genesis, genesis.digest)).officers).toEqual(ALL)
  })

  it.each<[string, () => ReturnType<typeof signed>, string]>([
    ['by nobody', () => signed(production), 'not-approved: not signed by security-1, security-2, security-3'],
    ['by two of three', () => signed(production, 'security-1', 'security-3'), 'not-approved: not signed by security-2'],
    [
      'twice by one',
      () => signed(production, 'security-1', 'security-1', 'security-2'),
      'not-approved: security-1 signed twice',
    ],
    [
      'by the auditor in place of one',
      () => signed(production, 'security-1', 'security-2', 'auditor-1'),
      'not-approved: auditor-1 signed and is no security officer',
    ],
    [
      'by the auditor as well',
      () => signed(production, ...ALL, 'auditor-1'),
      'not-approved: there are more signatures than security officers',
    ],
    [
      'by somebody who is no officer in it',
      () => {
        const genesis = signed(production, 'security-1', 'security-2')
        const stranger = signGenesis(genesis.digest, id('security-3'), makeKey())
        return { ...genesis, signatures: [...genesis.signatures, stranger] }
      },
      'not-approved: a signature of the genesis does not count: signed by no active officer',
    ],
    [
      "by one under another's name",
      () => {
        const genesis = signed(production, 'security-1', 'security-2')
        const borrowed = signGenesis(genesis.digest, id('security-3'), world.keys['security-1'])
        return { ...genesis, signatures: [...genesis.signatures, borrowed] }
      },
      'not-approved: a signature of the genesis does not count: names another officer',
    ],
    [
      'before its text was altered',
      () => {
        const altered = makeGenesis({ ...production, genesis: { ...production.genesis, zone: 'Asia/Bangkok' } })
        return { ...altered, signatures: signed(production, ...ALL).signatures }
      },
      'not-approved: a signature of the genesis does not count: signed over another text',
    ],
    [
      'as if it were a change',
      () => {
        const genesis = makeGenesis(production)
        return { ...genesis, signatures: ALL.map(name => signApproval(id(name), genesis.digest, keyOf(name))) }
      },
      'not-approved: a signature of the genesis does not count: not a signature of a genesis',
    ],
  ])('that was signed %s is refused although pinned', (_, make, verdict) => {
    expect(verdictOn(make())).toBe(verdict)
  })

  it('under another digest than the pinned one is refused whoever signed it', () => {
    expect(verifyGenesis(signed(production, ...ALL), makeGenesis(world.document).digest)).toMatchObject({
      error: { reason: 'genesis-not-pinned' },
    })
  })

  it('a word on it can never pass for a word on a change', () => {
    const genesis = signed(production, ...ALL)
    const before = must(verifyGenesis(genesis, genesis.digest))
    const text = world.text(before, { ...production, purposes: production.purposes.slice(0, -1) })
    const [proposal] = world.sign(text, 'security-1')
    const jws = signGenesis(changeDigest(text, 'approve'), id('security-2'), keyOf('security-2'))
    const signatures = [...(proposal ? [proposal] : []), { verdict: 'approve' as const, jws }]
    const stored = makeRevision(1 as RevisionNumber, before.digest, { text, signatures })
    expect(verifyNext(stored, before, NOW)).toMatchObject({
      error: { reason: 'not-approved', detail: 'not an approval' },
    })
  })

  it('with as many officers as signed it does not ask for those who are disabled', () => {
    const officers = production.officers.map(officer =>
      officer.id === 'operator-1' ? { ...officer, roles: ['security-officer' as const], disabled: true } : officer,
    )
    expect(verdictOn(signed({ ...production, officers }, ...ALL))).toBe('verified')
  })
})

describe('what a production genesis needs', () => {
  const without = (role: string): ConfigurationDocument => ({
    ...production,
    officers: production.officers.filter(({ roles }) => !roles.includes(role as never)),
  })
  const reasons = (document: ConfigurationDocument) => findUnfitForProduction(document).map(({ reason }) => reason)

  it('is there', () => expect(reasons(production)).toEqual([]))

  it.each<[string, () => ConfigurationDocument, string]>([
    [
      'three security officers',
      () => ({ ...production, officers: production.officers.filter(({ id: name }) => name !== 'security-3') }),
      'at least 3 security officers: there are 2',
    ],
    [
      'three who are not disabled',
      () => ({
        ...production,
        officers: production.officers.map(officer => ({ ...officer, disabled: officer.id === 'security-1' })),
      }),
      'at least 3 security officers: there are 2',
    ],
    ['an auditor', () => without('auditor'), 'at least one auditor'],
    [
      'an authority that is no throw-away one, whatever it is called',
      () => ({ ...production, issuers: production.issuers.map(issuer => ({ ...issuer, certificates: [throwAway] })) }),
      'a certificate of a throw-away development authority',
    ],
    [
      'the mode',
      () => ({ ...production, genesis: world.document.genesis }),
      'a ceremony makes a production genesis: write mode: production',
    ],
  ])('%s: else it is refused, signed or not', (_, make, reason) => {
    const document = make()
    expect(reasons(document)).toContain(reason)
    if (document.genesis.mode === 'production') expect(verdictOn(signed(document, ...ALL))).toMatch(/^invalid: /)
  })
})

it('a development genesis needs no signature, and none makes it production', () => {
  expect(verifyGenesis(world.genesis, world.genesis.digest)).toMatchObject({ value: { officers: [] } })
  expect(judgeGenesis(world.genesis.digest, [], [])).toEqual({ ok: true, value: [] })
})
