import { createHash, type KeyObject } from 'node:crypto'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import type { Operation } from '../../../gateway/configuration/objects.ts'
import { uuidv7 } from 'uuidv7'
import { editsBetween } from '../../../gateway/configuration/edits.ts'
import { parseChangeId } from '../../../gateway/domain/change-id.ts'
import type { Digest } from '../../../gateway/domain/digest.ts'
import { instantOfMillis } from '../../../gateway/domain/instant.ts'
import { type OfficerId, parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { type RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { type Method, parseOperationName } from '../../../gateway/domain/service-id.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import type { ChangeSignature, ChangeText } from '../../../gateway/snapshot/change.ts'
import { signChange } from '../../../gateway/snapshot/sign-change.ts'
import type { VerifiedRevision } from '../../../gateway/snapshot/verify-revision.ts'
import { makeGenesis, makeRevision, type StoredRevision } from '../../../gateway/snapshot/revision-text.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'
import { documentOf } from '../configuration/read-and-parse.ts'

export const operation = (method: Method, template: string): Operation => ({
  name: must(
    parseOperationName(
      `o${createHash('sha256')
        .update(method + template)
        .digest('hex')
        .slice(0, 40)}`,
    ),
  ),
  method,
  template,
  summary: { en: 'a', vi: 'b' },
  classification: 'public',
  parameters: [],
  request: null,
  responses: new Map(),
  maxRequestBytes: 1,
  maxResponseBytes: 1,
})

export type Name = 'security-1' | 'security-2' | 'auditor-1' | 'operator-1'
export const id = (name: string): OfficerId => must(parseOfficerId(name))

/** The demo world with officers whose keys are at hand. */
export interface RevisionWorld {
  readonly document: ConfigurationDocument
  readonly keys: Readonly<Record<Name, KeyObject>>
  readonly genesis: StoredRevision
  /** The revision behind `before` that makes `document` of it; the first of these officers proposes, the others approve. */
  next(before: VerifiedRevision, document: ConfigurationDocument, signers: readonly Name[]): StoredRevision
  /** The text of the change that makes `document` of `before`. */
  text(before: VerifiedRevision, document: ConfigurationDocument, changes?: Partial<ChangeText>): ChangeText
  sign(text: ChangeText, ...signers: readonly Name[]): readonly ChangeSignature[]
}

/** Long behind every schedule of these tests. */
export const NOW = instantOfMillis(Date.parse('2026-11-22T00:00:00Z'))

export async function revisionWorld(): Promise<RevisionWorld> {
  const made = documentOf(demoFiles(), await demoCertificates())
  const keys = { 'security-1': makeKey(), 'security-2': makeKey(), 'auditor-1': makeKey(), 'operator-1': makeKey() }
  const officers = made.officers.map(officer => ({ ...officer, key: bindingOfKey(keys[officer.id as Name]) }))
  const document = { ...made, officers }
  const text: RevisionWorld['text'] = (before, changed, changes = {}) => ({
    id: must(parseChangeId(uuidv7())),
    base: { number: before.number, digest: before.digest },
    authors: [id('security-1')],
    title: 'A change',
    reason: 'A test',
    edits: editsBetween(before.document, changed),
    applyAt: null,
    ...changes,
  })
  const sign: RevisionWorld['sign'] = (change, ...signers) =>
    signers.map((name, n) => signChange(change, n === 0 ? 'propose' : 'approve', id(name), keys[name]))
  return {
    document,
    keys,
    genesis: makeGenesis(document),
    text,
    sign,
    next(before, changed, signers) {
      const change = text(before, changed, { authors: [id(signers[0] ?? 'security-1')] })
      return makeRevision((before.number + 1) as RevisionNumber, before.digest, {
        text: change,
        signatures: sign(change, ...signers),
      })
    },
  }
}

/** The same text with another digest beside it, or another text with its own digest. */
export const withContent = (revision: StoredRevision, content: string): StoredRevision => ({
  ...revision,
  content,
  digest: createHash('sha256').update(content).digest('hex') as Digest,
})
