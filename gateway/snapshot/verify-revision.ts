import { canonicalJson } from '../configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../configuration/document.ts'
import { applyEdits } from '../configuration/edits.ts'
import { locateInRevision, placed } from '../configuration/locate.ts'
import type { Configuration, ConfigurationError } from '../configuration/objects.ts'
import { parseConfiguration } from '../configuration/parse-configuration.ts'
import type { ChangeId } from '../domain/change-id.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import { formatInstant, type Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { GENESIS, type RevisionNumber } from '../domain/revision-number.ts'
import { checkPolicies } from '../policy/guardrails/check-policies.ts'
import { applyAtOf, type ChangeText, readSignedChange } from './change.ts'
import { judgeChange } from './judge-change.ts'
import { findUnfitForProduction, judgeGenesis } from './judge-genesis.ts'
import type { StoredRevision } from './revision-text.ts'

/** A revision that may be obeyed. */
export interface VerifiedRevision {
  readonly number: RevisionNumber
  readonly digest: Digest
  readonly previous: Digest | null
  readonly configuration: Configuration
  readonly document: ConfigurationDocument
  /** What made it; null for the genesis. */
  readonly change: ChangeText | null
  /** Who signed that, the proposer first; of a production genesis its security officers, of a development one nobody. */
  readonly officers: readonly OfficerId[]
  /** Digests of all revisions up to this one, by number. */
  readonly chain: readonly Digest[]
  /** All changes up to this one: a change is applied once. */
  readonly changes: ReadonlySet<ChangeId>
}

export interface RevisionRefusal {
  readonly reason:
    | 'digest-differs'
    | 'genesis-not-pinned'
    | 'chain-broken'
    | 'malformed'
    | 'not-approved'
    | 'not-yet'
    | 'conflict'
    | 'invalid'
  readonly detail: string
  readonly errors?: readonly ConfigurationError[]
}

const refuse = (reason: RevisionRefusal['reason'], detail: string, errors?: readonly ConfigurationError[]) =>
  err<RevisionRefusal>({ reason, detail, ...(errors ? { errors } : {}) })

/**
 * The genesis: its digest is pinned in a local file, so that no database can put another beginning in its place. A production one
 * has to be signed by all its security officers as well.
 */
export function verifyGenesis(stored: StoredRevision, pinned: Digest): Result<VerifiedRevision, RevisionRefusal> {
  if (stored.digest !== pinned)
    return refuse('genesis-not-pinned', `the pinned genesis is ${pinned}, the stored one ${stored.digest}`)
  const read = readGenesis(stored)
  if (!read.ok) return read
  const officers = signersOfGenesis(stored, read.value)
  if (!officers.ok) return officers
  return ok({
    number: GENESIS,
    digest: stored.digest,
    previous: null,
    ...read.value,
    change: null,
    officers: officers.value,
    chain: [stored.digest],
    changes: new Set(),
  })
}

/** What a genesis says, whoever signed it: for those who are about to. Its digest is that of its text. */
export function readGenesis(
  stored: StoredRevision,
): Result<Pick<VerifiedRevision, 'configuration' | 'document'>, RevisionRefusal> {
  const read = readContent(stored, 'document')
  if (!read.ok) return read
  const { number, previous, document } = read.value
  if (stored.number !== GENESIS || number !== GENESIS || previous !== null)
    return refuse('chain-broken', 'the genesis is number 0 and has no predecessor')
  return configure(stored.number, document as ConfigurationDocument, null)
}

function signersOfGenesis(
  { digest, signatures }: StoredRevision,
  { configuration, document }: Pick<VerifiedRevision, 'configuration' | 'document'>,
): Result<readonly OfficerId[], RevisionRefusal> {
  if (configuration.mode === 'development') return ok([])
  const unfit = placed(findUnfitForProduction(document), locateInRevision(GENESIS))
  if (unfit.length > 0) return refuse('invalid', unfit.map(({ reason }) => reason).join('; '), unfit)
  const judged = judgeGenesis(digest, configuration.officers, signatures ?? [])
  return judged.ok ? judged : refuse('not-approved', judged.error)
}

/**
 * The revision behind `before`, verified with the keys and rights of `before`, at this time: its change fits what is there, is signed
 * by those who may, and is due. Whoever can write to the database, and nobody else, could otherwise change who may see what.
 */
export function verifyNext(
  stored: StoredRevision,
  before: VerifiedRevision,
  at: Instant,
): Result<VerifiedRevision, RevisionRefusal> {
  const read = readContent(stored, 'change')
  if (!read.ok) return read
  const { number, previous } = read.value
  if (number !== before.number + 1 || stored.number !== number || previous !== before.digest)
    return refuse('chain-broken', `does not follow revision ${before.number} (${before.digest})`)
  const change = readSignedChange(read.value.change)
  if (!change.ok) return refuse('malformed', change.error)
  const { text } = change.value
  // Taken back by a later one, it would fit again: its signatures were given for once.
  if (before.changes.has(text.id)) return refuse('not-approved', `the change ${text.id} was applied before`)
  if (before.chain[text.base.number] !== text.base.digest)
    return refuse('not-approved', `was made for another revision ${text.base.number}`)
  const { officers, settings } = before.configuration
  const judged = judgeChange(change.value, { officers, settings, document: before.document })
  if (!judged.ok) return refuse('not-approved', judged.error)
  const due = applyAtOf(text)
  if (due !== null && at < due) return refuse('not-yet', `is to be applied at ${formatInstant(due)}`)
  const applied = applyEdits(before.document, text.edits)
  if (!applied.ok) {
    const [first] = applied.error
    return refuse('conflict', `${first?.kind} ${first?.id}: ${first?.reason}`)
  }
  const configured = configure(stored.number, applied.value, before)
  if (!configured.ok) return configured
  return ok({
    number: stored.number,
    digest: stored.digest,
    previous: before.digest,
    ...configured.value,
    change: text,
    officers: [judged.value.proposer, ...judged.value.approvers],
    chain: [...before.chain, stored.digest],
    changes: new Set([...before.changes, text.id]),
  })
}

interface Content {
  readonly number: number
  readonly previous: unknown
  readonly document?: unknown
  readonly change?: unknown
}

/** The members of a revision of version 1: those of every one, and its own. */
function readContent(
  { content, digest }: StoredRevision,
  own: 'document' | 'change',
): Result<Content, RevisionRefusal> {
  if (digestOf(content) !== digest) return refuse('digest-differs', 'the stored text does not have the stored digest')
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return refuse('malformed', 'not JSON')
  }
  const { v, number, previous, [own]: held } = (value ?? {}) as Record<string, unknown>
  if (v !== 1 || typeof number !== 'number' || typeof held !== 'object' || held === null)
    return refuse('malformed', 'not a revision of version 1')
  // One text for one revision: another spelling would have another digest under the same signatures.
  if (canonicalTextOf({ v, number, previous, [own]: held }) !== content)
    return refuse('malformed', 'not the canonical text of a revision')
  return ok({ number, previous, [own]: held })
}

/** Null where there is none: lone surrogates, or nested too deeply. Attacker-controlled. */
function canonicalTextOf(value: unknown): string | null {
  try {
    return canonicalJson(value)
  } catch {
    return null
  }
}

function configure(
  number: RevisionNumber,
  document: ConfigurationDocument,
  before: VerifiedRevision | null,
): Result<Pick<VerifiedRevision, 'configuration' | 'document'>, RevisionRefusal> {
  const configuration = parseConfiguration(document, locateInRevision(number), before)
  if (!configuration.ok) return refuse('invalid', `${configuration.error.length} errors`, configuration.error)
  // What cannot be enforced must not be obeyed. Names and test cases are the matter of whoever proposes.
  const unsound = placed(checkPolicies(configuration.value.guardrails), locateInRevision(number))
  if (unsound.length > 0) return refuse('invalid', 'unsound guardrails', unsound)
  return ok({ configuration: configuration.value, document })
}
