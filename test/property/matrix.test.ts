import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { documentMaker } from '../../bench/small-document.ts'
import type { ConfigurationDocument } from '../../gateway/configuration/document.ts'
import { locateInRevision } from '../../gateway/configuration/locate.ts'
import { parseConfiguration } from '../../gateway/configuration/parse-configuration.ts'
import { digestOf } from '../../gateway/domain/digest.ts'
import type { Minute } from '../../gateway/domain/instant.ts'
import { GENESIS } from '../../gateway/domain/revision-number.ts'
import { decide } from '../../gateway/policy/decide.ts'
import type { DecisionInput, Refusal } from '../../gateway/policy/decision.ts'
import { explain } from '../../gateway/policy/explain.ts'
import { CHECKS } from '../../gateway/policy/explain-checks.ts'
import { compileSnapshot, type Snapshot } from '../../gateway/snapshot/snapshot.ts'
import { permittedBy, type Question } from '../support/matrix/naive-reading.ts'
import { aimed, questions, worlds } from '../support/matrix/random-world.ts'

const WORLDS = 2_000
const QUESTIONS = 24

let documentOf: Awaited<ReturnType<typeof documentMaker>>
beforeAll(async () => {
  documentOf = await documentMaker()
})

/** Through everything that a stored revision goes through. */
function compiled(document: ConfigurationDocument): Snapshot {
  const parsed = parseConfiguration(document, locateInRevision(0))
  if (!parsed.ok) throw new TypeError(JSON.stringify(parsed.error))
  return compileSnapshot(parsed.value, GENESIS, digestOf('a world'))
}

/** What the exchange makes of it: the texts are valid ones. */
const inputOf = ({ at, ...rest }: Question): DecisionInput => ({ ...rest, minute: at as Minute }) as DecisionInput

const textOf = (value: unknown): string => JSON.stringify(value)

const cases = fc.tuple(worlds, fc.array(questions, { minLength: QUESTIONS, maxLength: QUESTIONS, size: 'max' }))

describe('the generated matrix', () => {
  it('decide permits exactly what a naive reading of the documents permits, and explain agrees (AZ-1)', () => {
    let permits = 0
    const reasons = new Set<Refusal['reason']>()
    fc.assert(
      fc.property(cases, ([{ zone, world }, asked]) => {
        const plain = documentOf(world)
        const document = { ...plain, genesis: { ...plain.genesis, zone } }
        const snapshot = compiled(document)
        for (const [n, any] of asked.entries()) {
          const question = aimed(world, zone, any, n)
          const decision = decide(inputOf(question), snapshot)
          const answer =
            decision.kind === 'permit'
              ? { agreement: decision.agreement.id, classification: decision.classification }
              : null
          const expected = permittedBy(document, question)
          // Jest's comparison costs more than all the rest.
          if (textOf(answer) !== textOf(expected)) expect({ question, answer }).toEqual({ question, answer: expected })
          if (decision.kind === 'permit') permits++
          else reasons.add(decision.refusal.reason)
          expectExplained(inputOf(question), snapshot, decision.kind === 'refuse' ? decision.refusal.reason : null)
        }
      }),
      { numRuns: WORLDS },
    )
    // Worlds in which nothing is ever permitted, or never refused for one of the reasons, would prove nothing.
    expect(permits).toBeGreaterThan((WORLDS * QUESTIONS) / 30)
    const unguarded = Object.keys(CHECKS).filter(reason => !reason.startsWith('guardrail'))
    expect([...reasons].sort()).toEqual(unguarded.sort())
  })
})

/** Every check up to the one that refuses passes, with values in words; none behind it is reached. */
function expectExplained(input: DecisionInput, snapshot: Snapshot, reason: Refusal['reason'] | null): void {
  const { checks } = explain(input, snapshot)
  const failing = reason === null ? checks.length : checks.findIndex(({ check }) => check === reason)
  const outcomes = checks.map(({ outcome }) => outcome)
  const expected = checks.map((_check, n) => (n < failing ? 'passed' : n === failing ? 'failed' : 'not-reached'))
  if (textOf(outcomes) !== textOf(expected)) expect(outcomes).toEqual(expected)
}
