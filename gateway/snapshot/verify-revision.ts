import { canonicalJson } from '../configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../configuration/document.ts'
import type { Configuration, ConfigurationError, Officer } from '../configuration/objects.ts'
import { locateInRevision } from '../configuration/locate.ts'
import { parseConfiguration } from '../configuration/parse-configuration.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { GENESIS, type RevisionNumber } from '../domain/revision-number.ts'
import { checkApproval } from '../identity/approval.ts'
import { approvalDigest, type StoredRevision } from './revision-text.ts'

/** A revision that may be obeyed. */
export interface VerifiedRevision {
  readonly number: RevisionNumber
  readonly digest: Digest
  readonly previous: Digest | null
  readonly configuration: Configuration
  readonly document: ConfigurationDocument
  /** Who approved it; none for the genesis. */
  readonly officers: readonly OfficerId[]
}

export interface RevisionRefusal {
  readonly reason: 'digest-differs' | 'genesis-not-pinned' | 'chain-broken' | 'malformed' | 'not-approved' | 'invalid'
  readonly detail: string
  readonly errors?: readonly ConfigurationError[]
}

/** DESIGN promise 3: one proposes, another approves. */
const SIGNERS = 2

const refuse = (reason: RevisionRefusal['reason'], detail: string, errors?: readonly ConfigurationError[]) =>
  err<RevisionRefusal>({ reason, detail, ...(errors ? { errors } : {}) })

/** The genesis: its digest is pinned in a local file, so that no database can put another beginning in its place. */
export function verifyGenesis(stored: StoredRevision, pinned: Digest): Result<VerifiedRevision, RevisionRefusal> {
  if (stored.digest !== pinned)
    return refuse('genesis-not-pinned', `the pinned genesis is ${pinned}, the stored one ${stored.digest}`)
  const read = readContent(stored)
  if (!read.ok) return read
  if (stored.number !== GENESIS || read.value.previous !== null)
    return refuse('chain-broken', 'the genesis is number 0 and has no predecessor')
  return configure(stored, read.value, [])
}

/**
 * The revision behind `before`, verified with the keys of `before`: signed by two different security officers who were active
 * then. Whoever can write to the database, and nobody else, could otherwise change who may see what.
 */
export function verifyNext(
  stored: StoredRevision,
  before: VerifiedRevision,
): Result<VerifiedRevision, RevisionRefusal> {
  const read = readContent(stored)
  if (!read.ok) return read
  const content = read.value
  if (content.number !== before.number + 1 || stored.number !== content.number || content.previous !== before.digest)
    return refuse('chain-broken', `does not follow revision ${before.number} (${before.digest})`)
  const digest = approvalDigest(stored.number, content.previous, content.document)
  const signers = new Map<OfficerId, Officer>()
  for (const token of content.approvals) {
    const officer = checkApproval(token, digest, before.configuration.officers)
    if (!officer.ok) return refuse('not-approved', officer.error)
    if (!officer.value.roles.includes('security-officer'))
      return refuse('not-approved', `${officer.value.id} is no security officer`)
    signers.set(officer.value.id, officer.value)
  }
  if (signers.size < SIGNERS)
    return refuse('not-approved', `signed by ${signers.size} security officers, ${SIGNERS} are needed`)
  const next = configure(stored, content, [...signers.keys()])
  return next.ok && !sameGenesis(next.value.configuration, before.configuration)
    ? refuse('invalid', 'mode, operator and zone are fixed by the genesis')
    : next
}

const sameGenesis = (a: Configuration, b: Configuration): boolean =>
  a.mode === b.mode && a.operator === b.operator && a.zone === b.zone

interface Content {
  readonly number: number
  readonly previous: Digest | null
  readonly document: ConfigurationDocument
  readonly approvals: readonly string[]
}

function readContent({ content, digest }: StoredRevision): Result<Content, RevisionRefusal> {
  if (digestOf(content) !== digest) return refuse('digest-differs', 'the stored text does not have the stored digest')
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return refuse('malformed', 'not JSON')
  }
  const { v, number, previous, document, approvals } = (value ?? {}) as Record<string, unknown>
  const wellFormed =
    v === 1 &&
    typeof number === 'number' &&
    (previous === null || typeof previous === 'string') &&
    Array.isArray(approvals) &&
    approvals.every(token => typeof token === 'string')
  if (!wellFormed || typeof document !== 'object' || document === null)
    return refuse('malformed', 'not a revision of version 1')
  // One text for one revision: another spelling would have another digest under the same approvals.
  if (canonicalTextOf({ v, number, previous, document, approvals }) !== content)
    return refuse('malformed', 'not the canonical text of a revision')
  return ok({ number, previous: previous as Digest | null, document: document as ConfigurationDocument, approvals })
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
  stored: StoredRevision,
  content: Content,
  officers: readonly OfficerId[],
): Result<VerifiedRevision, RevisionRefusal> {
  const configuration = parseConfiguration(content.document, locateInRevision(stored.number))
  if (!configuration.ok) return refuse('invalid', `${configuration.error.length} errors`, configuration.error)
  return ok({
    number: stored.number,
    digest: stored.digest,
    previous: content.previous,
    configuration: configuration.value,
    document: content.document,
    officers,
  })
}
