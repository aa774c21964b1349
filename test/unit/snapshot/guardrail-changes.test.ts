import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ConfigurationDocument, GuardrailDocument } from '../../../gateway/configuration/document.ts'
import { must } from '../../../gateway/domain/result.ts'
import { makeGenesis } from '../../../gateway/snapshot/revision-text.ts'
import { verifyGenesis, verifyNext, type VerifiedRevision } from '../../../gateway/snapshot/verify-revision.ts'
import { type Name, NOW, revisionWorld, type RevisionWorld } from './world.ts'

let world: RevisionWorld
let before: VerifiedRevision
beforeAll(async () => {
  world = await revisionWorld()
  before = must(verifyGenesis(world.genesis, world.genesis.digest))
})

const ALONE: readonly Name[] = ['security-1']
const BOTH: readonly Name[] = ['security-1', 'security-2']
const guardrailsOf = (document: ConfigurationDocument): readonly GuardrailDocument[] => document.guardrails ?? []

/** The demo world with its first guardrail made another one, or none. */
const withFirst = (change: (first: GuardrailDocument) => readonly GuardrailDocument[]): ConfigurationDocument => ({
  ...world.document,
  guardrails: guardrailsOf(world.document).flatMap((each, at) => (at === 0 ? change(each) : [each])),
})
const saying = (policy: string) => withFirst(first => [{ ...first, policy }])

function outcome(document: ConfigurationDocument, signers: readonly Name[]): string {
  const verified = verifyNext(world.next(before, document, signers), before, NOW)
  return verified.ok ? 'obeyed' : `${verified.error.reason}: ${verified.error.detail}`
}

describe('a change of a guardrail', () => {
  it.each<[what: string, document: () => ConfigurationDocument]>([
    ['removed', () => withFirst(() => [])],
    ['weakened', () => saying('forbid (principal == System::"G99.21/records", action, resource);')],
    // To forbid more is no taking away in the sense of one officer: it can stop every exchange.
    ['made stricter', () => saying('forbid (principal, action, resource);')],
    ['renamed', () => withFirst(first => [{ ...first, id: 'other' }])],
    ['with fewer tests', () => withFirst(first => [{ ...first, tests: first.tests.slice(0, 1) }])],
    ['added', () => withFirst(first => [first, { ...first, id: 'another' }])],
  ])('%s needs a second officer', (_, document) => {
    expect(outcome(document(), ALONE)).toBe('not-approved: not approved by a second officer')
    expect(outcome(document(), BOTH)).toBe('obeyed')
  })

  it.each([
    ['that permits', 'permit (principal, action, resource);'],
    ['that is no Cedar', 'forbid (principal, action, resource) when {'],
    ['that reads what guardrails do not see', 'forbid (principal, action, resource) when { context.source == "a" };'],
    ['that would break Cedar', `forbid (principal, action, resource) when { ${'('.repeat(400)}1${')'.repeat(400)} };`],
  ])('into one %s is not obeyed, whoever signed it', (_, policy) => {
    expect(outcome(saying(policy), BOTH)).toBe('invalid: unsound guardrails')
    const stored = makeGenesis(saying(policy))
    const verified = verifyGenesis(stored, stored.digest)
    expect(verified.ok ? '' : verified.error.errors?.[0]?.pointer).toBe('/guardrails/0/policy')
  })

  it('a revision of before there were guardrails is obeyed, and they can be added to it', () => {
    const { guardrails: _none, ...older } = world.document
    const stored = makeGenesis(older)
    const verified = must(verifyGenesis(stored, stored.digest))
    expect(verified.configuration.guardrails).toEqual([])
    const next = world.next(verified, world.document, BOTH)
    expect(must(verifyNext(next, verified, NOW)).configuration.guardrails).toHaveLength(4)
  })
})
