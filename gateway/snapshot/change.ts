import { canonicalJson } from '../configuration/canonical-json.ts'
import type { Edit } from '../configuration/edits.ts'
import { isObjectKind } from '../configuration/object-kinds.ts'
import { type ChangeId, parseChangeId } from '../domain/change-id.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import { type Instant, parseInstant } from '../domain/instant.ts'
import { type OfficerId, parseOfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type Assertion, isAssertion } from '../identity/check-assertion.ts'
import { type RevisionNumber, revisionNumber } from '../domain/revision-number.ts'

/** What officers sign: the whole of a change, nothing left to a reader's interpretation. */
export interface ChangeText {
  readonly id: ChangeId
  /** The revision that its author saw. */
  readonly base: { readonly number: RevisionNumber; readonly digest: Digest }
  /** Everybody who wrote some of it, sorted: none of them may approve it. */
  readonly authors: readonly OfficerId[]
  readonly title: string
  readonly reason: string
  readonly edits: readonly Edit[]
  /** RFC 3339; null: as soon as it is approved. */
  readonly applyAt: string | null
}

export type Verdict = 'propose' | 'approve'

/** One officer's word on a change. */
export type ChangeSignature = { readonly verdict: Verdict } & (
  | {
      /** JWS over the change's digest for this verdict (identity/approval.ts). */
      readonly jws: string
    }
  | {
      /** Over the same digest, by a registered authenticator (identity/check-assertion.ts). */
      readonly webauthn: Assertion
    }
)

export interface SignedChange {
  readonly text: ChangeText
  readonly signatures: readonly ChangeSignature[]
}

const MAX_TITLE = 200
const MAX_REASON = 4000
const MAX_SIGNATURES = 16
const MAX_AUTHORS = 16
const MAX_EDITS = 200_000

/**
 * What a signature is made over: SHA-256 of the canonical JSON of what the change is, where it starts from, its canonical text and
 * the verdict. A proposal can never be shown as an approval, nor as one of another change.
 */
export const changeDigest = (text: ChangeText, verdict: Verdict): Digest =>
  digestOf(
    canonicalJson(['lienthong change', text.id, text.base.number, text.base.digest, canonicalJson(text), verdict]),
  )

/** When a scheduled change may be applied; null: at once. */
export function applyAtOf(text: ChangeText): Instant | null {
  const at = text.applyAt === null ? null : parseInstant(text.applyAt)
  return at?.ok ? at.value : null
}

/** Reads an attacker-controlled plain value. What the objects of the edits say is checked by who applies them. */
export function readSignedChange(value: unknown): Result<SignedChange> {
  const { text, signatures, ...rest } = members(value)
  if (Object.keys(rest).length > 0) return err('a change is its text and its signatures')
  const read = readChangeText(text)
  if (!read.ok) return read
  if (!Array.isArray(signatures) || signatures.length > MAX_SIGNATURES) return err('signatures: at most 16')
  for (const signature of signatures) {
    const { verdict, ...word } = members(signature)
    if ((verdict !== 'propose' && verdict !== 'approve') || !isWord(word))
      return err('a signature is a verdict and a JWS, or a WebAuthn assertion')
  }
  return ok({ text: read.value, signatures: signatures as readonly ChangeSignature[] })
}

/** Reads an attacker-controlled plain value. */
export function readChangeText(value: unknown): Result<ChangeText> {
  const { id, base, authors, title, reason, edits, applyAt, ...rest } = members(value)
  if (Object.keys(rest).length > 0) return err(`a change has no member ${JSON.stringify(Object.keys(rest)[0])}`)
  const changeId = parseChangeId(typeof id === 'string' ? id : '')
  if (!changeId.ok) return changeId
  const from = readBase(base)
  if (!from.ok) return from
  const writers = readAuthors(authors)
  if (!writers.ok) return writers
  if (!isText(title, 1, MAX_TITLE)) return err(`title: 1 to ${MAX_TITLE} characters`)
  if (!isText(reason, 1, MAX_REASON)) return err(`reason: 1 to ${MAX_REASON} characters`)
  if (applyAt !== null && !(typeof applyAt === 'string' && parseInstant(applyAt).ok))
    return err('applyAt: an RFC 3339 time, or null')
  if (!Array.isArray(edits) || edits.length === 0 || edits.length > MAX_EDITS)
    return err(`edits: 1 to ${MAX_EDITS} of them`)
  const wrong = edits.findIndex(edit => !isEdit(edit))
  if (wrong >= 0) return err(`edits/${wrong}: kind, id, was and value`)
  return ok({
    id: changeId.value,
    base: from.value,
    authors: writers.value,
    title,
    reason,
    edits: edits as readonly Edit[],
    applyAt,
  })
}

function readBase(value: unknown): Result<ChangeText['base']> {
  const { number, digest, ...rest } = members(value)
  const parsed = revisionNumber(typeof number === 'number' ? number : -1)
  if (!parsed.ok || !isDigest(digest) || Object.keys(rest).length > 0)
    return err('base: number and digest of the revision that was seen')
  return ok({ number: parsed.value, digest })
}

function readAuthors(value: unknown): Result<readonly OfficerId[]> {
  const authors = Array.isArray(value) ? value.filter(isOfficerId) : []
  const sorted = [...new Set(authors)].sort()
  const asGiven = Array.isArray(value) && value.length === sorted.length && sorted.every((id, n) => id === value[n])
  return asGiven && sorted.length > 0 && sorted.length <= MAX_AUTHORS
    ? ok(sorted)
    : err(`authors: 1 to ${MAX_AUTHORS} officers, sorted, each once`)
}

const isOfficerId = (value: unknown): value is OfficerId => typeof value === 'string' && parseOfficerId(value).ok

function isEdit(value: unknown): value is Edit {
  const { kind, id, was, value: object, ...rest } = members(value)
  const isObject = object === null || (typeof object === 'object' && !Array.isArray(object))
  return (
    Object.keys(rest).length === 0 &&
    isObjectKind(kind) &&
    isText(id, 1, MAX_TITLE) &&
    (was === null || isDigest(was)) &&
    isObject
  )
}

function isWord({ jws, webauthn, ...more }: Readonly<Record<string, unknown>>): boolean {
  if (Object.keys(more).length > 0) return false
  return webauthn === undefined ? typeof jws === 'string' : jws === undefined && isAssertion(webauthn)
}

const isDigest = (value: unknown): value is Digest => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

const isText = (value: unknown, least: number, most: number): value is string =>
  typeof value === 'string' && value.length >= least && value.length <= most

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}
