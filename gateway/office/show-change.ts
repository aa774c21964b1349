import type { ConfigurationDocument } from '../configuration/document.ts'
import { describeEdits, sentenceOf } from '../configuration/describe-edits.ts'
import type { ChangeState, StoredChange } from '../control/stored-change.ts'
import { formatInstant } from '../domain/instant.ts'
import { changeDigest, type ChangeSignature } from '../snapshot/change.ts'
import { signerOf } from './signer-of.ts'

const MOST_WORDS = 1000
/** Behind them the newest revision says nothing of what the change does. */
const OPEN: readonly ChangeState[] = ['draft', 'proposed', 'approved']

/** A change as officers see it, with what a signature for each verdict is made over. */
export const showChange = (change: StoredChange, newest: ConfigurationDocument): Record<string, unknown> => ({
  id: change.id,
  version: change.version,
  state: change.state,
  text: change.text,
  authors: change.authors,
  proposer: change.proposer,
  approvers: change.approvers,
  signatures: change.signatures.map(showSignature),
  why: change.why,
  conflicts: change.conflicts.map(({ kind, id, reason }) => ({ kind, id, reason })),
  revision: change.revision,
  createdAt: formatInstant(change.createdAt),
  changedAt: formatInstant(change.changedAt),
  words: OPEN.includes(change.state)
    ? describeEdits(newest, change.text.edits).slice(0, MOST_WORDS).map(sentenceOf)
    : [],
  digests: { propose: changeDigest(change.text, 'propose'), approve: changeDigest(change.text, 'approve') },
})

export const summariseChange = (change: StoredChange): Record<string, unknown> => ({
  id: change.id,
  version: change.version,
  state: change.state,
  title: change.text.title,
  authors: change.authors,
  proposer: change.proposer,
  edits: change.text.edits.length,
  applyAt: change.text.applyAt,
  revision: change.revision,
  changedAt: formatInstant(change.changedAt),
})

/** Who signed: what a signature says of itself. It was verified when it was given, or with its revision. */
export const showSignature = (signature: ChangeSignature): Record<string, unknown> => ({
  verdict: signature.verdict,
  officer: signerOf(signature),
  by: 'jws' in signature ? 'jws' : 'webauthn',
})
