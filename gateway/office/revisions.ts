import { describeEdits, sentenceOf } from '../configuration/describe-edits.ts'
import { editsBetween } from '../configuration/edits.ts'
import { digestOf } from '../domain/digest.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import { readSignedChange, type SignedChange } from '../snapshot/change.ts'
import { answer, type Call, type Handler, numberOf, PAGE, refuse } from './outcome.ts'
import { showSignature } from './show-change.ts'

export const listRevisions: Handler = async call => {
  const limit = numberOf(call, 'limit', PAGE)
  const last = Math.min(numberOf(call, 'cursor', call.newest.number), call.newest.number)
  const first = Math.max(0, last - limit + 1)
  const revisions = await read(call, first, last)
  return answer({
    revisions: revisions.toReversed().map(({ change, ...revision }) => ({
      ...revision,
      change: change && { id: change.text.id, title: change.text.title },
      signatures: change?.signatures.map(showSignature) ?? [],
    })),
    cursor: first === 0 ? null : String(first - 1),
  })
}

export const readRevision: Handler = async call => {
  const number = numberOf(call, 'revision', 0)
  if (number > call.newest.number) return refuse('not-found')
  const [revision] = await read(call, number, number)
  if (!revision) return refuse('not-found')
  const { change, ...rest } = revision
  return answer({ ...rest, text: change?.text ?? null, signatures: change?.signatures.map(showSignature) ?? [] })
}

export const compareRevisions: Handler = async call => {
  const { revisions } = call.ports
  const to = numberOf(call, 'revision', 0)
  const from = numberOf(call, 'from', Math.max(0, to - 1))
  if (from > to || to > call.newest.number) return refuse('not-found')
  const [before, after] = [
    await revisions.documentAt(from as RevisionNumber),
    await revisions.documentAt(to as RevisionNumber),
  ]
  if (!before || !after) return refuse('not-found')
  const differences = describeEdits(before, editsBetween(before, after)).map(difference => {
    const { kind, id, member, change, was, is } = difference
    return { kind, id, member, change, was, is, words: sentenceOf(difference) }
  })
  return answer({ from, to, differences })
}

/** Stored revisions whose texts have the digests that were verified: one that was replaced behind our back is a fault. */
async function read(call: Call, from: number, to: number) {
  const stored = await call.ports.readRevisions(from, to)
  if (stored.length !== to - from + 1) throw new Error(`revisions ${from} to ${to} are not all stored`)
  return stored.map(({ number, digest, previous, content, createdAt }) => {
    if (digestOf(content) !== call.newest.chain[number]) throw new Error(`revision ${number} is not what was verified`)
    return { number, digest, previous, change: changeIn(content), storedAt: createdAt.toISOString() }
  })
}

/** Null: the genesis. */
function changeIn(content: string): SignedChange | null {
  const change = readSignedChange((JSON.parse(content) as { readonly change?: unknown }).change)
  return change.ok ? change.value : null
}
