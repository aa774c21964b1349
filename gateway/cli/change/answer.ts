import type { DeskRefusal } from '../../control/desk-refusal.ts'
import type { StoredChange } from '../../control/stored-change.ts'
import { formatInstant } from '../../domain/instant.ts'
import type { Result } from '../../domain/result.ts'
import { EXIT } from '../misuse.ts'
import { formatErrors } from '../serve/read-configuration.ts'

/** Prints what became of an act and sets the exit code. */
export function printAnswer(answer: Result<StoredChange, DeskRefusal>, json: boolean): void {
  process.exitCode = answer.ok && answer.value.state !== 'superseded' ? EXIT.good : EXIT.foundWrong
  if (json) console.log(JSON.stringify(answer.ok ? { change: answer.value } : { refused: answer.error }))
  else if (answer.ok) console.log(lineOf(answer.value))
  else console.log(`refused: ${inWords(answer.error)}`)
}

/** One line. */
export function lineOf({
  id,
  version,
  state,
  text,
  authors,
  proposer,
  approvers,
  revision,
  why,
}: StoredChange): string {
  const people = [
    `written by ${authors.join(', ')}`,
    proposer && `proposed by ${proposer}`,
    approvers.length > 0 && `approved by ${approvers.join(', ')}`,
  ]
  return [
    id,
    `version ${version}`,
    state.padEnd(10),
    revision === null ? null : `revision ${revision}`,
    JSON.stringify(text.title),
    ...people,
    text.applyAt === null ? null : `to be applied at ${text.applyAt}`,
    why,
  ]
    .filter(Boolean)
    .join('  ')
}

type Words = { readonly [R in DeskRefusal as R['reason']]: (refusal: R) => string }

const WORDS: Words = {
  'not-found': () => 'there is no such change or revision',
  stale: ({ version }) => `the change has version ${version} by now: look at it again`,
  'wrong-state': ({ state }) => `the change is ${state}`,
  'not-entitled': ({ detail }) => detail,
  'officer-disabled': () => 'the officer is disabled',
  'officer-idle': ({ seenAt }) =>
    `the officer was last seen at ${formatInstant(seenAt)}: two others may recover the officer (change recover)`,
  'bad-signature': ({ detail }) => detail,
  conflict: ({ conflicts }) =>
    `it does not fit the newest revision: ${conflicts.map(({ kind, id, reason }) => `${kind} ${id} (${reason})`).join(', ')}`,
  invalid: ({ errors }) => `what it would make does not hold together:\n${formatErrors(errors)}`,
  malformed: ({ detail }) => detail,
  'not-due': ({ applyAt }) => `it is to be applied at ${applyAt}`,
  unverified: () => 'the stored revisions do not verify: see `lienthong doctor`',
}

const inWords = <R extends DeskRefusal>(refusal: R): string =>
  (WORDS[refusal.reason] as (refusal: DeskRefusal) => string)(refusal)
